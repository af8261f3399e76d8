#include "view/viewer/logink.h"

#include "base/buf.h"

#define SEQUENCE_MAX 64
#define NUMBERS_MAX 32

size_t ink_sequence(const char *text, size_t len)
{
	if (len < 3 || text[0] != '\033' || text[1] != '[')
		return 0;
	for (size_t i = 2; i < len && i < SEQUENCE_MAX; i++) {
		if (text[i] == 'm')
			return i + 1;
		if ((text[i] < '0' || text[i] > '9') && text[i] != ';' && text[i] != ':')
			return 0;
	}
	return 0;
}

/* "38;5;N", "38;2;R;G;B", also with colons: the colour, and how many numbers it took. */
static size_t extended(const unsigned *numbers, size_t count, uint32_t *color)
{
	if (count >= 3 && numbers[1] == 5) {
		if (numbers[2] < 256)
			*color = INK_PALETTE(numbers[2]);
		return 3;
	}
	if (count >= 5 && numbers[1] == 2) {
		if (numbers[2] < 256 && numbers[3] < 256 && numbers[4] < 256)
			*color = INK_RGB | numbers[2] << 16 | numbers[3] << 8 | numbers[4];
		return 5;
	}
	return count;
}

static void set(struct ink *ink, uint32_t attribute)
{
	ink->attributes |= attribute;
}

static void unset(struct ink *ink, const struct ink *plain, uint32_t attribute)
{
	ink->attributes = (ink->attributes & ~attribute) | (plain->attributes & attribute);
}

static void apply_one(struct ink *ink, const struct ink *plain, unsigned n)
{
	if (n == 0)
		*ink = *plain;
	else if (n == 1)
		set(ink, INK_BOLD);
	else if (n == 2)
		set(ink, INK_FAINT);
	else if (n == 3)
		set(ink, INK_ITALIC);
	else if (n == 4)
		set(ink, INK_UNDERLINE);
	else if (n == 7)
		set(ink, INK_REVERSE);
	else if (n == 9)
		set(ink, INK_STRIKE);
	else if (n == 22)
		unset(ink, plain, INK_BOLD | INK_FAINT);
	else if (n == 23)
		unset(ink, plain, INK_ITALIC);
	else if (n == 24)
		unset(ink, plain, INK_UNDERLINE);
	else if (n == 27)
		unset(ink, plain, INK_REVERSE);
	else if (n == 29)
		unset(ink, plain, INK_STRIKE);
	else if (n >= 30 && n <= 37)
		ink->fore = INK_PALETTE(n - 30);
	else if (n == 39)
		ink->fore = plain->fore;
	else if (n >= 40 && n <= 47)
		ink->back = INK_PALETTE(n - 40);
	else if (n == 49)
		ink->back = plain->back;
	else if (n >= 90 && n <= 97)
		ink->fore = INK_PALETTE(n - 90 + 8);
	else if (n >= 100 && n <= 107)
		ink->back = INK_PALETTE(n - 100 + 8);
}

void ink_apply(struct ink *ink, const struct ink *plain, const char *sequence, size_t len)
{
	unsigned numbers[NUMBERS_MAX] = {0};
	size_t count = 1;

	for (size_t i = 2; i + 1 < len; i++) {
		if (sequence[i] < '0' || sequence[i] > '9') {
			if (count == NUMBERS_MAX)
				break;
			count++;
		} else if (numbers[count - 1] < 1000) {
			numbers[count - 1] =
				numbers[count - 1] * 10 + (unsigned)(sequence[i] - '0');
		}
	}
	for (size_t i = 0; i < count;) {
		if (numbers[i] == 38 || numbers[i] == 48) {
			i += extended(numbers + i, count - i,
				numbers[i] == 38 ? &ink->fore : &ink->back);
			continue;
		}
		apply_one(ink, plain, numbers[i++]);
	}
}

bool ink_eq(const struct ink *a, const struct ink *b)
{
	return a->fore == b->fore && a->back == b->back && a->attributes == b->attributes;
}

static void add_color(struct buf *out, uint32_t color, unsigned base)
{
	if (color & INK_RGB)
		buf_fmt(out, ";%u;2;%u;%u;%u", base + 8, color >> 16 & 0xff, color >> 8 & 0xff,
			color & 0xff);
	else if (color > 16)
		buf_fmt(out, ";%u;5;%u", base + 8, color - 1);
	else if (color > 8)
		buf_fmt(out, ";%u", base + 60 + color - 9);
	else if (color)
		buf_fmt(out, ";%u", base + color - 1);
}

void ink_add(struct buf *out, const struct ink *ink)
{
	static const struct {
		uint32_t attribute;
		const char *code;
	} codes[] = {
		{INK_BOLD, ";1"},
		{INK_FAINT, ";2"},
		{INK_ITALIC, ";3"},
		{INK_UNDERLINE, ";4"},
		{INK_REVERSE, ";7"},
		{INK_STRIKE, ";9"},
	};

	buf_str(out, "\033[0");
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (ink->attributes & codes[i].attribute)
			buf_str(out, codes[i].code);
	add_color(out, ink->fore, 30);
	add_color(out, ink->back, 40);
	buf_char(out, 'm');
}
