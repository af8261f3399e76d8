#include "view/words/words.h"

#include "base/buf.h"

/* of a reason in one line: a sentence with two long values would fill a screen */
#define SHORT_COLUMNS 100
#define LONG_SHOWN 20 /* of one kind */

#define SENTENCE(code, name, ...) [REASON_##code] = {__VA_ARGS__},

static const struct {
	const char *before, *after, *alone;
} words[REASON_COUNT] = {REASONS(SENTENCE)};

void reason_sentence(struct buf *out, const struct reason *reason)
{
	/* behind a stage's name or state, "it" is clear */
	if (reason->message && *reason->message && reason->code != REASON_NEVER_RAN) {
		style_text(out, reason->message);
		return;
	}
	if ((unsigned)reason->code >= REASON_COUNT) {
		buf_str(out, "unknown reason");
		return;
	}
	if (!reason->about || !*reason->about) {
		buf_str(out, words[reason->code].alone);
		return;
	}
	buf_str(out, words[reason->code].before);
	style_text(out, reason->about);
	buf_str(out, words[reason->code].after);
}

uint32_t reasons_told(const struct reason *reasons, uint32_t count)
{
	while (count && reasons[count - 1].code == REASON_FORMAT_CHANGED)
		count--;
	return count;
}

/* Does another kind of reason tell more than this one? An input that changed because its stage ran
 * is known from that stage's own line; that somebody asked for it tells nothing about the state. */
static bool is_weak(enum reason_code code)
{
	return code == REASON_FORCED || code == REASON_UPSTREAM_RAN;
}

void reasons_short(struct buf *out, const struct reason *reasons, uint32_t count)
{
	uint32_t best = 0;
	struct buf sentence BUF_LOCAL = {0};

	if (!count)
		return;
	while (best < count && is_weak(reasons[best].code))
		best++;
	if (best == count)
		best = 0;
	reason_sentence(&sentence, &reasons[best]);
	width_cut(out, sentence.data, sentence.len, SHORT_COLUMNS);
	if (count > 1)
		buf_fmt(out, " (+%u more)", count - 1);
}

void reasons_long(struct buf *out, const struct reason *reasons, uint32_t count, const char *indent)
{
	uint32_t of_kind = 0;

	for (uint32_t i = 0; i < count; i++) {
		bool is_last = i + 1 == count || reasons[i + 1].code != reasons[i].code;

		if (of_kind++ < LONG_SHOWN) {
			buf_str(out, indent);
			reason_sentence(out, &reasons[i]);
			buf_char(out, '\n');
		}
		if (!is_last)
			continue;
		if (of_kind > LONG_SHOWN)
			buf_fmt(out, "%s… and %u more\n", indent, of_kind - LONG_SHOWN);
		of_kind = 0;
	}
}
