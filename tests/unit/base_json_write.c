#include "base_test.h"

#include <math.h>
#include <signal.h>

#include "base/buf.h"
#include "base/json_write.h"

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

/* What the layout has to be, by other means than the writer's. depth < 0: on one line. */
static void lay_out(struct buf *out, const json *node, int depth)
{
	bool is_object = json_is(node, JSON_OBJECT);

	if (!is_object && !json_is(node, JSON_ARRAY)) {
		json_format_line(node, out);
		return;
	}
	buf_char(out, is_object ? '{' : '[');
	for (const json *child = json_first(node); child; child = json_next(child)) {
		if (depth >= 0)
			buf_fmt(out, "\n%*s", 2 * depth + 2, "");
		if (is_object) {
			json *key = json_string(json_key(child));

			json_format_line(key, out);
			buf_str(out, ": ");
			json_free(key);
		}
		lay_out(out, child, depth < 0 ? depth : depth + 1);
		if (json_next(child))
			buf_str(out, depth < 0 ? ", " : ",");
	}
	if (depth >= 0 && json_first(node))
		buf_fmt(out, "\n%*s", 2 * depth, "");
	buf_char(out, is_object ? '}' : ']');
}

/* The same calls that a program makes that has no tree. */
static void write_all(struct json_writer *w, const char *key, const json *node)
{
	if (json_is(node, JSON_OBJECT))
		json_write_object(w, key);
	else if (json_is(node, JSON_ARRAY))
		json_write_array(w, key);
	else if (json_is(node, JSON_STRING))
		json_write_str(w, key, json_str(node, ""));
	else if (json_is(node, JSON_NUMBER))
		json_write_num(w, key, json_num(node, 0));
	else if (json_is(node, JSON_TRUE) || json_is(node, JSON_FALSE))
		json_write_bool(w, key, json_is(node, JSON_TRUE));
	else
		json_write_null(w, key);
	if (!json_is(node, JSON_OBJECT) && !json_is(node, JSON_ARRAY))
		return;
	for (const json *child = json_first(node); child; child = json_next(child))
		write_all(w, json_is(node, JSON_OBJECT) ? json_key(child) : NULL, child);
	json_write_end(w);
}

static uint32_t random_below(uint64_t *state, uint32_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)((*state >> 32) % limit);
}

static json *random_tree(uint64_t *state, int depth)
{
	static const char *const texts[] = {"", "plain", "a\"b", "\\", "line\nline\tcr\r",
		"\x01\x1f\x7f", "é€😀", "eight by", "eight b\"", "\"eight by",
		"a longer one without anything", "a/b/c.txt"};
	const uint32_t text_count = sizeof texts / sizeof *texts;
	static const double numbers[] = {
		0, -0.0, 1, -17, 0.1, 4.2, 1e300, 1.0 / 3, 9007199254740993.0};
	uint32_t kind = random_below(state, depth > 0 ? 8 : 5);
	json *node;

	if (kind == 0)
		return json_null();
	if (kind == 1)
		return json_true();
	if (kind == 2)
		return json_number(numbers[random_below(state, sizeof numbers / sizeof *numbers)]);
	if (kind < 5)
		return json_string(texts[random_below(state, text_count)]);
	node = kind == 5 ? json_array() : json_object();
	for (uint32_t i = random_below(state, 5); i > 0; i--) {
		json *child = random_tree(state, depth - 1);

		if (kind == 5)
			json_push(node, child);
		else
			json_put(node, texts[random_below(state, text_count)], child);
	}
	return node;
}

static void any_tree_is_laid_out_the_same_by_calls_by_copy_and_by_format(void **state)
{
	uint64_t seed = 88172645463325252u;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		bool is_pretty = i % 2;
		json *node = random_tree(&seed, i % 12);
		struct buf want = {0}, calls = {0}, copy = {0}, format = {0};
		struct json_writer w = {.out = &calls, .is_pretty = is_pretty};
		struct json_writer by_copy = {.out = &copy, .is_pretty = is_pretty};

		lay_out(&want, node, is_pretty ? 0 : -1);
		write_all(&w, NULL, node);
		json_write_node(&by_copy, NULL, node);
		(is_pretty ? json_format : json_format_line)(node, &format);
		assert_string_equal(buf_text(&calls), buf_text(&want));
		assert_string_equal(buf_text(&copy), buf_text(&want));
		assert_string_equal(buf_text(&format), buf_text(&want));
		json_free(node);
		buf_free(&want);
		buf_free(&calls);
		buf_free(&copy);
		buf_free(&format);
	}
}

static void a_document_has_a_line_a_member_and_a_line_a_row(void **state)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};

	(void)state;
	json_write_document(&w, "restage.status/1");
	json_write_array(&w, "tags");
	json_write_str(&w, NULL, "a");
	json_write_str(&w, NULL, "b");
	json_write_end(&w);
	json_write_rows(&w, "none");
	json_write_end(&w);
	json_write_rows(&w, "stages");
	json_write_object(&w, NULL);
	json_write_num(&w, "number", 1);
	json_write_key(&w, "as it is");
	buf_str(&out, "[7]");
	json_write_end(&w);
	json_write_null(&w, NULL);
	json_write_end(&w);
	json_write_bool(&w, "last", true);
	json_write_finish(&w);
	assert_string_equal(buf_text(&out),
		"{\n  \"schema\": \"restage.status/1\",\n  \"tags\": [\"a\", \"b\"],\n"
		"  \"none\": [],\n  \"stages\": [\n    {\"number\": 1, \"as it is\": [7]},\n"
		"    null\n  ],\n  \"last\": true\n}\n");
	buf_free(&out);
}

static void a_writer_that_has_finished_begins_anew(void **state)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out, .is_flush = true};

	(void)state;
	json_write_rows(&w, NULL);
	json_write_num(&w, NULL, 1);
	json_write_num(&w, NULL, 2);
	json_write_finish(&w);
	json_write_object(&w, NULL);
	json_write_finish(&w);
	assert_string_equal(buf_text(&out), "[\n1,\n2\n]\n{}\n");
	buf_free(&out);
}

static void what_is_not_known_is_null(void **state)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};

	(void)state;
	json_write_array(&w, NULL);
	json_write_known(&w, NULL, -1);
	json_write_known(&w, NULL, 0);
	json_write_seconds(&w, NULL, -1);
	json_write_seconds(&w, NULL, 1.23456789);
	json_write_num(&w, NULL, NAN);
	json_write_str(&w, NULL, NULL);
	json_write_name(&w, NULL, NULL);
	json_write_node(&w, NULL, NULL);
	json_write_end(&w);
	assert_string_equal(buf_text(&out), "[null, 0, null, 1.234568, null, null, null, null]");
	buf_free(&out);
}

static void assert_written(void (*write)(struct json_writer *, const char *, const char *),
	const char *text, const char *want)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};

	write(&w, NULL, text);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
}

static void strings_are_made_valid_and_names_can_be_undone(void **state)
{
	(void)state;
	assert_written(json_write_str,
		"a\"\xff"
		"b\xC3",
		"\"a\\\"\xEF\xBF\xBD"
		"b\xEF\xBF\xBD\"");
	assert_written(json_write_name,
		"a\"\xff"
		"é\n",
		"\"a\\\"\xEE\xBF\xBF"
		"é\\n\"");
	assert_written(json_write_name, "\xEE\xBF\xBF", "\"\xEE\xBF\xAE\xEE\xBE\xBF\xEE\xBE\xBF\"");
}

static void assert_text(const char *bytes, size_t len, const char *want)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_write_output(&w, NULL, bytes, len);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
}

static void any_bytes_become_a_text(void **state)
{
	(void)state;
	assert_text("", 0, "\"\"");
	assert_text("plain", 5, "\"plain\"");
	assert_text("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
	assert_text("1\n2\t3\r\033", 7, "\"1\\n2\\t3\\u000d\\u001b\"");
	assert_text("nul\0 goes on", 12, "\"nul\\u0000 goes on\"");
	assert_text("\xC3\xA4 \xF0\x9F\x93\x8B", 7, "\"\xC3\xA4 \xF0\x9F\x93\x8B\"");
	/* torn, overlong, a surrogate: each byte is one */
	assert_text("\xC3", 1, "\"\xEF\xBF\xBD\"");
	assert_text("\xC0\xAFx", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBDx\"");
	assert_text("\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void member_without_a_key(struct json_writer *w)
{
	json_write_object(w, NULL);
	json_write_num(w, NULL, 1);
}

static void element_with_a_key(struct json_writer *w)
{
	json_write_array(w, NULL);
	json_write_num(w, "a", 1);
}

static void two_values_at_the_top(struct json_writer *w)
{
	json_write_num(w, NULL, 1);
	json_write_num(w, NULL, 2);
}

static void end_of_nothing(struct json_writer *w)
{
	json_write_end(w);
}

static void finish_before_the_end(struct json_writer *w)
{
	json_write_array(w, NULL);
	json_write_array(w, NULL);
	json_write_finish(w);
}

static void too_many_levels(struct json_writer *w)
{
	for (int i = 0; i < JSON_LEVELS_MAX; i++)
		json_write_array(w, NULL);
}

static void misuse_ends_the_program(void **state)
{
	static void (*const misuses[])(struct json_writer *) = {member_without_a_key,
		element_with_a_key, two_values_at_the_top, end_of_nothing, finish_before_the_end,
		too_many_levels};

	(void)state;
	for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
		int status;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			struct buf out = {0};
			struct json_writer w = {.out = &out};

			signal(SIGABRT, SIG_DFL);
			close(STDERR_FILENO);
			misuses[i](&w);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_the_fewest_digits_that_read_back),
		cmocka_unit_test(any_number_reads_back_the_same),
		cmocka_unit_test(trees_look_as_python_writes_them),
		cmocka_unit_test(strings_are_escaped_only_where_they_must_be),
		cmocka_unit_test(nothing_is_null),
		cmocka_unit_test(any_tree_is_laid_out_the_same_by_calls_by_copy_and_by_format),
		cmocka_unit_test(a_document_has_a_line_a_member_and_a_line_a_row),
		cmocka_unit_test(a_writer_that_has_finished_begins_anew),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(strings_are_made_valid_and_names_can_be_undone),
		cmocka_unit_test(any_bytes_become_a_text),
		cmocka_unit_test(misuse_ends_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
