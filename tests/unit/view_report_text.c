#include "view/page/report.h"

#include "view_test.h"

#include <unistd.h>

#include "base/fs.h"

static void assert_inert(const char *text, const char *expected)
{
	struct buf out = {0};

	report_add_inert(&out, text, strlen(text));
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void nothing_in_data_can_end_its_element(void **state)
{
	(void)state;
	assert_inert("", "");
	assert_inert("{\"a\": 1}", "{\"a\": 1}");
	assert_inert("</script><!--&amp;", "\\u003c/script\\u003e\\u003c!--\\u0026amp;");
	assert_inert("<", "\\u003c");
	assert_inert("\xE2\x80\xA8|\xE2\x80\xA9<", "\\u2028|\\u2029\\u003c");
	/* neighbours of the separators, and a torn one */
	assert_inert("\xE2\x80\xA7\xE2\x80\xAA\xE2\x80", "\xE2\x80\xA7\xE2\x80\xAA\xE2\x80");
}

static void only_the_end_of_a_long_file_is_read_from_a_line_on(void **state)
{
	char path[] = "/tmp/restage-tail.XXXXXX";
	int fd = mkstemp(path);
	struct buf out = {0};

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fs_write_all(fd, "one\ntwo\nthree\n", 14), 0);
	close(fd);
	buf_str(&out, "before:");
	assert_int_equal(report_read_tail(path, 100, &out), 0);
	assert_string_equal(buf_text(&out), "before:one\ntwo\nthree\n");
	buf_reset(&out);
	assert_int_equal(report_read_tail(path, 8, &out), 8);
	assert_string_equal(buf_text(&out), "three\n");
	buf_reset(&out);
	buf_str(&out, "before:");
	assert_int_equal(report_read_tail(path, 13, &out), 4);
	assert_string_equal(buf_text(&out), "before:two\nthree\n");
	unlink(path);
	buf_reset(&out);
	assert_int_equal(report_read_tail(path, 8, &out), 0);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

static void a_position_survives_as_a_word_and_nothing_else_is_one(void **state)
{
	static const char *const good[] = {
		"none:0:0", "20251127_140915:1022:3177", "20251127_140915_2:0:9223372036854775807"};
	static const char *const bad[] = {"", ":", "none", "none:0", "none:0:", "none::0",
		"none:-1:0", "none:0:0 ", " none:0:0", "none: 0:0", "none:0:0:0",
		"none:99999999999999999999:0", "../x:0:0", "20251127_140915/../..:0:0",
		"20251127:0:0", "x:0:0",
		"20251127_140915_2222222222222222222222222222222222222222222222222222222222:0:0"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct report_position at;
		struct buf out = {0};

		assert_true(report_position_parse(good[i], &at));
		report_position_add(&out, &at);
		assert_string_equal(buf_text(&out), good[i]);
		buf_free(&out);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct report_position at;

		if (report_position_parse(bad[i], &at))
			fail_msg("'%s' is taken", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_in_data_can_end_its_element),
		cmocka_unit_test(only_the_end_of_a_long_file_is_read_from_a_line_on),
		cmocka_unit_test(a_position_survives_as_a_word_and_nothing_else_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
