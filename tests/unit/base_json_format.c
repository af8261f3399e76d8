#include "base_test.h"

#include <math.h>

#include "base/buf.h"
#include "base/json.h"

static void assert_number(double value, const char *want)
{
	struct buf out = {0};
	json *node = json_number(value);
	json_format(node, &out);
	assert_string_equal(buf_text(&out), want);
	if (isfinite(value))
		assert_true(strtod(buf_text(&out), NULL) == value);
	json_free(node);
	buf_free(&out);
}

static void numbers_have_the_fewest_digits_that_read_back(void **state)
{
	(void)state;
	assert_number(0, "0");
	assert_number(-0.0, "-0");
	assert_number(16000, "16000");
	assert_number(-7, "-7");
	assert_number(0.1, "0.1");
	assert_number(0.1 + 0.2, "0.30000000000000004");
	assert_number(1.0 / 3, "0.3333333333333333");
	assert_number(4.2, "4.2");
	assert_number(1764248956.123456, "1764248956.123456");
	assert_number(9007199254740992, "9007199254740992");
	assert_number(1e15, "1000000000000000");
	assert_number(1e300, "1e+300");
	assert_number(5e-324, "4.94065645841247e-324");
	assert_number(1.7976931348623157e308, "1.7976931348623157e+308");
	assert_number(NAN, "null");
	assert_number(INFINITY, "null");
	assert_number(-INFINITY, "null");
}

static void any_number_reads_back_the_same(void **state)
{
	(void)state;
	uint64_t bits = 88172645463325252u;
	for (int i = 0; i < 50000; i++) {
		double value;
		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&value, &bits, sizeof value);
		if (!isfinite(value))
			continue;
		struct buf out = {0};
		struct err err = {0};
		json *node = json_number(value);
		json_format_line(node, &out);
		json *back = json_parse(out.data, out.len, &err);
		assert_non_null(back);
		assert_true(json_num(back, 0) == value);
		json_free(node);
		json_free(back);
		buf_free(&out);
	}
}

/* Both forms. */
static void assert_forms(const char *text, const char *lines, const char *line)
{
	struct err err = {0};
	struct buf out = {0};
	json *node = json_parse(text, strlen(text), &err);
	assert_non_null(node);
	json_format(node, &out);
	assert_string_equal(buf_text(&out), lines);
	buf_reset(&out);
	json_format_line(node, &out);
	assert_string_equal(buf_text(&out), line);
	json_free(node);
	buf_free(&out);
}

static void trees_look_as_python_writes_them(void **state)
{
	(void)state;
	assert_forms("{\"a\":1,\"b\":[1,[],{}],\"c\":{\"d\":null,\"e\":true,\"f\":false}}",
		"{\n  \"a\": 1,\n  \"b\": [\n    1,\n    [],\n    {}\n  ],\n  \"c\": {\n"
		"    \"d\": null,\n    \"e\": true,\n    \"f\": false\n  }\n}",
		"{\"a\": 1, \"b\": [1, [], {}], \"c\": {\"d\": null, \"e\": true, \"f\": false}}");
	assert_forms("{}", "{}", "{}");
	assert_forms("[]", "[]", "[]");
	assert_forms("3", "3", "3");
}

static void strings_are_escaped_only_where_they_must_be(void **state)
{
	(void)state;
	assert_forms("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u00e9€😀\"",
		"\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7fé€😀\"",
		"\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7fé€😀\"");
	assert_forms("{\"a\\\"\\n\":\"\"}", "{\n  \"a\\\"\\n\": \"\"\n}", "{\"a\\\"\\n\": \"\"}");
}

static void nothing_is_null(void **state)
{
	(void)state;
	struct buf out = {0};
	json_format(NULL, &out);
	assert_string_equal(buf_text(&out), "null");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_the_fewest_digits_that_read_back),
		cmocka_unit_test(any_number_reads_back_the_same),
		cmocka_unit_test(trees_look_as_python_writes_them),
		cmocka_unit_test(strings_are_escaped_only_where_they_must_be),
		cmocka_unit_test(nothing_is_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
