#include "base/name.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

/* U+EF80 + (byte - 0x80) in UTF-8: EE BE 80..BF for the bytes 80..BF, EE BF 80..BF for C0..FF. */
static void add_escaped(struct buf *out, unsigned char byte)
{
	char text[3] = {
		(char)0xEE, (char)(byte < 0xC0 ? 0xBE : 0xBF), (char)(0x80 | (byte & 0x3F))};

	buf_add(out, text, sizeof text);
}

static bool is_escape(const unsigned char *p, size_t left)
{
	return left >= 3 && p[0] == 0xEE && (p[1] == 0xBE || p[1] == 0xBF) && (p[2] & 0xC0) == 0x80;
}

void name_to_json(struct buf *out, const char *name)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t left = strlen(name);

	while (left > 0) {
		size_t n = text_plain_len((const char *)p, left);
		if (n == 0)
			n = text_utf8_len(p, left);
		if (n > 0 && !is_escape(p, left)) {
			buf_add(out, p, n);
		} else {
			/* one byte of an escape lookalike is enough: the other two follow as
			 * invalid ones */
			n = 1;
			add_escaped(out, *p);
		}
		p += n;
		left -= n;
	}
}

void name_from_json(struct buf *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text);

	while (left > 0) {
		size_t n = 1;
		if (is_escape(p, left)) {
			n = 3;
			buf_char(out, (char)((p[1] == 0xBE ? 0x80 : 0xC0) | (p[2] & 0x3F)));
		} else {
			buf_char(out, (char)*p);
		}
		p += n;
		left -= n;
	}
}

const char *name_decoded(struct arena *arena, const char *text)
{
	struct buf name BUF_LOCAL = {0};
	const char *decoded;

	if (!text)
		return NULL;
	name_from_json(&name, text);
	decoded = arena_strndup(arena, buf_text(&name), name.len);
	return decoded;
}
