#include "view/words/words.h"

#include <string.h>

#include "base/text.h"

#define SEQUENCE_MAX ((size_t)64)

/* Length of the colour sequence at text, 0 if it is none; all of it if it may become one. */
static size_t color_len(const char *text, size_t len, bool is_final)
{
	for (size_t i = 1; i < len && i < SEQUENCE_MAX; i++) {
		if (i == 1 ? text[i] != '[' : !memchr("0123456789;:m", text[i], 13))
			return 0;
		if (text[i] == 'm')
			return i + 1;
	}
	return is_final || len >= SEQUENCE_MAX ? 0 : len;
}

/* One character, or colour: how long it is, 0 if that cannot be told yet. */
static size_t take_one(
	struct logsafe *safe, struct buf *out, const char *text, size_t len, bool is_final)
{
	size_t color = *text == '\033' ? color_len(text, len, is_final) : 0;
	size_t step = text_utf8_len((const unsigned char *)text, len);

	if (color) {
		if (text[color - 1] != 'm')
			return 0;
		if (safe->color)
			buf_add(out, text, color);
		return color;
	}
	if (!step && len < 4 && !is_final)
		return 0;
	if (*text == '\n' || *text == '\t')
		buf_char(out, *text);
	else
		text_add_printable(out, text, step ? step : 1);
	return step ? step : 1;
}

static void take(struct logsafe *safe, struct buf *out, bool is_final)
{
	const char *text = buf_text(&safe->rest);
	size_t at = 0, len = safe->rest.len;

	while (at < len) {
		size_t step = text_plain_len(text + at, len - at);

		if (step)
			buf_add(out, text + at, step);
		else
			step = take_one(safe, out, text + at, len - at, is_final);
		if (!step)
			break;
		at += step;
	}
	buf_drop(&safe->rest, at);
}

void logsafe_add(struct logsafe *safe, struct buf *out, const char *data, size_t len)
{
	buf_add(&safe->rest, data, len);
	take(safe, out, false);
}

void logsafe_end(struct logsafe *safe, struct buf *out)
{
	take(safe, out, true);
	buf_free(&safe->rest);
}
