#include "base_test.h"

#include <time.h>

#include "base/buf.h"
#include "base/json.h"

/* A copy of its exact size, so that reading on is seen. */
static int check(const char *text, size_t len, struct err *err)
{
	char *copy = malloc(len ? len : 1);

	memcpy(copy, text, len);
	int result = json_check(copy, len, err);
	free(copy);
	return result;
}

static void values_of_all_kinds_pass(void **state)
{
	(void)state;
	const char *const good[] = {"{}", "[]", "\"\"", "0", "-0", "-1.5e+10", "1E5", "0.0001",
		"true", "false", "null", " [1 , 2 ] \r\n\t", "{\"a\":{\"b\":[{}]}}", "\"é€😀\x7f\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"", "1e308",
		"123456789012345678901234567890123456789012345678901234567890123"};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct err err = {0};
		if (check(good[i], strlen(good[i]), &err) != 0)
			fail_msg("%s: %s", good[i], err.text);
	}
}

static void everything_else_is_refused(void **state)
{
	(void)state;
	const char *const bad[] = {"", " ", "{", "[", "\"", "\"\\", "\"\\u", "[1", "[1,", "[1,]",
		"[,1]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}",
		"{1:1}", "{,}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "[1 2]", "]", "}", "01", "-",
		"+1", ".5", "5.", "1e", "1e+", "-x", "0x10", "NaN", "Infinity", "-Infinity",
		"1e999", "-1e999", "tru", "truex", "nul", "True", "'a'", "\"\\x41\"", "\"\\u12g4\"",
		"\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"",
		"\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\xff\"", "\"\xc3\"",
		"\"\xed\xa0\x80\"", "\"\xc0\xaf\"", "\"\n\"", "\"\t\"", "\"\x1f\"", "[1] x",
		"{} {}", "[]]", "1 1", "/* */ 1", "[1] // x", "{\"\xff\":1}",
		"1234567890123456789012345678901234567890123456789012345678901234", "\v1",
		"\xEF\xBB\xBF"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = {0};
		if (check(bad[i], strlen(bad[i]), &err) != -1)
			fail_msg("%s", bad[i]);
		assert_memory_equal(err.text, "line 1: ", 8);
	}
	assert_int_equal(check("1\0", 2, NULL), -1);
	assert_int_equal(check("\"\0\"", 3, NULL), -1);
}

static void the_line_of_a_mistake_is_told(void **state)
{
	(void)state;
	struct err err = {0};
	const char text[] = "{\n\"a\": 1,\n\n\"b\" 2}";

	assert_int_equal(check(text, sizeof text - 1, &err), -1);
	assert_string_equal(err.text, "line 4: expected ':'");
	assert_int_equal(err.code, EXIT_WORLD);
	err_clear(&err);
	assert_int_equal(check("\n\n", 2, &err), -1);
	assert_string_equal(err.text, "line 3: the text ends too early");
}

static void two_hundred_levels_pass_and_one_more_does_not(void **state)
{
	(void)state;
	for (int levels = 199; levels <= 202; levels++) {
		struct buf text = {0};
		struct err err = {0};
		for (int i = 0; i < levels; i++)
			buf_str(&text, i % 2 ? "{\"a\":" : "[");
		buf_str(&text, "1");
		for (int i = levels - 1; i >= 0; i--)
			buf_char(&text, i % 2 ? '}' : ']');
		assert_int_equal(check(text.data, text.len, &err), levels <= 200 ? 0 : -1);
		if (levels > 200)
			assert_string_equal(err.text, "line 1: more than 200 levels");
		buf_free(&text);
	}
}

static void a_hundred_thousand_levels_are_only_an_error(void **state)
{
	(void)state;
	struct buf text = {0};

	for (int i = 0; i < 100000; i++)
		buf_char(&text, '[');
	assert_int_equal(check(text.data, text.len, NULL), -1);
	buf_free(&text);
}

static void keys_of_the_top_two_levels_have_their_lines(void **state)
{
	(void)state;
	const char text[] = "{\"a\": 1,\n\"b\": {\"c\": {\n\"deep\": 1},\n\"d\": 2},\n"
			    "\"e\": [{\n\"deep\": 1}],\n\"f\": 1}";
	const unsigned long lines[] = {1, 2, 2, 4, 5, 7};

	for (size_t n = 0; n < 6; n++)
		assert_int_equal(json_key_line(text, sizeof text - 1, n), lines[n]);
}

static void a_text_cut_anywhere_is_an_error(void **state)
{
	(void)state;
	const char text[] =
		"{\"a\": [1, -2.5e3, true, null, \"x\\u00e9\\n€\"], \"b\": {\"c\": {}}}";

	assert_int_equal(check(text, sizeof text - 1, NULL), 0);
	for (size_t len = 0; len < sizeof text - 1; len++)
		assert_int_equal(check(text, len, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_all_kinds_pass),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(the_line_of_a_mistake_is_told),
		cmocka_unit_test(two_hundred_levels_pass_and_one_more_does_not),
		cmocka_unit_test(a_hundred_thousand_levels_are_only_an_error),
		cmocka_unit_test(keys_of_the_top_two_levels_have_their_lines),
		cmocka_unit_test(a_text_cut_anywhere_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
