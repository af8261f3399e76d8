/* Texts of an object's members, for who has no library for trees. What is read has passed
 * json_check(), so that nothing here need be looked at twice. */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\n\r");
}

/* Behind the quote that ends it. */
static const char *skip_string(const char *at)
{
	for (at++; *at != '"'; at++)
		at += *at == '\\';
	return at + 1;
}

/* Up to what comes behind the value: ',' or '}'. */
static const char *skip_value(const char *at)
{
	for (unsigned depth = 0; depth || !strchr(",}", *at);) {
		if (*at == '"') {
			at = skip_string(at);
			continue;
		}
		depth += *at == '{' || *at == '[';
		depth -= *at == '}' || *at == ']';
		at++;
	}
	return at;
}

static unsigned hex4(const char *at)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++)
		value = value * 16 + (((unsigned char)at[i] & 0x0fu) + (at[i] > '9' ? 9 : 0));
	return value;
}

static char *put_character(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	*to++ = (char)(0xf0u << (3 - more) | c >> 6 * more);
	while (more--)
		*to++ = (char)(0x80 | (c >> 6 * more & 0x3f));
	return to;
}

/* *at stands behind a backslash, and then behind the escape. */
static char *put_escape(char *to, const char **at)
{
	static const char escapes[] = "bfnrt", meant[] = "\b\f\n\r\t";
	const char *found = strchr(escapes, **at);

	if (**at != 'u') {
		*to++ = found ? meant[found - escapes] : **at;
		++*at;
		return to;
	}
	unsigned c = hex4(*at + 1);
	*at += 5;
	if (c >= 0xd800 && c <= 0xdfff) { /* and the other half, in "\uXXXX" */
		c = 0x10000 + ((c - 0xd800) << 10) + (hex4(*at + 2) - 0xdc00);
		*at += 6;
	}
	return put_character(to, c);
}

/* It has no more bytes than what stands for it. */
static const char *read_string(struct arena *arena, const char *at)
{
	char *text = arena_alloc(arena, (size_t)(skip_string(at) - at)), *to = text;

	for (at++; *at != '"';) {
		if (*at != '\\') {
			*to++ = *at++;
			continue;
		}
		at++;
		to = put_escape(to, &at);
	}
	return text;
}

bool json_texts(struct arena *arena, const char *text, size_t len, const char *const *names,
	size_t count, const char **texts)
{
	uint64_t seen = 0;

	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		text += 3;
		len -= 3;
	}
	for (size_t i = 0; i < count; i++)
		texts[i] = NULL;
	if (json_check(text, len, NULL) < 0)
		return false;
	/* with a NUL behind it, for what looks for an end */
	const char *at = skip_blanks(arena_strndup(arena, text, len));
	if (*at != '{')
		return false;
	for (at = skip_blanks(at + 1); *at == '"' || *at == ','; at = skip_blanks(at)) {
		at = skip_blanks(at + (*at == ','));
		const char *name = read_string(arena, at);
		size_t i = 0;
		while (i < count && strcmp(names[i], name) != 0)
			i++;
		at = skip_blanks(skip_blanks(skip_string(at)) + 1);
		if (i < count && seen >> i & 1)
			return false;
		if (i < count)
			seen |= UINT64_C(1) << i;
		if (i < count && *at == '"')
			texts[i] = read_string(arena, at);
		at = skip_value(at);
	}
	return true;
}
