/* From a command line to a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "cmd/command.h"

#define PARSE(...) \
	struct buf mistakes = {0}; \
	struct call call; \
	bool is_good = call_parse(&call, (const char *const[]){"restage", __VA_ARGS__}, &mistakes)

#define DROP() \
	do { \
		(void)is_good; \
		call_free(&call); \
		buf_free(&mistakes); \
	} while (0)

static void no_command_means_run(void **state)
{
	(void)state;
	PARSE(NULL);
	assert_true(is_good);
	assert_ptr_equal(call.command, &cmd_run);
	assert_false(call.is_named);
	DROP();
}

static void options_of_run_may_stand_alone(void **state)
{
	(void)state;
	PARSE("-kn", "-j", "4", NULL);
	assert_true(is_good);
	assert_ptr_equal(call.command, &cmd_run);
	assert_int_equal(call.args.count, 0);
	DROP();
}

static void options_may_stand_anywhere(void **state)
{
	(void)state;
	PARSE("-f", "a.ini", "-j4", "run", "x", "-k", "--job", "j", "y", NULL);
	assert_true(is_good);
	assert_ptr_equal(call.command, &cmd_run);
	assert_string_equal(call.globals.file, "a.ini");
	assert_string_equal(call.globals.job, "j");
	assert_int_equal(call.args.count, 2);
	assert_string_equal(call.args.items[1], "y");
	DROP();
}

static void a_value_is_not_taken_for_the_command(void **state)
{
	(void)state;
	PARSE("-C", "status", "--job", "logs", "-p", "run", "list", NULL);
	assert_true(is_good);
	assert_ptr_equal(call.command, &cmd_list);
	assert_string_equal(call.globals.dir, "status");
	assert_int_equal(call.globals.params.count, 1);
	DROP();
}

static void behind_a_command_its_own_options_come_first(void **state)
{
	(void)state;
	PARSE("-f", "a.ini", "logs", "-f", "asr", NULL);
	assert_true(is_good);
	assert_ptr_equal(call.command, &cmd_logs);
	assert_string_equal(call.globals.file, "a.ini");
	assert_int_equal(call.args.count, 1);
	assert_string_equal(call.args.items[0], "asr");
	DROP();
}

static void two_dashes_end_the_options(void **state)
{
	(void)state;
	PARSE("run", "--", "-k", "--", NULL);
	assert_true(is_good);
	assert_int_equal(call.args.count, 2);
	assert_string_equal(call.args.items[0], "-k");
	assert_string_equal(call.args.items[1], "--");
	DROP();
}

static void a_misspelt_command_is_named_with_the_nearest(void **state)
{
	(void)state;
	PARSE("statsu", NULL);
	assert_false(is_good);
	assert_string_equal(
		buf_text(&mistakes), "unknown command 'statsu'; did you mean 'status'?\n");
	DROP();
}

static void a_target_is_no_command(void **state)
{
	(void)state;
	PARSE("subtitles", NULL);
	assert_false(is_good);
	assert_non_null(strstr(buf_text(&mistakes), "'restage run NAME'"));
	DROP();
}

static void an_option_of_another_command_is_a_mistake(void **state)
{
	(void)state;
	PARSE("-k", "status", NULL);
	assert_false(is_good);
	assert_string_equal(buf_text(&mistakes), "unknown option '-k'\n");
	DROP();
}

static void all_mistakes_are_told(void **state)
{
	(void)state;
	PARSE("run", "-j0", "--kep-going", "--color=blue", NULL);
	assert_false(is_good);
	assert_string_equal(buf_text(&mistakes),
		"option '-j': '0' is no number from 1 to 1000000\n"
		"unknown option '--kep-going'; did you mean '--keep-going'?\n"
		"option '--color': 'blue' is none of auto, always, never\n");
	DROP();
}

static void arguments_are_counted(void **state)
{
	(void)state;
	{
		PARSE("why", NULL);
		assert_false(is_good);
		assert_string_equal(
			buf_text(&mistakes), "'why' needs more arguments: restage why STAGE...\n");
		DROP();
	}
	{
		PARSE("check", "demux", NULL);
		assert_false(is_good);
		assert_string_equal(buf_text(&mistakes), "'check' takes no argument 'demux'\n");
		DROP();
	}
	{
		PARSE("why", "--help", NULL);
		assert_true(is_good);
		assert_true(call.globals.wants_help);
		assert_true(call.is_named);
		DROP();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_command_means_run),
		cmocka_unit_test(options_of_run_may_stand_alone),
		cmocka_unit_test(options_may_stand_anywhere),
		cmocka_unit_test(a_value_is_not_taken_for_the_command),
		cmocka_unit_test(behind_a_command_its_own_options_come_first),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(a_misspelt_command_is_named_with_the_nearest),
		cmocka_unit_test(a_target_is_no_command),
		cmocka_unit_test(an_option_of_another_command_is_a_mistake),
		cmocka_unit_test(all_mistakes_are_told),
		cmocka_unit_test(arguments_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
