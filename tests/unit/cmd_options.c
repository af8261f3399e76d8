/* Options of a command line: every form that people type, and every mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "cmd/options.h"

struct values {
	bool keep, dry;
	uint32_t jobs;
	uint64_t memory;
	const char *file;
	struct option_list params;
	int color;
};

#define AT(member) offsetof(struct values, member)

static const struct option_spec own[] = {
	{'k', "keep-going", NULL, "", OPTION_FLAG, AT(keep), NULL},
	{'n', "dry-run", NULL, "", OPTION_FLAG, AT(dry), NULL},
	{'j', "jobs", "N", "", OPTION_NUMBER, AT(jobs), NULL},
	{0, "memory", "SIZE", "", OPTION_SIZE, AT(memory), NULL},
	OPTIONS_END,
};

static const struct option_spec shared[] = {
	{'f', "file", "FILE", "", OPTION_TEXT, AT(file), NULL},
	{'p', "param", "KEY=VALUE", "", OPTION_LIST, AT(params), NULL},
	{0, "color", "WHEN", "", OPTION_CHOICE, AT(color), "auto|always|never"},
	OPTIONS_END,
};

/* Takes all of argv as options; the mistakes, each on a line, end up in `mistakes`. */
static void take_all(struct values *values, struct buf *mistakes, const char *const *argv)
{
	const struct option_table tables[] = {{own, values}, {shared, values}};
	size_t at = 0;

	*values = (struct values){0};
	while (argv[at]) {
		if (!options_take(tables, 2, argv, &at, mistakes))
			buf_char(mistakes, '\n');
	}
}

#define TAKE(...) take_all(&values, &mistakes, (const char *const[]){__VA_ARGS__, NULL})

#define EXPECT_MISTAKE(text, ...) \
	do { \
		struct values values; \
		struct buf mistakes = {0}; \
		TAKE(__VA_ARGS__); \
		assert_string_equal(buf_text(&mistakes), text "\n"); \
		options_free(shared, &values); \
		buf_free(&mistakes); \
	} while (0)

#define EXPECT_GOOD(condition, ...) \
	do { \
		struct values values; \
		struct buf mistakes = {0}; \
		TAKE(__VA_ARGS__); \
		assert_string_equal(buf_text(&mistakes), ""); \
		assert_true(condition); \
		options_free(shared, &values); \
	} while (0)

static void a_value_may_stand_in_every_usual_place(void **state)
{
	(void)state;
	EXPECT_GOOD(values.jobs == 4, "-j4");
	EXPECT_GOOD(values.jobs == 4, "-j", "4");
	EXPECT_GOOD(values.jobs == 4, "--jobs=4");
	EXPECT_GOOD(values.jobs == 4, "--jobs", "4");
	EXPECT_GOOD(values.jobs == 7, "-j", "4", "-j7");
}

static void letters_may_stand_together(void **state)
{
	(void)state;
	EXPECT_GOOD(values.keep && values.dry, "-kn");
	EXPECT_GOOD(values.keep && values.jobs == 3, "-kj3");
	EXPECT_GOOD(values.keep && values.jobs == 3 && values.dry, "-kj", "3", "-n");
	EXPECT_GOOD(values.keep && values.file && values.dry == false, "-kfn");
}

static void a_value_may_look_like_an_option(void **state)
{
	(void)state;
	EXPECT_GOOD(values.file && values.file[0] == '-' && !values.keep, "-f", "-k");
	EXPECT_GOOD(values.file && values.file[0] == '\0', "--file=");
	EXPECT_GOOD(values.file && values.file[1] == '=', "--file=a=b");
}

static void a_list_keeps_each_value(void **state)
{
	(void)state;
	EXPECT_GOOD(values.params.count == 3 && values.params.items[2][0] == 'c', "-pa=1", "-p",
		"b=2", "--param=c=3");
}

static void sizes_and_choices_are_understood(void **state)
{
	(void)state;
	EXPECT_GOOD(values.memory == 512u << 20, "--memory=512M");
	EXPECT_GOOD(values.color == 2, "--color", "never");
}

static void numbers_out_of_range_are_mistakes(void **state)
{
	(void)state;
	EXPECT_MISTAKE("option '-j': '0' is no number from 1 to 1000000", "-j0");
	EXPECT_MISTAKE("option '-j': '-1' is no number from 1 to 1000000", "-j", "-1");
	EXPECT_MISTAKE("option '--jobs': '1000000000' is no number from 1 to 1000000",
		"--jobs=1000000000");
	EXPECT_MISTAKE("option '-j': '99999999999999999999' is no number from 1 to 1000000",
		"-j99999999999999999999");
	EXPECT_MISTAKE("option '-j': '4x' is no number from 1 to 1000000", "-j4x");
	EXPECT_MISTAKE("option '--jobs': '' is no number from 1 to 1000000", "--jobs=");
	EXPECT_MISTAKE("option '--memory': 'much' is no size; write 512M or 2G", "--memory=much");
	EXPECT_MISTAKE("option '--color': 'blue' is none of auto, always, never", "--color=blue");
}

static void unknown_options_are_named_with_the_nearest(void **state)
{
	(void)state;
	EXPECT_MISTAKE("unknown option '--jbos'; did you mean '--jobs'?", "--jbos=4");
	EXPECT_MISTAKE("unknown option '--clor'; did you mean '--color'?", "--clor");
	EXPECT_MISTAKE("unknown option '--xyzzy'", "--xyzzy");
	EXPECT_MISTAKE("unknown option '-z'", "-kz");
	EXPECT_MISTAKE("unknown option '-\\x1b'", "-\x1b");
}

static void a_missing_or_needless_value_is_a_mistake(void **state)
{
	(void)state;
	EXPECT_MISTAKE("option '--jobs' needs a value: --jobs N", "--jobs");
	EXPECT_MISTAKE("option '-f' needs a value: -f FILE", "-kf");
	EXPECT_MISTAKE("option '--dry-run' takes no value", "--dry-run=yes");
}

static void reading_goes_on_after_a_mistake(void **state)
{
	(void)state;
	EXPECT_MISTAKE("unknown option '--bad'\noption '-j': '0' is no number from 1 to 1000000",
		"--bad", "-j0", "-k");
}

static void without_a_place_for_values_options_are_passed_over(void **state)
{
	const struct option_table tables[] = {{own, NULL}, {shared, NULL}};
	const char *const argv[] = {"-kj4", "--color", "never", "-p", "a=b", "rest", NULL};
	struct buf mistakes = {0};
	size_t at = 0;

	(void)state;
	while (options_is_option(argv[at]))
		assert_true(options_take(tables, 2, argv, &at, &mistakes));
	assert_string_equal(argv[at], "rest");
	assert_string_equal(buf_text(&mistakes), "");
}

static void a_single_dash_is_no_option(void **state)
{
	(void)state;
	assert_false(options_is_option("-"));
	assert_false(options_is_option(""));
	assert_true(options_is_option("--"));
	assert_true(options_is_option("-x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_may_stand_in_every_usual_place),
		cmocka_unit_test(letters_may_stand_together),
		cmocka_unit_test(a_value_may_look_like_an_option),
		cmocka_unit_test(a_list_keeps_each_value),
		cmocka_unit_test(sizes_and_choices_are_understood),
		cmocka_unit_test(numbers_out_of_range_are_mistakes),
		cmocka_unit_test(unknown_options_are_named_with_the_nearest),
		cmocka_unit_test(a_missing_or_needless_value_is_a_mistake),
		cmocka_unit_test(reading_goes_on_after_a_mistake),
		cmocka_unit_test(without_a_place_for_values_options_are_passed_over),
		cmocka_unit_test(a_single_dash_is_no_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
