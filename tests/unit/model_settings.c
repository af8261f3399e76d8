/* The table of settings: every member has its row, and every row counts. */
#include "model_definition_test.h"

#include <stddef.h>

#include "base/fs.h"
#include "model/command/placeholder.h"
#include "model/graph/build.h"
#include "model/load/definition_keys.h"
#include "view/answer/answer.h"

static size_t size_of(const struct setting *row)
{
	switch (row->kind) {
	case SETTING_IS_FLAG:
		return sizeof(uint8_t);
	case SETTING_IS_TEXT:
	case SETTING_IS_PLACE:
	case SETTING_IS_COUNT:
		return sizeof(uint32_t);
	case SETTING_IS_DURATIONS:
	case SETTING_IS_SIZES:
		return ATTEMPT_VALUES * sizeof(uint64_t);
	case SETTING_IS_POOLS:
		return POOLS_MAX * sizeof(struct pool_claim);
	default:
		return sizeof(uint64_t);
	}
}

/* What no row covers is padding: less than what the next member must be aligned to. */
static void every_member_has_a_row(void **state)
{
	bool covered[sizeof(struct settings)] = {0};
	size_t align[sizeof(struct settings) + 1] = {0}, gap = 0;

	(void)state;
	align[sizeof(struct settings)] = _Alignof(struct settings);
	for (int i = 0; i < SETTING_TOTAL; i++) {
		const struct setting *row = &settings_table[i];
		bool is_span = row->kind == SETTING_IS_WORDS || row->kind == SETTING_IS_VARIABLES;
		memset(covered + row->offset, true, size_of(row));
		bool is_small = is_span || row->kind == SETTING_IS_POOLS;
		align[row->offset] = is_small                          ? sizeof(uint32_t)
				     : size_of(row) > sizeof(uint64_t) ? sizeof(uint64_t)
								       : size_of(row);
	}
	for (size_t i = 0; i <= sizeof(struct settings); i++) {
		if (i < sizeof(struct settings) && !covered[i]) {
			gap++;
			continue;
		}
		if (gap && gap >= align[i])
			fail_msg(
				"%zu bytes of struct settings before %zu belong to no row", gap, i);
		gap = 0;
	}
}

static void flags_are_bits_of_their_own(void **state)
{
	uint8_t all = 0;

	(void)state;
	for (int i = 0; i < SETTING_TOTAL; i++) {
		const struct setting *row = &settings_table[i];
		assert_int_equal(row->flag != 0, row->kind == SETTING_IS_FLAG);
		assert_int_equal(all & row->flag, 0);
		all |= row->flag;
	}
}

/* Another value for the row. */
static void change(struct build *build, struct settings *settings, const struct setting *row)
{
	if (row->kind == SETTING_IS_WORDS || row->kind == SETTING_IS_VARIABLES)
		*setting_words(settings, row) = (struct span){build_word(build, "w"), 1};
	else if (row->kind == SETTING_IS_POOLS)
		settings->pools[0].count = 1;
	else
		setting_put(settings, row,
			row->kind == SETTING_IS_FLAG ? !row->initial : row->initial + 3);
}

static void settings_that_differ_in_one_row_are_not_the_same(void **state)
{
	struct build build = {0};

	(void)state;
	build_init(&build);
	struct settings plain = settings_default();
	uint32_t id = build_settings(&build, &plain);
	assert_int_equal(build_settings(&build, &plain), id);
	for (int i = 0; i < SETTING_TOTAL; i++) {
		struct settings other = settings_default();
		change(&build, &other, &settings_table[i]);
		assert_int_not_equal(build_settings(&build, &other), id);
		assert_int_equal(setting_value(&other, &settings_table[i]) ==
					 setting_value(&plain, &settings_table[i]),
			0);
	}
	build_drop(&build);
}

/* A value as in a pipeline file that is not the default. */
static const char *example(const struct setting *row)
{
	static const char *const values[] = {
		[SETTING_IS_TEXT] = "bash -c",
		[SETTING_IS_PLACE] = "work",
		[SETTING_IS_COUNT] = "7",
		[SETTING_IS_DURATION] = "7s",
		[SETTING_IS_DURATIONS] = "7s",
		[SETTING_IS_SIZES] = "7M",
		[SETTING_IS_POOLS] = "net",
		[SETTING_IS_FLAG] = "yes",
		[SETTING_IS_WORDS] = "w",
		[SETTING_IS_VARIABLES] = "W",
	};

	if (row == &settings_table[SETTING_EXECUTOR])
		return "local";
	return row->kind == SETTING_IS_FLAG && row->initial ? "no" : values[row->kind];
}

static void every_row_is_a_key_that_is_read_and_shown(void **state)
{
	char text[400], line[100];

	(void)state;
	for (int i = 0; i < SETTING_TOTAL; i++) {
		const struct setting *row = &settings_table[i];
		struct buf out = {0};
		snprintf(text, sizeof text,
			"[pools]\nnet = 1\ngpu = 9\n[stage:plain]\ncommand = true\n"
			"[stage:a]\ncommand = true\noutput.w = w.json\n%s = %s\n",
			row->key, example(row));
		load_good(text);
		assert_ptr_not_equal(settings_of("a"), settings_of("plain"));
		assert_true(setting_value(settings_of("a"), row) != row->initial);
		assert_true(setting_value(settings_of("plain"), row) == row->initial);
		show_text(&out, graph, stage_id("a"), NULL, false);
		snprintf(line, sizeof line, "\n%-14s", row->title ? row->title : "");
		assert_true(!row->title || strstr(buf_text(&out), line));
		buf_reset(&out);
		json_show(&out, graph, stage_id("a"), NULL);
		snprintf(line, sizeof line, "\"%s\":", row->json ? row->json : row->key);
		assert_non_null(strstr(buf_text(&out), line));
		buf_free(&out);
	}
}

/* The page of the pipeline file, of which restage.ini.5 is made. */
static struct buf page;

static bool page_has(const char *before, const char *name, const char *after)
{
	struct buf part = {0};

	buf_fmt(&part, "%s%s%s", before, name, after);
	bool is_there = strstr(buf_text(&page), buf_text(&part));
	buf_free(&part);
	return is_there;
}

static void expect_on_page(const char *before, const char *name, const char *after)
{
	if (!page_has(before, name, after))
		fail_msg("pipeline-file.md has no '%s%s%s'", before, name, after);
}

static void expect_key_on_page(const char *name)
{
	if (!page_has("\n| `", name, "` | "))
		expect_on_page("\n### `", name, "`\n");
	expect_on_page("\n", name, " "); /* the line of an example */
}

static int read_page(void **state)
{
	(void)state;
	return fs_read(RESTAGE_SOURCE "/src/doc/pipeline-file.md", 1 << 20, &page, NULL);
}

static int drop_page(void **state)
{
	(void)state;
	buf_free(&page);
	return 0;
}

#define SECOND_OF(id, name, ...) name,
#define ROW_NAME(...) SECOND_OF(__VA_ARGS__, 0)

static void every_key_is_on_the_page_with_an_example(void **state)
{
	static const char *const keys[] = {DEF_SINGLES(ROW_NAME) DEF_HEAD_KEYS(ROW_NAME)};
	static const char *const families[] = {DEF_FAMILIES(ROW_NAME)};
	static const char *const attributes[] = {DEF_ATTRS(ROW_NAME) DEF_EACH_ATTRS(ROW_NAME)};
	static const char *const of_tables[] = {DEF_TABLE_KEYS(ROW_NAME)};

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		expect_key_on_page(keys[i]);
	for (int i = 0; i < SETTING_TOTAL; i++)
		expect_key_on_page(settings_table[i].key);
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		expect_on_page("\n### `", families[i], ".");
		expect_on_page("\n", families[i], ".");
	}
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
		expect_on_page("\n| `.", attributes[i], "` | ");
		expect_on_page(".", attributes[i], " ");
	}
	for (size_t i = 0; i < sizeof of_tables / sizeof *of_tables; i++)
		expect_on_page("`", of_tables[i], "`");
}

static void every_section_and_placeholder_is_on_the_page(void **state)
{
	static const char *const sections[] = {DEF_SECTIONS(ROW_NAME)};

	(void)state;
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		expect_on_page("\n### `[", sections[i], "");
		expect_on_page("\n[", sections[i], "");
	}
	for (int i = 0; i < PLACEHOLDER_UPSTREAM; i++)
		expect_on_page("`{{", placeholder_table[i].name, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_has_a_row),
		cmocka_unit_test(flags_are_bits_of_their_own),
		cmocka_unit_test(settings_that_differ_in_one_row_are_not_the_same),
		TEST_DEFINITION(every_row_is_a_key_that_is_read_and_shown),
		cmocka_unit_test(every_key_is_on_the_page_with_an_example),
		cmocka_unit_test(every_section_and_placeholder_is_on_the_page),
	};

	return cmocka_run_group_tests(tests, read_page, drop_page);
}
