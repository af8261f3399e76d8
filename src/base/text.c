#include "base/text.h"

#include <string.h>

#include "base/buf.h"

bool text_eq(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The digits at *text, less zeros in front. */
static size_t take_digits(const char **text)
{
	*text += strspn(*text, "0");
	return strspn(*text, "0123456789");
}

int text_natural(const char *a, const char *b)
{
	const char *x = a, *y = b;

	while (*x && *y) {
		bool are_digits = *x >= '0' && *x <= '9' && *y >= '0' && *y <= '9';
		size_t len = are_digits ? take_digits(&x) : 1;
		size_t other = are_digits ? take_digits(&y) : 1;
		if (len != other)
			return len < other ? -1 : 1;
		int order = memcmp(x, y, len);
		if (order != 0)
			return order;
		x += len;
		y += len;
	}
	return *x || *y ? (unsigned char)*x - (unsigned char)*y : strcmp(a, b);
}

bool text_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text), end = strlen(suffix);

	return len >= end && memcmp(text + len - end, suffix, end) == 0;
}

/* Names in a definition have at most 49 bytes; longer words get no suggestion. */
#define NEAREST_MAX 255

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Optimal string alignment: insertions, deletions, replacements and swaps of neighbours count one
 * each, and no part is edited twice. Anything over `limit` may come back as limit + 1. */
static size_t distance(const char *a, size_t alen, const char *b, size_t blen, size_t limit)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	if ((alen > blen ? alen - blen : blen - alen) > limit)
		return limit + 1;
	for (size_t j = 0; j <= blen; j++)
		above[j] = j;
	for (size_t i = 1; i <= alen; i++) {
		size_t least = row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t cost = a[i - 1] != b[j - 1];
			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
			if (row[j] < least)
				least = row[j];
		}
		/* a swap reaches two rows back, and adds one: least - 1 is the best to come */
		if (least > limit + 1)
			return limit + 1;
		size_t *oldest = before;
		before = above;
		above = row;
		row = oldest;
	}
	return above[blen];
}

const char *text_nearest(const char *word, const char *const *names, size_t count)
{
	size_t len = strlen(word);
	size_t limit = len / 3 ? len / 3 : 1;
	const char *best = NULL;

	if (len > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t name_len = strlen(names[i]);
		if (name_len > NEAREST_MAX)
			continue;
		size_t d = distance(word, len, names[i], name_len, limit);
		if (d > limit)
			continue;
		best = names[i];
		if (d == 0)
			break;
		limit = d - 1; /* from here on only something nearer will do */
	}
	return best;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_@%+:,./-", c));
}

void text_add_shell_word(struct buf *buf, const char *text)
{
	/* a=b would be an assignment if it came first; --a=b cannot be one */
	bool is_option = text[0] == '-';
	const char *p = text;

	while (is_plain(*p) || (*p == '=' && is_option))
		p++;
	if (*p == '\0' && p > text) {
		buf_str(buf, text);
		return;
	}
	buf_char(buf, '\'');
	for (;;) {
		size_t run = strcspn(text, "'");
		buf_add(buf, text, run);
		text += run;
		if (*text == '\0')
			break;
		buf_str(buf, "'\\''");
		text++;
	}
	buf_char(buf, '\'');
}

/* A control character (U+0080 to U+009F are some, too: U+009B is as good as ESC [), or one that
 * changes the direction of what follows: what is read is not what is there. */
static bool is_control(const unsigned char *text, size_t len)
{
	if (len == 1)
		return text[0] < 0x20 || text[0] == 0x7F;
	if (len == 2)
		return (text[0] == 0xC2 && text[1] < 0xA0) || (text[0] == 0xD8 && text[1] == 0x9C);
	if (len != 3 || text[0] != 0xE2)
		return false;
	return (text[1] == 0x80 && (text[2] == 0x8E || text[2] == 0x8F ||
					   (text[2] >= 0xAA && text[2] <= 0xAE))) ||
	       (text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9);
}

void text_add_printable(struct buf *buf, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < len;) {
		size_t plain = text_plain_len(text + i, len - i);
		if (plain > 0) {
			buf_add(buf, text + i, plain);
			i += plain;
			continue;
		}
		size_t n = text_utf8_len(p + i, len - i);
		if (n > 0 && !is_control(p + i, n)) {
			buf_add(buf, p + i, n);
			i += n;
			continue;
		}
		if (n == 0)
			n = 1;
		for (size_t end = i + n; i < end; i++) {
			if (p[i] == '\t')
				buf_str(buf, "\\t");
			else if (p[i] == '\n')
				buf_str(buf, "\\n");
			else
				buf_fmt(buf, "\\x%02x", p[i]);
		}
	}
}

size_t text_plain_len(const char *text, size_t len)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones * 0x80;
	size_t i = 0;

	/* Eight at once: a byte's top bit comes out set if it is over 0x7E (adding 1 carries) or
	 * below 0x20 (subtracting 0x20 borrows); a borrow from a neighbour only makes the slow loop
	 * look. */
	for (; len - i >= 8; i += 8) {
		uint64_t word;
		memcpy(&word, text + i, sizeof word);
		if (((word | (word - ones * 0x20) | ((word & ~tops) + ones)) & tops) != 0)
			break;
	}
	while (i < len && text[i] >= 0x20 && text[i] < 0x7F)
		i++;
	return i;
}

size_t text_utf8_len(const unsigned char *text, size_t left)
{
	unsigned char c, low = 0x80, high = 0xBF;
	size_t len;

	if (left == 0)
		return 0;
	c = text[0];
	if (c < 0x80)
		return 1;
	if (c < 0xC2)
		return 0; /* in the middle, or a form that is too long */
	if (c < 0xE0) {
		len = 2;
	} else if (c < 0xF0) {
		len = 3;
		if (c == 0xE0)
			low = 0xA0; /* too long */
		else if (c == 0xED)
			high = 0x9F; /* surrogates */
	} else if (c < 0xF5) {
		len = 4;
		if (c == 0xF0)
			low = 0x90; /* too long */
		else if (c == 0xF4)
			high = 0x8F; /* over U+10FFFF */
	} else {
		return 0;
	}
	if (left < len || text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++) {
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	}
	return len;
}

/* Bytes of valid UTF-8 at the beginning. */
static size_t valid_len(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t at = 0, n;

	while (at < len) {
		n = text_plain_len(text + at, len - at);
		if (n == 0)
			n = text_utf8_len(p + at, len - at);
		if (n == 0)
			break;
		at += n;
	}
	return at;
}

bool text_is_utf8(const char *text, size_t len)
{
	return valid_len(text, len) == len;
}

void text_add_utf8(struct buf *buf, const char *text, size_t len)
{
	for (;;) {
		size_t valid = valid_len(text, len);

		buf_add(buf, text, valid);
		if (valid == len)
			break;
		buf_str(buf, "\xEF\xBF\xBD");
		text += valid + 1;
		len -= valid + 1;
	}
}

void text_add_replaced(struct buf *buf, const char *text, const char *bytes, const char *const *by)
{
	for (; *text; text++) {
		size_t run = strcspn(text, bytes);

		buf_add(buf, text, run);
		text += run;
		if (!*text)
			return;
		buf_str(buf, by[strchr(bytes, *text) - bytes]);
	}
}

char *text_list_line(char **rest)
{
	char *at = *rest + strspn(*rest, " \t\r\n");
	size_t len = strcspn(at, "\r\n");

	if (len == 0)
		return NULL;
	*rest = at + len + (at[len] != '\0');
	while (at[len - 1] == ' ' || at[len - 1] == '\t')
		len--;
	at[len] = '\0';
	return at;
}

static const char hex[] = "0123456789abcdef";

void text_put_hex(char *text, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		*text++ = hex[bytes[i] >> 4];
		*text++ = hex[bytes[i] & 15];
	}
	*text = '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_take_hex(const char *text, uint8_t *bytes, size_t count)
{
	uint8_t taken[64];

	if (count > sizeof taken)
		return false;
	for (size_t i = 0; i < count; i++) {
		int high = digit(text[2 * i]), low = high < 0 ? -1 : digit(text[2 * i + 1]);
		if (low < 0)
			return false;
		taken[i] = (uint8_t)(high << 4 | low);
	}
	if (text[2 * count])
		return false;
	memcpy(bytes, taken, count);
	return true;
}
