/* The part of text.h that turns text into numbers and numbers into text. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_to_u32(const char *text, uint32_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (!is_digit(*text))
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)value;
	return true;
}

bool text_to_i64(const char *text, int64_t *out)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;

	if (!is_digit(*digits))
		return false; /* strtoll would skip blanks */
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (*end || errno)
		return false;
	*out = value;
	return true;
}

/* A decimal number, without the blanks, hexadecimals and names that strtod also takes. Returns its
 * end, or NULL. */
static const char *read_decimal(const char *text, bool with_exponent, double *out)
{
	const char *p = text;
	char *end;

	while (is_digit(*p))
		p++;
	size_t digits = (size_t)(p - text);
	if (*p == '.') {
		p++;
		while (is_digit(*p)) {
			p++;
			digits++;
		}
	}
	if (digits == 0)
		return NULL;
	if (with_exponent && (*p == 'e' || *p == 'E')) {
		p++;
		if (*p == '-' || *p == '+')
			p++;
		if (!is_digit(*p))
			return NULL;
		while (is_digit(*p))
			p++;
	}
	*out = strtod(text, &end);
	/* without an exponent, "2e" of "2exa" stays for the unit */
	if (end != p && with_exponent)
		return NULL;
	return isfinite(*out) ? p : NULL;
}

bool text_to_double(const char *text, double *out)
{
	bool minus = *text == '-';
	double value;
	const char *end = read_decimal(text + (minus || *text == '+'), true, &value);

	if (!end || *end)
		return false;
	*out = minus ? -value : value;
	return true;
}

bool text_to_bool(const char *text, bool *out)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*out = i % 2 == 1;
			return true;
		}
	}
	return false;
}

/* Longest names first, so that "ms" is not read as "m". */
struct unit {
	const char *name;
	double factor;
};

static const struct unit durations[] = {
	{"ms", 1},
	{"s", 1000},
	{"m", 60 * 1000},
	{"h", 3600 * 1000},
	{"d", 86400 * 1000},
};

bool text_to_duration(const char *text, int64_t *out_ms)
{
	double total = 0, value;

	for (bool first = true; first || *text; first = false) {
		size_t i, count = sizeof durations / sizeof *durations;
		text = read_decimal(text, false, &value);
		if (!text)
			return false;
		for (i = 0; i < count && !text_starts(text, durations[i].name); i++)
			;
		if (i < count) {
			total += value * durations[i].factor;
			text += strlen(durations[i].name);
		} else if (first && !*text) {
			total = value * 1000;
		} else {
			return false;
		}
		while (*text == ' ' && text[1]) /* "1m 05s", as text_add_duration writes it */
			text++;
	}
	total = round(total);
	if (total >= 9.2e18)
		return false;
	*out_ms = (int64_t)total;
	return true;
}

bool text_to_size(const char *text, uint64_t *out_bytes)
{
	static const char letters[] = "KMGTPE";
	double value, factor = 1;
	size_t i;

	/* digits alone stay exact, also beyond what a double can hold */
	if (text[strspn(text, "0123456789")] == '\0' && *text) {
		errno = 0;
		unsigned long long bytes = strtoull(text, NULL, 10);
		if (errno)
			return false;
		*out_bytes = bytes;
		return true;
	}
	text = read_decimal(text, false, &value);
	if (!text)
		return false;
	if (*text == ' ' && text[1])
		text++;
	for (i = 0; letters[i] && strncasecmp(text, letters + i, 1) != 0; i++)
		;
	if (*text && letters[i]) {
		factor = ldexp(1, 10 * (int)(i + 1));
		text++;
		if (strcasecmp(text, "iB") == 0)
			text += 2;
	}
	if (strcasecmp(text, "B") == 0)
		text++;
	if (*text)
		return false;
	value = round(value * factor);
	if (value >= ldexp(1, 64))
		return false;
	*out_bytes = (uint64_t)value;
	return true;
}

void text_add_count(struct buf *buf, unsigned n)
{
	char digits[12], *at = digits + sizeof digits;

	do
		*--at = (char)('0' + n % 10);
	while (n /= 10);
	buf_add(buf, at, (size_t)(digits + sizeof digits - at));
}

/* As "%.1f", of a value from 0 to some thousands: they stand in every line of a log. */
static void add_tenths(struct buf *buf, double value)
{
	double tenths = value * 10, nearest = floor(tenths + 0.5);

	/* so near the middle only printf knows */
	if (fabs(fabs(tenths - nearest) - 0.5) < 1e-6) {
		buf_fmt(buf, "%.1f", value);
		return;
	}
	text_add_count(buf, (unsigned)nearest / 10);
	buf_char(buf, '.');
	buf_char(buf, (char)('0' + (unsigned)nearest % 10));
}

void text_add_duration(struct buf *buf, double seconds)
{
	if (!(seconds > 0))
		seconds = 0; /* also NaN, and a clock that went back */
	if (seconds < 59.95) {
		add_tenths(buf, seconds);
		buf_char(buf, 's');
		return;
	}
	long long s = seconds < 9e15 ? llround(seconds) : 9000000000000000;
	if (s < 3600)
		buf_fmt(buf, "%lldm %02llds", s / 60, s % 60);
	else if (s < 86400)
		buf_fmt(buf, "%lldh %02lldm", s / 3600, s / 60 % 60);
	else
		buf_fmt(buf, "%lldd %02lldh", s / 86400, s / 3600 % 24);
}

void text_add_size(struct buf *buf, double bytes)
{
	static const char *const units[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
	size_t i = 0, last = sizeof units / sizeof *units - 1;

	if (!(bytes > 0))
		bytes = 0;
	if (bytes < 1023.5) {
		text_add_count(buf, (unsigned)(bytes + 0.5));
		buf_str(buf, " B");
		return;
	}
	/* 1023.95 would be shown as 1024.0 */
	for (bytes /= 1024; bytes >= 1023.95 && i < last; i++)
		bytes /= 1024;
	if (bytes < 1024)
		add_tenths(buf, bytes);
	else
		buf_fmt(buf, "%.1f", bytes);
	buf_char(buf, ' ');
	buf_str(buf, units[i]);
}

void text_add_signal(struct buf *buf, int number)
{
	const char *name = number > 0 ? sigabbrev_np(number) : NULL;

	if (name)
		buf_fmt(buf, "SIG%s", name);
	else
		buf_fmt(buf, "signal %d", number);
}
