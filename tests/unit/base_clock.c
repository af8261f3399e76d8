#include "base_test.h"

#include <time.h>

#include "base/clock.h"

#define S INT64_C(1000000000)

static void use_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static void assert_iso(int64_t ns, const char *want)
{
	char text[CLOCK_ISO_SIZE];
	int64_t back;

	clock_iso(ns, text);
	assert_string_equal(text, want);
	assert_int_equal(clock_parse_iso(text, &back), 0);
	int64_t rest = ns % 1000 < 0 ? ns % 1000 + 1000 : ns % 1000;
	assert_true(back == ns - rest);
}

static void times_are_local_with_their_offset(void **state)
{
	(void)state;
	use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_iso(1764248956 * S + 123456789, "2025-11-27T14:09:16.123456+01:00");
	assert_iso(1753000000 * S, "2025-07-20T10:26:40.000000+02:00");
	use_zone("UTC");
	assert_iso(0, "1970-01-01T00:00:00.000000+00:00");
	assert_iso(-1, "1969-12-31T23:59:59.999999+00:00");
	use_zone("<-0330>3:30");
	assert_iso(1764248956 * S, "2025-11-27T09:39:16.000000-03:30");
	use_zone("LMT-0:53:28");
	assert_iso(1764248956 * S, "2025-11-27T14:02:44.000000+00:53:28");
}

static void the_ends_of_64_bits_are_told_and_read(void **state)
{
	(void)state;
	use_zone("UTC");
	char text[CLOCK_ISO_SIZE];
	int64_t ns;
	clock_iso(INT64_MAX, text);
	assert_string_equal(text, "2262-04-11T23:47:16.854775+00:00");
	assert_int_equal(clock_parse_iso(text, &ns), 0);
	clock_iso(INT64_MIN, text);
	assert_string_equal(text, "1677-09-21T00:12:43.145224+00:00");
	assert_int_equal(clock_parse_iso("9999-12-31T23:59:59Z", &ns), -1);
	assert_int_equal(clock_parse_iso("0000-01-01T00:00:00Z", &ns), -1);
}

static void other_forms_of_iso_times_are_read(void **state)
{
	(void)state;
	use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{"2025-11-27T13:09:16Z", 1764248956 * S},
		{"2025-11-27T14:09:16", 1764248956 * S}, /* local */
		{"2025-11-27 14:09:16.5", 1764248956 * S + S / 2},
		{"2025-07-20T10:26:40", 1753000000 * S}, /* local, in summer */
		{"2025-11-27T14:09:16.123456789123+0100", 1764248956 * S + 123456789},
		{"2025-11-27T15:09:16,25+02", 1764248956 * S + S / 4},
		{"1970-01-01T00:59:59", -1 * S}, /* where mktime's -1 is no error */
		{"2016-12-31T23:59:60Z", 1483228800 * S},
		{"2024-02-29T00:00:00Z", 1709164800 * S},
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		int64_t ns = 0;
		assert_int_equal(clock_parse_iso(good[i].text, &ns), 0);
		assert_true(ns == good[i].ns);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	(void)state;
	const char *const bad[] = {"", "2025", "2025-11-27", "2025-11-27T14:09",
		"2025-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2025-00-01T00:00:00Z",
		"2025-01-00T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z",
		"2025-01-01T00:00:61Z", "2025-01-01T00:00:00.Z", "2025-01-01T00:00:00+1",
		"2025-01-01T00:00:00+01:0", "2025-01-01T00:00:00ZZ", "2025-01-01T00:00:00 ",
		" 2025-01-01T00:00:00", "2025-01-01T00:00:00+01:60", "2025-1-1T00:00:00",
		"2025-01-01T00:00:00+99", "-025-01-01T00:00:00Z"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t ns;
		assert_int_equal(clock_parse_iso(bad[i], &ns), -1);
	}
}

static void log_times_and_run_ids_are_local(void **state)
{
	(void)state;
	char log[CLOCK_LOG_SIZE], id[CLOCK_ID_SIZE];

	use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	clock_log(1764248955 * S + 999999999, log);
	clock_id(1764248955 * S, id);
	assert_string_equal(log, "2025-11-27 14:09:15");
	assert_string_equal(id, "20251127_140915");
	/* the cached second is only good for itself */
	clock_log(1764248956 * S, log);
	assert_string_equal(log, "2025-11-27 14:09:16");
	clock_log(1764248955 * S, log);
	assert_string_equal(log, "2025-11-27 14:09:15");
	clock_log(-1, log);
	assert_string_equal(log, "1970-01-01 00:59:59");
}

static void clocks_go_on(void **state)
{
	(void)state;
	int64_t a = clock_mono_ns(), b = clock_mono_ns();

	assert_true(b >= a && a > 0);
	assert_true(clock_wall_ns() > 1700000000 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_local_with_their_offset),
		cmocka_unit_test(the_ends_of_64_bits_are_told_and_read),
		cmocka_unit_test(other_forms_of_iso_times_are_read),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(log_times_and_run_ids_are_local),
		cmocka_unit_test(clocks_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
