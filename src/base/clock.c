#include "base/clock.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

static int64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static const struct clock *used; /* instead of the system's */

void clock_use(const struct clock *clock)
{
	used = clock;
}

int64_t clock_mono_ns(void)
{
	return used ? used->mono_ns() : now(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
	return used ? used->wall_ns() : now(CLOCK_REALTIME);
}

int64_t clock_boot_ns(void)
{
	return used ? used->mono_ns() : now(CLOCK_BOOTTIME);
}

int clock_poll(struct pollfd *polls, size_t count, int timeout_ms)
{
	return used ? used->poll(polls, count, timeout_ms) : poll(polls, count, timeout_ms);
}

/* Seconds and the rest, which is never negative, also before 1970. */
static time_t split(int64_t wall_ns, int64_t *rest)
{
	int64_t s = wall_ns / NS_PER_S;

	*rest = wall_ns % NS_PER_S;
	if (*rest < 0) {
		*rest += NS_PER_S;
		s--;
	}
	return (time_t)s;
}

/* In local time. All that is written so has a year of four digits: see clock_parse_iso. */
static struct tm put_time(time_t s, char *text, size_t size, const char *form)
{
	struct tm tm;

	localtime_r(&s, &tm);
	strftime(text, size, form, &tm);
	return tm;
}

void clock_iso(int64_t wall_ns, char text[CLOCK_ISO_SIZE])
{
	int64_t rest;
	time_t s = split(wall_ns, &rest);
	struct tm tm = put_time(s, text, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%S");
	long offset = labs(tm.tm_gmtoff);
	size_t len = strlen(text);

	len += (size_t)snprintf(text + len, CLOCK_ISO_SIZE - len, ".%06d%c%02ld:%02ld",
		(int)(rest / 1000), tm.tm_gmtoff < 0 ? '-' : '+', offset / 3600, offset / 60 % 60);
	if (offset % 60) /* local mean times of the past */
		snprintf(text + len, CLOCK_ISO_SIZE - len, ":%02ld", offset % 60);
}

/* Reads exactly `digits` digits into *out; NULL if they are not there or *at is NULL. */
static const char *take(const char *at, int digits, int *out)
{
	int value = 0;

	for (int i = 0; at && i < digits; i++) {
		if (at[i] < '0' || at[i] > '9')
			return NULL;
		value = value * 10 + (at[i] - '0');
	}
	*out = value;
	return at ? at + digits : NULL;
}

static const char *expect(const char *at, const char *one_of)
{
	return at && *at && strchr(one_of, *at) ? at + 1 : NULL;
}

static const char *take_fraction(const char *at, int64_t *ns)
{
	int64_t unit = NS_PER_S / 10;

	if (!at || (*at != '.' && *at != ','))
		return at;
	at++;
	if (*at < '0' || *at > '9')
		return NULL;
	for (; *at >= '0' && *at <= '9'; at++) {
		*ns += (*at - '0') * unit;
		unit /= 10;
	}
	return at;
}

/* "+01:00", "+0100", "+01", "+00:53:28", "Z"; *is_given is false at the end of the text. */
static const char *take_offset(const char *at, bool *is_given, long *seconds)
{
	int h, m = 0, s = 0;

	*is_given = at && *at;
	*seconds = 0;
	if (!*is_given)
		return at;
	if (*at == 'Z' || *at == 'z')
		return at + 1;
	bool minus = *at == '-';
	at = take(expect(at, "+-"), 2, &h);
	if (at && *at) {
		bool colon = *at == ':';
		at = take(at + colon, 2, &m);
		if (at && *at && colon)
			at = take(expect(at, ":"), 2, &s);
	}
	if (!at || h > 24 || m > 59 || s > 59)
		return NULL;
	*seconds = h * 3600L + m * 60L + s;
	if (minus)
		*seconds = -*seconds;
	return at;
}

static bool is_day(int year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && leap);
}

int clock_parse_iso(const char *text, int64_t *wall_ns)
{
	struct tm tm = {.tm_isdst = -1};
	bool is_given;
	long offset;
	int year, month;
	int64_t ns = 0, result;
	const char *at = take(text, 4, &year);

	at = take(expect(at, "-"), 2, &month);
	at = take(expect(at, "-"), 2, &tm.tm_mday);
	at = take(expect(at, "Tt "), 2, &tm.tm_hour);
	at = take(expect(at, ":"), 2, &tm.tm_min);
	at = take(expect(at, ":"), 2, &tm.tm_sec);
	at = take_fraction(at, &ns);
	at = take_offset(at, &is_given, &offset);
	if (!at || *at || !is_day(year, month, tm.tm_mday))
		return -1;
	if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60) /* 60: a leap second */
		return -1;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	/* neither can fail for a year of four digits; -1 is a time like any other */
	time_t s = is_given ? timegm(&tm) - offset : mktime(&tm);
	if (__builtin_mul_overflow((int64_t)s, NS_PER_S, &result) ||
		__builtin_add_overflow(result, ns, &result))
		return -1; /* 64 bits of nanoseconds end in 1677 and 2262 */
	*wall_ns = result;
	return 0;
}

void clock_log(int64_t wall_ns, char text[CLOCK_LOG_SIZE])
{
	/* localtime_r takes a lock and more time than the rest of a log line */
	static _Thread_local struct {
		bool is_set;
		time_t second;
		char text[CLOCK_LOG_SIZE];
	} last;
	int64_t rest;
	time_t s = split(wall_ns, &rest);

	if (!last.is_set || last.second != s) {
		put_time(s, last.text, sizeof last.text, "%Y-%m-%d %H:%M:%S");
		last.second = s;
		last.is_set = true;
	}
	memcpy(text, last.text, CLOCK_LOG_SIZE);
}

void clock_id(int64_t wall_ns, char text[CLOCK_ID_SIZE])
{
	int64_t rest;

	put_time(split(wall_ns, &rest), text, CLOCK_ID_SIZE, "%Y%m%d_%H%M%S");
}
