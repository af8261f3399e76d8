#include "base_test.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

static struct arena arena;

static int leave(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* The text of "a" and that of "b"; false: the text is no object. */
static bool texts_of(const char *text, const char **a, const char **b)
{
	static const char *const names[] = {"a", "b"};
	const char *texts[2];
	bool is_object = json_texts(&arena, text, strlen(text), names, 2, texts);

	*a = texts[0];
	*b = texts[1];
	return is_object;
}

static void texts_of_members_are_found(void **state)
{
	static const struct {
		const char *text, *a, *b;
	} cases[] = {
		{"{}", NULL, NULL},
		{"{\"a\":\"x\"}", "x", NULL},
		{" { \"b\" : \"\" , \"a\" : \"x y\" } ", "x y", ""},
		{"{\"c\":{\"a\":\"no\",\"d\":[\"}\",{\"a\":\"]\"}]},\"a\":\"yes\"}", "yes", NULL},
		{"{\"a\":1,\"b\":null}", NULL, NULL},
		{"{\"c\":\"a\\\"},\\\\\",\"b\":\"z\"}", NULL, "z"},
		{"{\"\\u0061\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "\"\\/\b\f\n\r\t", NULL},
		{"{\"a\":\"\\u00e9\\u20AC\\uD83D\\ude00\x7f\",\"b\":\"é€😀\"}", "é€😀\x7f", "é€😀"},
		{"{\"c\":true,\"d\":-1.5e3,\"e\":[],\"a\":\"x\"}", "x", NULL},
		{"\xEF\xBB\xBF{\"a\":\"x\"}", "x", NULL},
		{"{\"c\":1,\"c\":2,\"a\":\"x\"}", "x", NULL},
	};
	const char *a, *b;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (!texts_of(cases[i].text, &a, &b) || !text_eq(a, cases[i].a) ||
			!text_eq(b, cases[i].b))
			fail_msg("%s: %s, %s", cases[i].text, a ? a : "-", b ? b : "-");
	}
}

static void what_is_no_object_has_none(void **state)
{
	static const char *const bad[] = {"", "[]", "\"a\"", "{\"a\":\"x\"", "{\"a\":\"x\"} x",
		"{\"a\":\"x\",\"a\":\"y\"}", "{\"a\":1,\"a\":\"y\"}", "{\"a\":\"\xff\"}", "7"};
	const char *a, *b;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (texts_of(bad[i], &a, &b))
			fail_msg("%s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_members_are_found),
		cmocka_unit_test(what_is_no_object_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, leave);
}
