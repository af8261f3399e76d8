#include "view/viewer/logmatch.h"

#include <stdint.h>
#include <string.h>

/* The small letter of a capital of two bytes, or the letter itself. All pairs here keep their length. */
static unsigned fold_two(unsigned c)
{
	if (c >= 0xc0 && c <= 0xde && c != 0xd7)
		return c + 0x20;
	if ((c >= 0x100 && c <= 0x12f) || (c >= 0x132 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c + (c & 1);
	if (c >= 0x391 && c <= 0x3a9 && c != 0x3a2)
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	if (c >= 0x410 && c <= 0x42f)
		return c + 0x20;
	return c;
}

/* True if anything was a capital. */
static bool fold(char *text, size_t len)
{
	unsigned char *bytes = (unsigned char *)text;
	bool has_capital = false;

	for (size_t i = 0; i < len; i++) {
		unsigned c, small;

		if (bytes[i] < 0x80) {
			if (bytes[i] >= 'A' && bytes[i] <= 'Z') {
				bytes[i] = (unsigned char)(bytes[i] | 0x20);
				has_capital = true;
			}
			continue;
		}
		if (bytes[i] < 0xc3 || bytes[i] > 0xd0 || i + 1 == len ||
			(bytes[i + 1] & 0xc0) != 0x80)
			continue;
		c = (bytes[i] & 0x1fu) << 6 | (bytes[i + 1] & 0x3fu);
		small = fold_two(c);
		has_capital = has_capital || small != c;
		bytes[i] = (unsigned char)(0xc0 | small >> 6);
		bytes[++i] = (unsigned char)(0x80 | (small & 0x3f));
	}
	return has_capital;
}

void logmatch_set(struct logmatch *match, const char *text, size_t len)
{
	struct buf folded = {0};

	buf_reset(&match->text);
	buf_add(&match->text, text, len);
	buf_add(&folded, text, len);
	match->folds = len && !fold(folded.data, len);
	buf_free(&folded);
}

void logmatch_free(struct logmatch *match)
{
	buf_free(&match->text);
}

void logmatch_prepare(const struct logmatch *match, char *text, size_t len)
{
	if (match->folds)
		fold(text, len);
}

size_t logmatch_find(const struct logmatch *match, const char *text, size_t len, size_t from)
{
	const char *found;

	if (!match->text.len || from >= len)
		return SIZE_MAX;
	found = memmem(text + from, len - from, match->text.data, match->text.len);
	return found ? (size_t)(found - text) : SIZE_MAX;
}
