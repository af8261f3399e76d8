#include "model_definition_test.h"

static void stages_are_numbered_by_their_place(void **state)
{
	(void)state;
	load_good("[stage:b]\ncommand = true\n[params]\nx = 1\n[stage:a]\ncommand = true\n");
	assert_int_equal(stage_of("b")->number, 1);
	assert_int_equal(stage_of("a")->number, 2);
	assert_string_equal(text_of(stage_of("a")->dir), "out/p/02_a");
	assert_int_equal(stage_of("a")->line, 5);
}

static void a_pinned_number_is_passed_over_by_the_others(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\nnumber = 2\n[stage:b]\ncommand = true\n"
		  "[stage:c]\ncommand = true\n[stage:d]\ncommand = true\nnumber = 100\n");
	assert_int_equal(stage_of("a")->number, 2);
	assert_int_equal(stage_of("b")->number, 3);
	assert_int_equal(stage_of("c")->number, 4);
	assert_string_equal(text_of(stage_of("d")->dir), "out/p/100_d");
}

static void those_behind_a_pinned_number_count_on_from_there(void **state)
{
	static const uint32_t expected[] = {1, 4, 5, 2, 3, 6, 7};
	char name[2] = "a";
	(void)state;

	load_good(
		"[stage:a]\ncommand = true\n[stage:b]\ncommand = true\nnumber = 4\n"
		"[stage:c]\ncommand = true\n[stage:d]\ncommand = true\nnumber = 2\n"
		"[stage:e]\ncommand = true\n[stage:f]\ncommand = true\n[stage:g]\ncommand = true\n");
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++, name[0]++)
		assert_int_equal(stage_of(name)->number, expected[i]);
}

static void two_stages_pinned_to_one_number_are_a_mistake(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\nnumber = 2\n[stage:b]\ncommand = true\nnumber = 2\n", 6,
		"stage 'b': number 2 is taken by stage 'a'");
}

static void numbers_that_are_none_are_mistakes(void **state)
{
	static const char *const bad[] = {"0", "-1", "x", "1.5", "9999999", ""};
	char text[100];
	(void)state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[stage:a]\ncommand = true\nnumber = %s\n", bad[i]);
		mistake(text, 3, "it takes a number from 1 to");
	}
}

static void a_stage_has_a_name_for_a_directory(void **state)
{
	static const char *const bad[] = {"..", ".", ".x", "a/b", "a b", "", "\xc3\xa4", "$(id)"};
	char text[100];
	(void)state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[stage:%s]\ncommand = true\n", bad[i]);
		mistake(text, 1, "is no name for a stage");
	}
	load_good("[stage:A-1_b.c]\ncommand = true\n[stage:-x]\ncommand = true\n");
}

static void a_stage_is_declared_once_however_its_header_is_written(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\n[stage: a]\ncommand = true\n", 3,
		"stage 'a' is declared twice, first in line 1");
}

static void words_of_placeholders_are_no_names_of_stages(void **state)
{
	static const char *const bad[] = {"params", "input", "stage", "job.x", "root", "each"};
	char text[100];
	(void)state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[stage:%s]\ncommand = true\n", bad[i]);
		mistake(text, 1, "placeholders begin with that word");
	}
}

static void a_stage_without_a_command_is_a_mistake(void **state)
{
	(void)state;
	mistake("\n[stage:a]\noutput.o = x\n", 2, "stage 'a': it has no command");
	mistake("[stage:a]\ncommand =\n", 2, "its command is empty");
	mistake("[stage:a]\ncommand =\n  {{params.x | raw}}\n[params]\nx =\n", 2,
		"its command is empty");
}

static void defaults_hold_for_all_stages_unless_they_say_otherwise(void **state)
{
	(void)state;
	load_good(
		"[defaults]\ntimeout = 5s\nconfig.x = 1\nconfig.y = 2\nenv.E = d\ntags = all\n"
		"output.log = log.txt\noutput.log.format = text\ncommand = run {{stage.name}}\n"
		"[env]\nE = e\nF = f\n"
		"[stage:a]\n"
		"[stage:b]\ntimeout = 1m\nconfig.y = 3\nconfig.z = 4\nenv.F = g\noutput.log = b.txt\n");
	assert_int_equal(settings_of("a")->timeout_ms[0], 5000);
	assert_int_equal(settings_of("b")->timeout_ms[0], 60000);
	assert_int_equal(settings_of("b")->tags.count, 1);
	assert_string_equal(pairs_of(stage_of("a")->config), "x=1 y=2");
	assert_string_equal(pairs_of(stage_of("b")->config), "x=1 y=3 z=4");
	assert_string_equal(pairs_of(stage_of("a")->env), "E=d F=f");
	assert_string_equal(pairs_of(stage_of("b")->env), "E=d F=g");
	assert_string_equal(template_of("a"), "run a");
	assert_string_equal(files_of("b"), "log=out/p/02_b/b.txt");
	assert_string_equal(pairs_of(label_of("b", 0)->meta), "format=text");
}

static void defaults_may_be_about_files_that_a_stage_does_not_have(void **state)
{
	(void)state;
	load_good("[defaults]\noutput.log.format = text\n[stage:a]\ncommand = true\n");
}

static void what_is_one_for_each_stage_is_no_default(void **state)
{
	(void)state;
	mistake("[defaults]\nnumber = 3\n[stage:a]\ncommand = true\n", 2,
		"'number' cannot be the same");
	mistake("[defaults]\nforeach.x = 3\n[stage:a]\ncommand = true\n", 2,
		"'foreach.x' cannot be the same");
	mistake("[defaults]\nthread = 3\n[stage:a]\ncommand = true\n", 2,
		"[defaults]: unknown key 'thread'; did you mean 'threads'?");
}

static void attributes_of_files_that_are_not_declared_are_mistakes(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\noutput.o = x\noutput.p.type = y\n", 4,
		"'output.p.type' is of 'output.p', which is not declared");
}

static void names_of_keys_have_plain_letters(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\noutput.a b = x\n", 3, "'output.a b' is no name");
	mistake("[stage:a]\ncommand = true\nenv.1X = x\n", 3, "'env.1X' is no name");
	mistake("[stage:a]\ncommand = true\ninput. = x\n", 3, "'input.' is no name");
	mistake("[env]\nA-B = x\n[stage:a]\ncommand = true\n", 2, "'A-B' is no name of a variable");
}

static void after_orders_without_data(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\nafter = c, b\n[stage:b]\ncommand = true\n"
		  "[stage:c]\ncommand = true\n");
	assert_string_equal(needs_of("a"), "b c");
	mistake("[stage:a]\ncommand = true\nafter = b\n  tow\n[stage:two]\ncommand = true\n"
		"[stage:b]\ncommand = true\n",
		4, "'after' names 'tow', and there is no such stage; did you mean 'two'?");
	mistake("[stage:a]\ncommand = true\nafter = a\n", 3, "'after' names the stage itself");
}

static void a_disabled_stage_says_why(void **state)
{
	(void)state;
	load_good("[params]\nasr = no\n[stage:a]\ncommand = true\nenabled = {{params.asr}}\n"
		  "skip_reason = not today\n[stage:b]\ncommand = true\nenabled = off\n"
		  "[stage:c]\ncommand = true\nenabled = yes\nskip_reason = x\n");
	assert_int_equal(stage_of("a")->flags, STAGE_DISABLED);
	assert_string_equal(text_of(stage_of("a")->skip_reason), "not today");
	assert_string_equal(text_of(stage_of("b")->skip_reason), "disabled in the definition");
	assert_int_equal(stage_of("c")->flags, 0);
	assert_int_equal(stage_of("c")->skip_reason, 0);
}

static void cycles_are_told_as_a_path(void **state)
{
	(void)state;
	load("[stage:a]\ncommand = true\ninput.i = {{c.o}}\noutput.o = x\n"
	     "[stage:b]\ncommand = true\ninput.i = {{a.o}}\noutput.o = x\n"
	     "[stage:c]\ncommand = true\ninput.i = {{b.o}}\noutput.o = x\n");
	assert_non_null(strstr(said, "a -> b -> c -> a"));
}

static void versions_are_commands(void **state)
{
	(void)state;
	load_good(
		"[params]\ntool = my tool\n[stage:a]\ncommand = true\nversion.ffmpeg = ffmpeg -version\n"
		"version.x = {{params.tool}} --version {{{{x}}\n");
	assert_string_equal(pairs_of(stage_of("a")->versions),
		"ffmpeg=ffmpeg -version x='my tool' --version {{x}}");
	mistake("[stage:a]\ncommand = true\nversion.x =\n", 3, "'version.x' is empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(stages_are_numbered_by_their_place),
		TEST_DEFINITION(a_pinned_number_is_passed_over_by_the_others),
		TEST_DEFINITION(those_behind_a_pinned_number_count_on_from_there),
		TEST_DEFINITION(two_stages_pinned_to_one_number_are_a_mistake),
		TEST_DEFINITION(numbers_that_are_none_are_mistakes),
		TEST_DEFINITION(a_stage_has_a_name_for_a_directory),
		TEST_DEFINITION(a_stage_is_declared_once_however_its_header_is_written),
		TEST_DEFINITION(words_of_placeholders_are_no_names_of_stages),
		TEST_DEFINITION(a_stage_without_a_command_is_a_mistake),
		TEST_DEFINITION(defaults_hold_for_all_stages_unless_they_say_otherwise),
		TEST_DEFINITION(defaults_may_be_about_files_that_a_stage_does_not_have),
		TEST_DEFINITION(what_is_one_for_each_stage_is_no_default),
		TEST_DEFINITION(attributes_of_files_that_are_not_declared_are_mistakes),
		TEST_DEFINITION(names_of_keys_have_plain_letters),
		TEST_DEFINITION(after_orders_without_data),
		TEST_DEFINITION(a_disabled_stage_says_why),
		TEST_DEFINITION(cycles_are_told_as_a_path),
		TEST_DEFINITION(versions_are_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
