#include "base/said.h"

#include "base/text.h"

/* An exception often stands in the line that was logged ("Decoding failed: no such codec"), and in
 * the note beside its message. */
bool said_again(
	struct said *said, bool is_note, enum log_level level, const char *text, const char *detail)
{
	const char *before = buf_text(&said->text);
	bool is_other = !said->text.len || said->is_note == is_note || said->level != level;
	bool is_same = !is_other &&
		       (text_eq(before, text) ||
			       (*detail && text_starts(before, text) && text_ends(before, detail)));

	buf_reset(&said->text);
	if (!is_same)
		buf_str(&said->text, text);
	said->level = level;
	said->is_note = is_note;
	return is_same;
}

void said_free(struct said *said)
{
	buf_free(&said->text);
}
