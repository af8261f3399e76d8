#include "base_test.h"

#include <math.h>

#include "base/buf.h"
#include "base/text.h"

static void whole_numbers_are_whole_strings(void **state)
{
	(void)state;
	uint32_t u;
	int64_t i;

	assert_true(text_to_u32("0", &u) && u == 0);
	assert_true(text_to_u32("007", &u) && u == 7);
	assert_true(text_to_u32("4294967295", &u) && u == UINT32_MAX);
	const char *const bad[] = {"", "4294967296", "-1", "+1", " 1", "1 ", "1x", "0x1", "1.0",
		"99999999999999999999999999999999"};
	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
		assert_false(text_to_u32(bad[k], &u));
	assert_true(text_to_i64("-9223372036854775808", &i) && i == INT64_MIN);
	assert_true(text_to_i64("+9223372036854775807", &i) && i == INT64_MAX);
	const char *const bad64[] = {
		"", "-", "9223372036854775808", " 1", "1 ", "--1", "0x1", "1e3", "- 1"};
	for (size_t k = 0; k < sizeof bad64 / sizeof *bad64; k++)
		assert_false(text_to_i64(bad64[k], &i));
}

static void decimal_numbers_take_no_names_and_no_hexadecimals(void **state)
{
	(void)state;
	double d;

	assert_true(text_to_double("1.5", &d) && d == 1.5);
	assert_true(text_to_double("-1e-3", &d) && d == -1e-3);
	assert_true(text_to_double("+.5", &d) && d == .5);
	assert_true(text_to_double("5.", &d) && d == 5);
	assert_true(text_to_double("1E3", &d) && d == 1000);
	const char *const bad[] = {"", ".", "e5", "1e", "1e+", "nan", "inf", "0x10", " 1", "1 ",
		"1e999", "--1", "-+1", "1.5.2", "infinity", "1,5"};
	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
		assert_false(text_to_double(bad[k], &d));
}

static void truth_has_eight_words(void **state)
{
	(void)state;
	bool b;
	const char *const yes[] = {"yes", "true", "on", "1", "YES", "True"};
	const char *const no[] = {"no", "false", "off", "0", "No", "FALSE"};
	const char *const bad[] = {"", "y", "2", "yes ", "maybe"};

	for (size_t i = 0; i < 6; i++) {
		b = false;
		assert_true(text_to_bool(yes[i], &b) && b);
		assert_true(text_to_bool(no[i], &b) && !b);
	}
	for (size_t i = 0; i < 5; i++)
		assert_false(text_to_bool(bad[i], &b));
}

static void durations_have_units(void **state)
{
	(void)state;
	const struct {
		const char *text;
		int64_t ms;
	} good[] = {{"90", 90000}, {"1.5s", 1500}, {"30m", 1800000}, {"2h", 7200000},
		{"1d", 86400000}, {"250ms", 250}, {"1h30m", 5400000}, {"0", 0}, {"0.5", 500},
		{"1m 05s", 65000}, {"2h 03m", 7380000}, {"1.0004s", 1000}, {"1s500ms", 1500}};
	const char *const bad[] = {"", "s", "-1", "1x", "1h30", "30 1h", "1 h", "1h ", " 1h",
		"1.5.1s", "0x10", "1e3", "nan", "1000000000000000d", "99999999999999999999", "1hh",
		"1H"};
	int64_t ms;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		ms = -1;
		assert_true(text_to_duration(good[i].text, &ms));
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(text_to_duration(bad[i], &ms));
}

static void sizes_are_powers_of_1024(void **state)
{
	(void)state;
	const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {{"4096", 4096}, {"512M", 512ull << 20}, {"2G", 2ull << 30},
		{"1.5GiB", 3ull << 29}, {"1KB", 1024}, {"1k", 1024}, {"7B", 7},
		{"2 GB", 2ull << 30}, {"0", 0}, {"0.5K", 512}, {"1T", 1ull << 40},
		{"15E", 15ull << 60}, {"18446744073709551615", UINT64_MAX}};
	const char *const bad[] = {"", "M", "-1", "1X", "1Mi", "1MM", "16E", "1 ", " 1", "1e3",
		"18446744073709551616", "1 M B", "0x10", "nan", "1BB", "1iB"};
	uint64_t bytes;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(text_to_size(good[i].text, &bytes));
		assert_true(bytes == good[i].bytes);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(text_to_size(bad[i], &bytes));
}

static void assert_duration(double seconds, const char *want)
{
	struct buf buf = {0};

	text_add_duration(&buf, seconds);
	assert_string_equal(buf_text(&buf), want);
	buf_free(&buf);
}

static void durations_read_as_people_say_them(void **state)
{
	(void)state;
	assert_duration(0.3, "0.3s");
	assert_duration(4.2, "4.2s");
	assert_duration(0, "0.0s");
	assert_duration(-5, "0.0s");
	assert_duration(NAN, "0.0s");
	assert_duration(59.94, "59.9s");
	assert_duration(59.96, "1m 00s"); /* never 60.0s */
	assert_duration(65, "1m 05s");
	assert_duration(3599.4, "59m 59s");
	assert_duration(3599.6, "1h 00m");
	assert_duration(7380, "2h 03m");
	assert_duration(86399.9, "1d 00h");
	assert_duration(3 * 86400 + 4 * 3600 + 59 * 60, "3d 04h");
	assert_duration(INFINITY, "104166666666d 16h");
}

static void assert_size(double bytes, const char *want)
{
	struct buf buf = {0};

	text_add_size(&buf, bytes);
	assert_string_equal(buf_text(&buf), want);
	buf_free(&buf);
}

static void sizes_read_as_people_say_them(void **state)
{
	(void)state;
	assert_size(312, "312 B");
	assert_size(0, "0 B");
	assert_size(-1, "0 B");
	assert_size(NAN, "0 B");
	assert_size(1023, "1023 B");
	assert_size(1024, "1.0 KB");
	assert_size(45.3 * 1048576, "45.3 MB");
	assert_size(1.2 * 1073741824, "1.2 GB");
	assert_size(1048575, "1.0 MB"); /* never 1024.0 KB */
	assert_size(1e30, "867361737988.4 EB");
}

static void signals_have_names(void **state)
{
	(void)state;
	struct buf buf = {0};

	text_add_signal(&buf, 15);
	buf_char(&buf, ' ');
	text_add_signal(&buf, 99);
	buf_char(&buf, ' ');
	text_add_signal(&buf, 0);
	assert_string_equal(buf_text(&buf), "SIGTERM signal 99 signal 0");
	buf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_are_whole_strings),
		cmocka_unit_test(decimal_numbers_take_no_names_and_no_hexadecimals),
		cmocka_unit_test(truth_has_eight_words),
		cmocka_unit_test(durations_have_units),
		cmocka_unit_test(sizes_are_powers_of_1024),
		cmocka_unit_test(durations_read_as_people_say_them),
		cmocka_unit_test(sizes_read_as_people_say_them),
		cmocka_unit_test(signals_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
