#include "view/words/words.h"

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/text.h"

#define FIRST_OTHER 0x300 /* what is below takes one column */

/* What the C library knows of UTF-8, whatever the user's locale. Reading it costs a program that
 * ends at once too much, so that is put off until a character needs it. 0 where it is not
 * installed. */
static locale_t utf8_locale(void)
{
	static bool is_asked;
	static locale_t locale;

	if (!is_asked) {
		locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
		is_asked = true;
	}
	return locale;
}

static size_t char_width(uint32_t c)
{
	locale_t utf8, usual;
	int columns;

	if (c < FIRST_OTHER)
		return 1;
	utf8 = utf8_locale();
	if (!utf8)
		return 1;
	usual = uselocale(utf8);
	columns = wcwidth((wchar_t)c);
	uselocale(usual);
	return columns < 0 ? 1 : (size_t)columns; /* -1: unassigned */
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

size_t width_of(const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t columns = 0, step;

	for (size_t i = 0; i < len; i += step)
		columns += char_width(decode(bytes + i, len - i, &step));
	return columns;
}

size_t width_widest(size_t widest, const char *name)
{
	size_t columns = width_of(name, strlen(name));

	return columns > widest ? columns : widest;
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
