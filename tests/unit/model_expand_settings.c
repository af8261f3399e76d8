#include "model_definition_test.h"

static void settings_are_read_with_their_units(void **state)
{
	(void)state;
	load_good(
		"[pools]\nnet = 2\ngpu = 4\n[stage:a]\ncommand = true\ntimeout = 1h30m\ngrace = 500ms\n"
		"retries = 2\nretry_delay = 1.5s\nallow_failure = yes\nthreads = 8\nmemory = 2G\n"
		"gpu = 3\npool = net\nconsole = on\nshell = bash -c\ntags = a, b c\n"
		"pass_env = HOME,LANG\n");
	const struct settings *settings = settings_of("a");
	assert_int_equal(settings->timeout_ms[0], 5400000);
	assert_int_equal(settings->grace_ms, 500);
	assert_int_equal(settings->retries, 2);
	assert_int_equal(settings->retry_delay_ms, 1500);
	assert_int_equal(settings->threads, 8);
	assert_int_equal(settings->memory[0], (uint64_t)2 << 30);
	assert_int_equal(settings->gpu, 3);
	assert_string_equal(text_of(graph->pools[settings->pools[0].pool].name), "net");
	assert_int_equal(
		settings->flags, SET_ALLOW_FAILURE | SET_CONSOLE | SET_KEEP_FAILED | SET_CACHE);
	assert_string_equal(text_of(settings->shell), "bash -c");
	assert_int_equal(settings->tags.count, 3);
	assert_string_equal(text_of(graph->words[settings->tags.first + 2]), "c");
	assert_int_equal(settings->pass_env.count, 2);
	assert_string_equal(text_of(graph->words[settings->pass_env.first]), "HOME");
}

static void what_is_not_said_has_its_default(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\n");
	const struct settings *settings = settings_of("a");
	assert_int_equal(settings->timeout_ms[0], 0);
	assert_int_equal(settings->grace_ms, 10000);
	assert_int_equal(settings->threads, 1);
	assert_int_equal(settings->pools[0].count, 0);
	assert_int_equal(settings->flags, SET_KEEP_FAILED | SET_CACHE);
	assert_int_equal(settings->max_age_ms, -1);
	assert_int_equal(settings->shell, 0);
}

static void values_that_do_not_parse_are_mistakes(void **state)
{
	static const char *const bad[] = {"timeout = soon", "grace = -1s", "retries = -1",
		"retries = 1.5", "retries = 99999999999", "threads = 0", "threads = many",
		"memory = 2 apples", "memory = -1", "gpu = x", "console = maybe",
		"allow_failure = 2", "enabled = x", "track_command = x",
		"timeout =", "threads =", "shell ="};
	char text[200];
	(void)state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[stage:a]\ncommand = true\n%s\n", bad[i]);
		mistake(text, 3, "stage 'a': '");
	}
}

static void a_setting_has_one_line(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\ngrace = 5\n  6\n", 4, "'grace' takes one line");
}

static void an_unknown_pool_is_a_mistake(void **state)
{
	(void)state;
	mistake("[pools]\nnetwork = 1\n[stage:a]\ncommand = true\npool = netwrk\n", 5,
		"there is no pool 'netwrk'; did you mean 'network'?");
	mistake("[stage:a]\ncommand = true\npool = net\n", 3, "declare it: [pools] net = 1");
}

static void how_many_gpus_there_are_may_be_left_to_the_run(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\ngpu = 8\n");
	assert_int_equal(graph->pool_count, 0);
	mistake("[pools]\ngpu = 2\n[stage:a]\ncommand = true\ngpu = 3\n", 5, "pool 'gpu' has 2");
	mistake("[pools]\ngpu = 2\n[stage:a]\ncommand = true\npool = gpu:3\n", 5,
		"declare them: [pools] gpu = 3");
	mistake("[pools]\ngpu = 0, 4\n[stage:a]\ncommand = true\ngpu = 3\n", 5, "pool 'gpu' has 2");
}

static void gpus_are_a_number_or_ids(void **state)
{
	(void)state;
	load_good("[pools]\ngpu = 3\n[stage:a]\ncommand = true\n");
	assert_int_equal(graph->pools[0].capacity, 3);
	assert_string_equal(text_of(graph->pools[0].ids), "");
	load_good("[pools]\ngpu = 0, 4..6 9\n    GPU-8932f937-d72c\n[stage:a]\ncommand = true\n");
	assert_int_equal(graph->pools[0].capacity, 6);
	assert_string_equal(text_of(graph->pools[0].ids), "0,4,5,6,9,GPU-8932f937-d72c");
	load_good("[pools]\ngpu = 0..0\n[stage:a]\ncommand = true\n");
	assert_string_equal(text_of(graph->pools[0].ids), "0");
	mistake("[pools]\ngpu = 0\n[stage:a]\ncommand = true\n", 2, "that with the id 0 is 0..0");
	mistake("[pools]\ngpu =\n[stage:a]\ncommand = true\n", 2, "[pools] gpu is empty");
	mistake("[pools]\ngpu = 1, 0..2\n[stage:a]\ncommand = true\n", 2, "'1' is there twice");
	mistake("[pools]\ngpu = 0, -1\n[stage:a]\ncommand = true\n", 2, "'-1' is no id");
	mistake("[pools]\ngpu = 5..2\n[stage:a]\ncommand = true\n", 2, "'5..2' is no id");
}

static void gpus_may_be_taken_as_from_a_pool(void **state)
{
	(void)state;
	load_good("[pools]\nnet = 1\n[stage:a]\ncommand = true\npool = gpu:2, net\n");
	assert_int_equal(settings_of("a")->gpu, 2);
	assert_int_equal(settings_of("a")->pools[0].count, 1);
	assert_int_equal(settings_of("a")->pools[1].count, 0);
	mistake("[stage:a]\ncommand = true\ngpu = 1\npool = gpu\n", 4,
		"takes GPUs twice: how many is written 'gpu = 2'");
}

static void capacities_are_numbers_from_one(void **state)
{
	static const char *const bad[] = {"0", "-1", "x", ""};
	char text[200];
	(void)state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[pools]\nnet = %s\n[stage:a]\ncommand = true\n",
			bad[i]);
		mistake(text, 2, "it takes its capacity, a number from 1");
	}
}

static void names_in_pass_env_are_names(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\npass_env = HOME\n  A-B\n", 4,
		"'A-B' is no name of a variable");
}

static void settings_may_name_parameters_and_config(void **state)
{
	(void)state;
	load_good(
		"[params]\nt = 4\n[stage:a]\ncommand = x {{stage.threads}}\nthreads = {{params.t}}\n"
		"timeout = {{config.t}}m\nconfig.t = 2\n");
	assert_int_equal(settings_of("a")->threads, 4);
	assert_int_equal(settings_of("a")->timeout_ms[0], 120000);
	assert_string_equal(command_of("a"), "x 4");
}

static bool is_enabled(const char *value)
{
	char text[400];

	snprintf(text, sizeof text,
		"[params]\nm = fast\nempty =\nodd = a == b\n[stage:s]\ncommand = true\nenabled = %s\n",
		value);
	load_good(text);
	return !(stage_of("s")->flags & STAGE_DISABLED);
}

static void enabled_may_compare(void **state)
{
	(void)state;
	assert_true(is_enabled("{{params.m}} == fast"));
	assert_true(is_enabled("{{params.m}}=='fast'"));
	assert_false(is_enabled("{{params.m}} != fast"));
	assert_true(is_enabled("{{params.m}} != slow"));
	assert_true(is_enabled("{{params.empty}} == \"\""));
	assert_false(is_enabled("{{params.empty}} != "));
	assert_true(is_enabled("{{params.odd}} == {{params.odd}}"));
	assert_false(is_enabled("{{params.empty}}"));
	assert_false(is_enabled("False"));
	mistake("[stage:s]\ncommand = true\nenabled = a = b\n", 3,
		"'enabled' is 'a = b': it takes yes, no, A == B or A != B");
}

static void equal_settings_are_stored_once(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\n[stage:b]\ncommand = true\ntags = x\n"
		  "[stage:c]\ncommand = true\n[stage:d]\ncommand = true\ntags = x\n");
	assert_int_equal(graph->settings_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(settings_are_read_with_their_units),
		TEST_DEFINITION(what_is_not_said_has_its_default),
		TEST_DEFINITION(values_that_do_not_parse_are_mistakes),
		TEST_DEFINITION(a_setting_has_one_line),
		TEST_DEFINITION(an_unknown_pool_is_a_mistake),
		TEST_DEFINITION(how_many_gpus_there_are_may_be_left_to_the_run),
		TEST_DEFINITION(gpus_are_a_number_or_ids),
		TEST_DEFINITION(gpus_may_be_taken_as_from_a_pool),
		TEST_DEFINITION(capacities_are_numbers_from_one),
		TEST_DEFINITION(names_in_pass_env_are_names),
		TEST_DEFINITION(settings_may_name_parameters_and_config),
		TEST_DEFINITION(enabled_may_compare),
		TEST_DEFINITION(equal_settings_are_stored_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
