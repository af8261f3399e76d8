#include "base_test.h"

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/name.h"

static json *parse(const char *text)
{
	struct err err = {0};
	json *node = json_parse(text, strlen(text), &err);

	if (!node)
		fail_msg("%s: %s", text, err.text);
	return node;
}

static void assert_refused(const char *text, size_t len, const char *why)
{
	struct err err = {0};
	char *copy = malloc(len ? len : 1); /* reading on would be seen */

	memcpy(copy, text, len);
	assert_null(json_parse(copy, len, &err));
	if (strcmp(err.text, why) != 0)
		fail_msg("%s instead of %s", err.text, why);
	free(copy);
}

static void assert_text(const json *node, const char *want)
{
	struct buf out = {0};

	json_format_line(node, &out);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
}

static void members_are_read_by_name_and_kind(void **state)
{
	(void)state;
	json *node = parse(
		"{\"s\":\"x\",\"n\":1.5,\"t\":true,\"f\":false,\"z\":null,\"a\":[1,2],\"o\":{}}");

	assert_string_equal(json_get_str(node, "s", "-"), "x");
	assert_string_equal(json_get_str(node, "n", "-"), "-");
	assert_string_equal(json_get_str(node, "S", "-"), "-"); /* with case */
	assert_null(json_get_str(node, "missing", NULL));
	assert_true(json_get_num(node, "n", 7) == 1.5);
	assert_true(json_get_num(node, "s", 7) == 7);
	assert_true(json_is(json_get(node, "t"), JSON_TRUE));
	assert_false(json_is(json_get(node, "f"), JSON_TRUE));
	assert_true(json_is(json_get(node, "f"), JSON_FALSE));
	assert_true(json_is(json_get(node, "z"), JSON_NULL));
	assert_true(json_is(json_get(node, "a"), JSON_ARRAY));
	assert_true(json_is(json_get(node, "o"), JSON_OBJECT));
	assert_true(json_is(json_get(node, "s"), JSON_STRING));
	assert_true(json_is(json_get(node, "n"), JSON_NUMBER));
	assert_int_equal(json_count(node), 7);
	assert_int_equal(json_count(json_get(node, "a")), 2);
	assert_string_equal(json_key(json_first(node)), "s");
	assert_true(json_num(json_next(json_first(json_get(node, "a"))), 0) == 2);
	assert_null(json_next(json_next(json_first(json_get(node, "a")))));
	json_free(node);
}

static void nothing_and_other_kinds_have_no_members(void **state)
{
	(void)state;
	json *array = parse("[{\"a\":1}]");

	assert_null(json_get(NULL, "a"));
	assert_null(json_get(array, "a"));
	assert_null(json_first(NULL));
	assert_null(json_next(NULL));
	assert_string_equal(json_key(NULL), "");
	assert_string_equal(json_key(json_first(array)), "");
	assert_int_equal(json_count(NULL), 0);
	assert_false(json_is(NULL, JSON_OBJECT) || json_is(NULL, JSON_NULL) ||
		     json_is(NULL, JSON_STRING));
	assert_string_equal(json_str(NULL, "x"), "x");
	assert_true(json_num(NULL, 3) == 3);
	assert_null(json_detach(NULL, "a"));
	assert_null(json_copy(NULL));
	json_free(NULL);
	json_free(array);
}

static void mistakes_have_their_line(void **state)
{
	(void)state;
	assert_refused("[1]\n x", 6, "line 2: text after the end of the value");
	assert_refused("{\"a\":\n\"\\u0000\"}", 15, "line 2: \\u0000 in a string");
	assert_refused("\"\xff\"", 3, "line 1: invalid UTF-8");
	assert_refused("", 0, "line 1: the text ends too early");
	assert_refused("[1]\0", 4, "line 1: text after the end of the value");
}

static void a_name_twice_in_one_object_is_a_mistake(void **state)
{
	(void)state;
	const char top[] = "{\"a\":1,\n\"b\":2,\n\"a\":3}";
	const char second[] = "{\"x\":{\"q\":1,\n\"r\":2},\n\"y\":{\"q\":1,\n\"q\":3}}";
	const char escaped[] = "{\"a\":1,\n\"\\u0061\":2}";
	const char first[] = "{\"z\":{\"q\":1,\n\"q\":3},\n\"z\":1}";
	const char empty[] = "{\"\":1,\"\":2}";

	assert_refused(top, sizeof top - 1, "line 3: 'a' stands twice in one object");
	assert_refused(second, sizeof second - 1, "line 4: 'q' stands twice in one object");
	assert_refused(escaped, sizeof escaped - 1, "line 2: 'a' stands twice in one object");
	assert_refused(first, sizeof first - 1, "line 2: 'q' stands twice in one object");
	assert_refused(empty, sizeof empty - 1, "line 1: '' stands twice in one object");
	/* the same name in two objects, with other case, or deeper down is none */
	json_free(parse("{\"a\":{\"a\":1},\"b\":{\"a\":1},\"A\":1}"));
	json_free(parse("{\"a\":{\"b\":{\"c\":1,\"c\":2}}}"));
	json_free(parse("[{\"a\":1},{\"a\":1}]"));
}

static void duplicates_are_found_among_many_members(void **state)
{
	(void)state;
	struct buf text = {0};

	buf_char(&text, '{');
	for (int i = 0; i < 40; i++)
		buf_fmt(&text, "\"k%d\": {\"v\": %d},\n", i, i);
	buf_str(&text, "\"k7\": 1}");
	assert_refused(text.data, text.len, "line 41: 'k7' stands twice in one object");
	buf_free(&text);
}

static void depth_is_an_error_not_a_crash(void **state)
{
	(void)state;
	struct buf text = {0};

	for (int i = 0; i < 100000; i++)
		buf_str(&text, "{\"a\":[");
	assert_refused(text.data, text.len, "line 1: more than 200 levels");
	buf_free(&text);
}

static void a_bom_is_passed_over(void **state)
{
	(void)state;
	json *node = parse("\xEF\xBB\xBF{\"a\":1}");

	assert_true(json_get_num(node, "a", 0) == 1);
	json_free(node);
}

/* So many that anything but linear time would not end before the test's time is over. */
static void half_a_million_members_take_linear_time(void **state)
{
	(void)state;
	struct buf text = {0};
	struct err err = {0};
	const int count = 500000;
	json *object = json_object();

	for (int i = 0; i < count; i++) {
		char key[16];
		snprintf(key, sizeof key, "key%d", i);
		assert_true(json_put(object, key, json_number(i)));
	}
	json_format(object, &text);
	json_free(object);
	object = json_parse(text.data, text.len, &err);
	assert_non_null(object);
	double sum = 0;
	for (const json *member = json_first(object); member; member = json_next(member))
		sum += json_num(member, 0);
	assert_true(sum == (count - 1.0) * count / 2);
	json_free(object);
	buf_free(&text);
}

static void members_are_set_in_place_and_put_at_the_end(void **state)
{
	(void)state;
	json *object = parse("{\"a\":1,\"b\":2,\"c\":3}");

	assert_true(json_set(object, "b", json_string("new")));
	assert_true(json_set(object, "c", json_null()));
	assert_true(json_set(object, "d", json_true()));
	assert_true(json_set(object, "a", json_array()));
	assert_true(json_put(object, "e", json_string("x")));
	assert_true(json_put(object, "f", json_null()));
	assert_text(object,
		"{\"a\": [], \"b\": \"new\", \"c\": null, \"d\": true, \"e\": \"x\", \"f\": null}");
	json_free(object);
}

static void a_detached_member_is_the_callers(void **state)
{
	(void)state;
	json *object = parse("{\"a\":1,\"b\":{\"x\":1},\"c\":3}");
	json *b = json_detach(object, "b"), *c = json_detach(object, "c");

	assert_null(json_detach(object, "b"));
	assert_text(object, "{\"a\": 1}");
	assert_text(b, "{\"x\": 1}");
	/* and can be given away again, under another name */
	assert_true(json_put(object, "b2", b));
	assert_true(json_set(object, "a", c));
	assert_text(object, "{\"a\": 3, \"b2\": {\"x\": 1}}");
	json_free(json_detach(object, "a"));
	json_free(json_detach(object, "b2"));
	assert_text(object, "{}");
	assert_true(json_put(object, "z", json_number(1)));
	assert_text(object, "{\"z\": 1}");
	json_free(object);
}

static void a_copy_can_grow_on_its_own(void **state)
{
	(void)state;
	json *object = parse("{\"a\":[1,2]}"), *copy = json_copy(object);

	assert_true(json_put(copy, "b", json_number(2)));
	json *array = json_detach(copy, "a");
	assert_true(json_push(array, json_number(3)));
	assert_true(json_set(copy, "a", array));
	assert_text(copy, "{\"b\": 2, \"a\": [1, 2, 3]}");
	assert_text(object, "{\"a\": [1, 2]}");
	json_free(copy);
	json_free(object);
}

static void nothing_added_or_added_to_nothing_is_false(void **state)
{
	(void)state;
	json *object = json_object(), *array = json_array();

	assert_false(json_put(object, "a", NULL));
	assert_false(json_set(object, "a", NULL));
	assert_false(json_push(array, NULL));
	assert_false(json_put(NULL, "a", json_number(1)));
	assert_false(json_set(NULL, "a", json_number(1)));
	assert_false(json_push(NULL, json_number(1)));
	assert_text(object, "{}");
	json_free(object);
	json_free(array);
}

static void strings_are_made_valid(void **state)
{
	(void)state;
	json *node = json_string("a\xff"
				 "b\xC3");

	assert_string_equal(json_str(node, ""), "a\xEF\xBF\xBD"
						"b\xEF\xBF\xBD");
	json_free(node);
	node = json_string("");
	assert_string_equal(json_str(node, "x"), "");
	json_free(node);
}

static int left; /* allocations until one fails */

static void *scarce(size_t size)
{
	return left-- > 0 ? malloc(size) : NULL;
}

/* Everything that allocates. True if it all came through. */
static bool do_everything(void)
{
	struct buf out = {0};
	struct err err = {0};
	const char text[] = "{\"a\": [1, \"x\", {\"b\": null}], \"c\": \"y\"}";
	json *node = json_parse(text, sizeof text - 1, &err);
	bool ok = node != NULL;

	assert_true(ok || err.code != EXIT_OK);
	json *copy = json_copy(node), *array = json_array();
	ok &= copy && array;
	ok &= json_put(node, "d", json_string("z\xff"));
	ok &= json_set(copy, "a", json_number(1));
	ok &= json_set(copy, "new", json_object());
	ok &= json_push(array, json_true());
	ok &= json_push(array, json_null());
	ok &= json_put(node, "array", array);
	json_format(node, &out);
	json_format(copy, &out);
	json_free(json_detach(copy, "a"));
	json_free(node);
	json_free(copy);
	buf_free(&out);
	return ok;
}

static void memory_that_runs_out_anywhere_is_only_null_and_false(void **state)
{
	(void)state;
	cJSON_Hooks hooks = {scarce, free};

	cJSON_InitHooks(&hooks);
	int n = 0;
	bool done = false;
	for (; !done && n < 1000; n++) {
		left = n;
		done = do_everything();
		assert_true(done || left < 0);
	}
	cJSON_InitHooks(NULL);
	assert_true(n > 20 && n < 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_read_by_name_and_kind),
		cmocka_unit_test(nothing_and_other_kinds_have_no_members),
		cmocka_unit_test(mistakes_have_their_line),
		cmocka_unit_test(a_name_twice_in_one_object_is_a_mistake),
		cmocka_unit_test(duplicates_are_found_among_many_members),
		cmocka_unit_test(depth_is_an_error_not_a_crash),
		cmocka_unit_test(a_bom_is_passed_over),
		cmocka_unit_test(half_a_million_members_take_linear_time),
		cmocka_unit_test(members_are_set_in_place_and_put_at_the_end),
		cmocka_unit_test(a_detached_member_is_the_callers),
		cmocka_unit_test(a_copy_can_grow_on_its_own),
		cmocka_unit_test(nothing_added_or_added_to_nothing_is_false),
		cmocka_unit_test(strings_are_made_valid),
		cmocka_unit_test(memory_that_runs_out_anywhere_is_only_null_and_false),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
