#include "base_test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "record/cache/entry.h"
#include "record/cache/entry_check.h"

static struct arena arena;
static struct sha256 name;
static const struct entry_key no_key = {0}, key = {"secret", 6}, other_key = {"secrets", 7};

static int load(void **state)
{
	struct err err = {0};

	(void)state;
	if (sha256_load(&err) < 0)
		fail_msg("%s", err.text);
	name = sha256_bytes("k", 1);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

#define SUM "\"sha256\": \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""
#define CONTENT "{\"size\": 3, " SUM "}"
#define ENTRY(outputs) \
	"{\"schema\": \"restage.cache/1\", \"variants\": [{\"inputs\": [], \"outputs\": [" outputs \
	"], \"log\": " CONTENT ", \"manifest\": " CONTENT "}]}"

static bool parses(const char *text)
{
	struct entry *entry = arena_alloc(&arena, sizeof *entry);

	return entry_parse(&arena, text, strlen(text), &name, &no_key, entry, NULL) == 0;
}

static struct entry_variant sample(void)
{
	static struct entry_output outputs[] = {
		{.path = "a/b\xff",
			.type = 'f',
			.is_executable = true,
			.content = {.size = 3},
			.sum = {{1, 2}}},
		{.path = "l", .type = 'l', .target = "a/b\xff"},
		{.path = "t", .type = 't', .content = {.size = 7}},
	};
	static struct entry_input inputs[] = {
		{.path = "f:x.h", .content = {.size = 9}},
		{.path = "f:y.h", .content = {.size = ENTRY_ABSENT}},
	};

	return (struct entry_variant){
		.inputs = inputs,
		.input_count = 2,
		.outputs = outputs,
		.output_count = 3,
		.seconds = 1.5,
		.run = "r",
		.when = "w",
	};
}

static void an_entry_is_read_as_it_was_written(void **state)
{
	struct entry entry = {.count = 1}, read;
	struct err err = {0};
	struct buf text = {0};

	(void)state;
	entry.variants[0] = sample();
	entry_write(&entry, &name, &key, &text);
	if (entry_parse(&arena, text.data, text.len, &name, &key, &read, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(read.count, 1);
	const struct entry_variant *v = &read.variants[0];
	assert_int_equal(v->output_count, 3);
	assert_string_equal(v->outputs[0].path, "a/b\xff");
	assert_true(v->outputs[0].is_executable);
	assert_int_equal(v->outputs[0].content.size, 3);
	assert_true(digest_eq(&v->outputs[0].sum, &entry.variants[0].outputs[0].sum));
	assert_true(digest_is_zero(&v->outputs[2].sum));
	assert_string_equal(v->outputs[1].target, "a/b\xff");
	assert_int_equal(v->outputs[2].type, 't');
	assert_int_equal(v->input_count, 2);
	assert_true(v->inputs[1].content.size == ENTRY_ABSENT);
	assert_string_equal(v->run, "r");
	assert_null(v->job);
	assert_true(v->seconds > 1.4 && v->seconds < 1.6);
	buf_free(&text);
}

static bool takes(const struct buf *text, const struct sha256 *of, const struct entry_key *by)
{
	struct entry *entry = arena_alloc(&arena, sizeof *entry);

	return entry_parse(&arena, text->data, text->len, of, by, entry, NULL) == 0;
}

static void who_has_a_key_takes_only_what_it_signed(void **state)
{
	struct entry entry = {.count = 1};
	struct sha256 other = sha256_bytes("l", 1);
	struct buf text = {0}, plain = {0};

	(void)state;
	entry.variants[0] = sample();
	entry_write(&entry, &name, &key, &text);
	entry_write(&entry, &name, &no_key, &plain);
	assert_true(takes(&text, &name, &key));
	assert_true(takes(&text, &name, &no_key)); /* who has none does not check */
	assert_false(takes(&text, &name, &other_key));
	assert_false(takes(&text, &other, &key)); /* the answer to another question */
	assert_false(takes(&plain, &name, &key));
	*strstr(text.data, "1.5") = '2';
	assert_false(takes(&text, &name, &key));
	buf_free(&text);
	buf_free(&plain);
}

static void the_newest_variant_is_first_and_the_oldest_goes(void **state)
{
	struct entry_input inputs[20];
	struct entry entry = {0};

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		inputs[i] = (struct entry_input){.path = "f:x", .content = {.size = i}};
		struct entry_variant variant = {.inputs = &inputs[i], .input_count = 1};
		entry_add(&entry, &variant);
	}
	assert_int_equal(entry.count, ENTRY_VARIANTS);
	assert_int_equal(entry.variants[0].inputs[0].content.size, 19);
	assert_int_equal(entry.variants[15].inputs[0].content.size, 4);
	/* the same inputs again */
	struct entry_variant again = {.inputs = &inputs[10], .input_count = 1, .run = "new"};
	entry_add(&entry, &again);
	assert_int_equal(entry.count, ENTRY_VARIANTS);
	assert_string_equal(entry.variants[0].run, "new");
	assert_int_equal(entry.variants[15].inputs[0].content.size, 4);
	entry.count = 2;
	entry_append(&entry, &again);
	assert_int_equal(entry.count, 2);
}

static void paths_lead_nowhere_else(void **state)
{
	static const char *const bad[] = {
		"", "/a", "../a", "a/../b", "a/./b", "a//b", "a/", ".", "..", "./a"};
	char deep[4 * ENTRY_DEPTH_MAX] = "d";

	(void)state;
	assert_true(entry_path_fits("a"));
	assert_true(entry_path_fits("..a/b.."));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(entry_path_fits(bad[i]));
	for (int i = 1; i < ENTRY_DEPTH_MAX; i++)
		strcat(deep, "/d");
	assert_true(entry_path_fits(deep));
	assert_false(entry_path_fits(strcat(deep, "/d")));
}

static void links_stay_beneath(void **state)
{
	(void)state;
	assert_true(entry_link_fits("a", "b"));
	assert_true(entry_link_fits("a/b", "../c"));
	assert_true(entry_link_fits("a/b", ".."));
	assert_true(entry_link_fits("a", "."));
	assert_false(entry_link_fits("a", ".."));
	assert_false(entry_link_fits("a", "../a"));
	assert_false(entry_link_fits("a/b", "../../c"));
	assert_false(entry_link_fits("a", "/etc/passwd"));
	/* b may be a link that leads up */
	assert_false(entry_link_fits("a/b/c", "b/../.."));
	assert_false(entry_link_fits("a", ""));
}

static void links_lead_to_what_is_taken_with_them(void **state)
{
#define LINK(path, to) "{\"path\": \"" path "\", \"link\": \"" to "\"}, "
#define FILES "{\"path\": \"d/f\", \"size\": 3, " SUM "}, {\"path\": \"t\", \"tree\": " CONTENT "}"
	(void)state;
	assert_true(parses(ENTRY(LINK("l", "d/f") FILES)));
	assert_true(parses(ENTRY(LINK("d/l", "f") FILES)));
	assert_true(parses(ENTRY(LINK("e/l", "../t") FILES)));
	assert_true(parses(ENTRY(LINK("e/l", "../t/any") FILES)));
	assert_false(parses(ENTRY(LINK("l", "data.bin") FILES)));
	assert_false(parses(ENTRY(LINK("l", "d") FILES)));
	assert_false(parses(ENTRY(LINK("l", "d/f/g") FILES)));
	assert_false(parses(ENTRY(LINK("l", ".") FILES)));
#undef LINK
#undef FILES
}

static void what_would_write_elsewhere_is_no_entry(void **state)
{
	(void)state;
	assert_true(parses(ENTRY("{\"path\": \"a\", \"size\": 3, " SUM "}")));
	assert_false(parses(ENTRY("{\"path\": \"../a\", \"size\": 3, " SUM "}")));
	assert_false(parses(ENTRY("{\"path\": \"a\", \"link\": \"/etc\"}")));
	/* through a link, or twice */
	assert_false(parses(ENTRY("{\"path\": \"a\", \"link\": \"b\"}, "
				  "{\"path\": \"a/c\", \"size\": 3, " SUM "}")));
	assert_false(parses(ENTRY("{\"path\": \"a\", \"tree\": " CONTENT "}, "
				  "{\"path\": \"a\", \"size\": 3, " SUM "}")));
	assert_false(parses(ENTRY("{\"path\": \"a\", \"directory\": true}")));
}

static void numbers_and_digests_are_what_they_say(void **state)
{
	(void)state;
	assert_false(parses(ENTRY("{\"path\": \"a\", \"size\": -1, " SUM "}")));
	assert_false(parses(ENTRY("{\"path\": \"a\", \"size\": 1.5, " SUM "}")));
	assert_false(parses(ENTRY("{\"path\": \"a\", \"size\": 1e300, " SUM "}")));
	assert_false(parses(ENTRY("{\"path\": \"a\", \"size\": 3, \"sha256\": \"ba\"}")));
	assert_false(parses(
		ENTRY("{\"path\": \"a\", \"size\": 3, " SUM ", \"checksum\": \"ba7816bf\"}")));
	assert_false(parses("{\"schema\": \"restage.cache/2\", \"variants\": []}"));
	assert_false(parses("{\"schema\": \"restage.cache/1\"}"));
	assert_false(parses("[]"));
	assert_false(parses(""));
}

static void a_tree_is_read_as_it_was_written(void **state)
{
	struct entry_output items[] = {
		{.path = "d", .type = 'd'},
		{.path = "d/f", .type = 'f', .content = {.size = 5}},
		{.path = "d/l", .type = 'l', .target = "../d/f"},
	};
	struct entry_output *read;
	struct buf text = {0};
	uint32_t count;

	(void)state;
	entry_write_tree(items, 3, &text);
	assert_int_equal(entry_parse_tree(&arena, text.data, text.len, &read, &count, NULL), 0);
	assert_int_equal(count, 3);
	assert_int_equal(read[0].type, 'd');
	assert_int_equal(read[1].content.size, 5);
	assert_string_equal(read[2].target, "../d/f");
	buf_free(&text);
}

#define TEST(test) cmocka_unit_test_teardown(test, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_entry_is_read_as_it_was_written),
		TEST(who_has_a_key_takes_only_what_it_signed),
		TEST(the_newest_variant_is_first_and_the_oldest_goes),
		TEST(paths_lead_nowhere_else),
		TEST(links_stay_beneath),
		TEST(links_lead_to_what_is_taken_with_them),
		TEST(what_would_write_elsewhere_is_no_entry),
		TEST(numbers_and_digests_are_what_they_say),
		TEST(a_tree_is_read_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
