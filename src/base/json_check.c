#include "base/json.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* cJSON copies a number into 64 bytes and goes on with what is left as if that were the next
 * thing. */
#define NUMBER_MAX 63

struct scan {
	const char *at, *end;
	const char *wrong; /* what is wrong at `at`; NULL: nothing yet */
	unsigned depth;
	size_t keys;     /* seen at the top two levels */
	size_t want_key; /* where to stop */
};

static bool scan_value(struct scan *scan);

static bool fail(struct scan *scan, const char *wrong)
{
	scan->wrong = wrong;
	return false;
}

static int peek(const struct scan *scan)
{
	return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end && memchr(" \t\n\r", *scan->at, 4))
		scan->at++;
}

/* Four hexadecimal digits, -1 if they are not there. */
static int hex4(struct scan *scan)
{
	int value = 0;

	if (scan->end - scan->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = scan->at[i];
		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	scan->at += 4;
	return value;
}

static bool scan_escape(struct scan *scan)
{
	scan->at++; /* the backslash */
	int c = peek(scan);

	if (c > 0 && strchr("\"\\/bfnrt", c)) {
		scan->at++;
		return true;
	}
	if (c != 'u')
		return fail(scan, "unknown escape in a string");
	scan->at++;
	int unit = hex4(scan);
	if (unit < 0)
		return fail(scan, "\\u without four hexadecimal digits");
	if (unit == 0)
		return fail(scan, "\\u0000 in a string");
	if (unit < 0xD800 || unit > 0xDFFF)
		return true;
	if (unit < 0xDC00 && scan->end - scan->at >= 6 && scan->at[0] == '\\' &&
		scan->at[1] == 'u') {
		scan->at += 2;
		unit = hex4(scan);
		if (unit >= 0xDC00 && unit <= 0xDFFF)
			return true;
	}
	return fail(scan, "half a surrogate pair in a string");
}

static bool scan_string(struct scan *scan)
{
	scan->at++; /* the quote */
	for (;;) {
		int c = peek(scan);
		if (c == '"') {
			scan->at++;
			return true;
		}
		if (c < 0)
			return fail(scan, "string without an end");
		if (c == '\\') {
			if (!scan_escape(scan))
				return false;
			continue;
		}
		if (c < 0x20)
			return fail(scan, "control character in a string");
		size_t n = text_utf8_len(
			(const unsigned char *)scan->at, (size_t)(scan->end - scan->at));
		if (n == 0)
			return fail(scan, "invalid UTF-8");
		scan->at += n;
	}
}

static size_t scan_digits(struct scan *scan)
{
	const char *start = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	return (size_t)(scan->at - start);
}

static bool scan_number(struct scan *scan)
{
	const char *start = scan->at;
	char copy[NUMBER_MAX + 1];

	if (peek(scan) == '-')
		scan->at++;
	bool has_zero = peek(scan) == '0';
	size_t digits = scan_digits(scan);
	if (digits == 0 || (has_zero && digits > 1))
		return fail(scan, "malformed number");
	if (peek(scan) == '.') {
		scan->at++;
		if (scan_digits(scan) == 0)
			return fail(scan, "malformed number");
	}
	if (peek(scan) == 'e' || peek(scan) == 'E') {
		scan->at++;
		if (peek(scan) == '-' || peek(scan) == '+')
			scan->at++;
		if (scan_digits(scan) == 0)
			return fail(scan, "malformed number");
	}
	size_t len = (size_t)(scan->at - start);
	if (len > NUMBER_MAX)
		return fail(scan, "number of more than 63 characters");
	memcpy(copy, start, len);
	copy[len] = '\0';
	if (!isfinite(strtod(copy, NULL)))
		return fail(scan, "number out of range");
	return true;
}

static bool scan_word(struct scan *scan, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
		return fail(scan, "unknown word");
	scan->at += len;
	return true;
}

static bool scan_key(struct scan *scan)
{
	if (peek(scan) != '"')
		return fail(scan, "expected a name in quotes");
	if (scan->depth <= 2 && scan->keys++ == scan->want_key)
		return false;
	if (!scan_string(scan))
		return false;
	skip_blanks(scan);
	if (peek(scan) != ':')
		return fail(scan, "expected ':'");
	scan->at++;
	return true;
}

static bool scan_container(struct scan *scan, char close)
{
	scan->at++;
	if (++scan->depth > JSON_DEPTH_MAX)
		return fail(scan, "more than 200 levels");
	skip_blanks(scan);
	if (peek(scan) == close)
		goto end;
	for (;;) {
		skip_blanks(scan);
		if (close == '}' && !scan_key(scan))
			return false;
		if (!scan_value(scan))
			return false;
		skip_blanks(scan);
		if (peek(scan) == close)
			break;
		if (peek(scan) != ',')
			return fail(
				scan, close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
		scan->at++;
	}
end:
	scan->at++;
	scan->depth--;
	return true;
}

/* The recursion ends at JSON_DEPTH_MAX. */
static bool scan_value(struct scan *scan)
{
	skip_blanks(scan);
	switch (peek(scan)) {
	case '{':
		return scan_container(scan, '}');
	case '[':
		return scan_container(scan, ']');
	case '"':
		return scan_string(scan);
	case 't':
		return scan_word(scan, "true");
	case 'f':
		return scan_word(scan, "false");
	case 'n':
		return scan_word(scan, "null");
	case -1:
		return fail(scan, "the text ends too early");
	default:
		if (peek(scan) != '-' && (peek(scan) < '0' || peek(scan) > '9'))
			return fail(scan, "expected a value");
		return scan_number(scan);
	}
}

static unsigned long line_of(const char *text, const char *at)
{
	unsigned long line = 1;

	while ((text = memchr(text, '\n', (size_t)(at - text)))) {
		line++;
		text++;
	}
	return line;
}

int json_check(const char *text, size_t len, struct err *err)
{
	struct scan scan = {.at = text, .end = text + len, .want_key = SIZE_MAX};

	if (scan_value(&scan)) {
		skip_blanks(&scan);
		if (scan.at == scan.end)
			return 0;
		fail(&scan, "text after the end of the value");
	}
	return err_set(err, EXIT_WORLD, "line %lu: %s", line_of(text, scan.at), scan.wrong);
}

unsigned long json_key_line(const char *text, size_t len, size_t n)
{
	struct scan scan = {.at = text, .end = text + len, .want_key = n};

	scan_value(&scan);
	return line_of(text, scan.at);
}
