#include "view/words/width.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"
#include "view/words/width_table.h"

static bool in_ranges(uint32_t c, const struct range *ranges, size_t count)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c > ranges[mid].last)
			low = mid + 1;
		else if (c < ranges[mid].first)
			high = mid;
		else
			return true;
	}
	return false;
}

static size_t char_width(uint32_t c)
{
	if (c < range_zero[0].first)
		return 1;
	if (in_ranges(c, range_zero, sizeof range_zero / sizeof *range_zero))
		return 0;
	return in_ranges(c, range_wide, sizeof range_wide / sizeof *range_wide) ? 2 : 1;
}

/* The character at text, its length in *len (1 for an invalid byte, which stands for itself). */
static uint32_t decode(const unsigned char *text, size_t left, size_t *len)
{
	size_t n = text_utf8_len(text, left);
	uint32_t c;

	*len = n ? n : 1;
	if (n < 2)
		return n ? text[0] : '?';
	c = (uint32_t)(text[0] & (0xff >> (n + 1)));
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (uint32_t)(text[i] & 0x3f);
	return c;
}

size_t width_step(const char *text, size_t left, size_t *columns)
{
	size_t step;

	*columns = char_width(decode((const unsigned char *)text, left, &step));
	return step;
}

size_t width_of(const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t columns = 0, step;

	for (size_t i = 0; i < len; i += step)
		columns += char_width(decode(bytes + i, len - i, &step));
	return columns;
}

size_t width_cut(struct buf *out, const char *text, size_t len, size_t columns)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t used = 0; /* columns of all up to i */
	size_t kept = 0; /* bytes that leave a column for "…" */
	size_t kept_used = 0;
	size_t step;

	if (len <= columns && text_plain_len(text, len) == len) {
		buf_add(out, text, len);
		return len;
	}
	for (size_t i = 0; i < len; i += step) {
		size_t w = char_width(decode(bytes + i, len - i, &step));

		if (used + w > columns) {
			if (!columns)
				return 0;
			buf_add(out, text, kept);
			buf_str(out, "…");
			return kept_used + 1;
		}
		used += w;
		if (used < columns) {
			kept = i + step;
			kept_used = used;
		}
	}
	buf_add(out, text, len);
	return used;
}

void width_pad(struct buf *out, size_t used, size_t columns)
{
	for (; used < columns; used++)
		buf_char(out, ' ');
}
