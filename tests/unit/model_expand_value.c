#include "model_definition_test.h"

static void every_placeholder_has_its_value(void **state)
{
	(void)state;
	load_good("[pipeline]\nname = pipe\njob = j\n[params]\np = v\n[env]\nE = e\n"
		  "[stage:s]\nthreads = 3\nconfig.c = k\nforeach.f = x\n"
		  "command = {{params.p}} {{config.c}} {{env.E}} {{each.f}} {{stage.name}} "
		  "{{stage.threads}} {{job.name}} {{pipeline.name}} {{stage.number}} {{stage.dir}} "
		  "{{job.dir}}\n");
	const char *command = command_of("s/x");
	assert_memory_equal(command, "v k e x s/x 3 j pipe 1 out/j/01_s/x /", 36);
	assert_string_equal(strrchr(command, ' ') + 1 + strlen(text_of(graph->root)), "/out/j");
	assert_string_equal(template_of("s/x"),
		"v k e x s/x {{stage.threads}} j pipe {{stage.number}} {{stage.dir}} {{job.dir}}");
}

static void filters_apply_to_values(void **state)
{
	(void)state;
	load_good("[params]\np = in/a.tar.gz\n[stage:s]\n"
		  "command = {{params.p | name}} {{params.p|stem}} {{ params.p | dir }} "
		  "{{params.p | ext}} {{params.p | stem | stem}}\n");
	assert_string_equal(template_of("s"), "a.tar.gz a.tar in gz a");
}

static void config_and_env_may_name_one_another_in_any_order(void **state)
{
	(void)state;
	load_good(
		"[stage:s]\ncommand = true\nconfig.a = {{config.b}}/{{env.E}}\nconfig.b = {{stage.name}}\n"
		"env.E = {{config.b}}!\n");
	assert_string_equal(pairs_of(stage_of("s")->config), "a=s/s! b=s");
	assert_string_equal(pairs_of(stage_of("s")->env), "E=s!");
}

static void a_value_that_names_itself_is_a_mistake(void **state)
{
	(void)state;
	mistake("[stage:s]\ncommand = true\nconfig.a = {{config.a}}\n", 3,
		"'config.a' is made from itself");
	load("[stage:s]\ncommand = true\nconfig.a = {{env.E}}\nenv.E = {{config.b}}\n"
	     "config.b = {{config.a}}\n");
	assert_non_null(strstr(said, "is made from itself"));
	load("[stage:s]\ncommand = true\ninput.i = {{config.a}}\nconfig.a = {{input.i}}\n");
	assert_non_null(strstr(said, "is made from itself"));
	load("[stage:s]\ncommand = true\noutput.a = {{output.b}}\noutput.b = {{output.a}}\n");
	assert_non_null(strstr(said, "is made from itself"));
}

static void inputs_and_places_may_stand_in_config(void **state)
{
	(void)state;
	load_good(
		"[stage:a]\ncommand = true\noutput.o = o.txt\n[stage:s]\ncommand = true\n"
		"input.i = {{a.o}}\n  in/x y\nconfig.i = {{input.i}}\nconfig.n = {{input.i | stem}}\n"
		"config.d = {{job.dir}}/x\n");
	assert_string_equal(
		pairs_of(stage_of("s")->config), "i=out/p/01_a/o.txt in/x y n=o x y d=out/p/x");
}

static void several_files_in_config_are_words(void **state)
{
	(void)state;
	load_good(
		"[stage:a]\ncommand = true\nforeach.i = 1..3\noutput.o = o.txt\n"
		"[stage:s]\ncommand = true\nconfig.all = <{{a.o}}>\nconfig.d = {{a.o | dir | name}}\n"
		"config.i = {{input.i | dir | name}}\ninput.i = {{a.o}}\n");
	assert_string_equal(pairs_of(stage_of("s")->config),
		"all=<out/p/01_a/1/o.txt out/p/01_a/2/o.txt out/p/01_a/3/o.txt> d=1 2 3 i=1 2 3");
}

static void a_place_in_config_is_symbolic_in_the_identity(void **state)
{
	static const char text[] = "[stage:s]\ncommand = true\nconfig.r = {{root}}/x\n"
				   "config.d = {{job.dir}}\nenv.E = {{config.r}}\n";
	struct definition_request request = {.file = "p.ini", .job = "other"};
	(void)state;

	load_good(text);
	struct keys before = keys_of("s");
	load_request(&request);
	assert_true(same_key(before, keys_of("s"), KEY_CONFIG));
	assert_true(same_key(before, keys_of("s"), KEY_ENV));
	assert_string_equal(strchr(pairs_of(stage_of("s")->config), ' '), " d=out/other");
	assert_int_equal(mkdir("moved", 0777), 0);
	test_write("moved/p.ini", text);
	load_file("moved/p.ini");
	assert_true(same_key(before, keys_of("s"), KEY_CONFIG));
	assert_true(same_key(before, keys_of("s"), KEY_ENV));
}

static void identity_of_config_does_not_depend_on_its_order(void **state)
{
	(void)state;
	load_good(
		"[stage:a]\ncommand = true\nconfig.x = 1\nconfig.y = 2\nenv.A = 1\nenv.B = 2\n"
		"pass_env = P Q\n[stage:b]\ncommand = true\nconfig.y = 2\nconfig.x = 1\nenv.B = 2\n"
		"env.A = 1\npass_env = Q, P\n[stage:c]\ncommand = true\nconfig.x = 12\nconfig.y =\n"
		"env.A = 1\nenv.B = 2\n");
	assert_true(same_key(keys_of("a"), keys_of("b"), KEY_CONFIG));
	assert_true(same_key(keys_of("a"), keys_of("b"), KEY_ENV));
	assert_false(same_key(keys_of("a"), keys_of("c"), KEY_CONFIG));
	assert_false(same_key(keys_of("a"), keys_of("c"), KEY_ENV));
}

static void outputs_do_not_stand_in_config(void **state)
{
	(void)state;
	mistake("[stage:s]\ncommand = true\noutput.o = x\nconfig.c = {{output.o}}\n", 4,
		"'{{output.o}}' cannot stand in a config or env value: outputs are made aside");
	mistake("[stage:s]\ncommand = true\nconfig.c = {{stage.dir}}\n", 3,
		"'{{stage.dir}}' cannot stand in a config or env value");
}

static void unknown_placeholders_get_the_nearest_name(void **state)
{
	(void)state;
	load("[params]\nmodel = x\n[stage:demux]\ncommand = true\noutput.audio = a\n"
	     "[stage:s]\ncommand = echo {{params.modle}}\n  {{config.lvel}} {{model}}\n"
	     "  {{input.vdieo}}\n  {{stage.nmae}}\n  {{each.x}}\n"
	     "input.video = {{dmux.audio}}\ninput.b = {{demux.adio}}\nconfig.level = 1\n"
	     "input.c = {{roto}}/x\n");
	assert_said(
		"p.ini:7: stage 's': unknown placeholder '{{params.modle}}'; did you mean "
		"'params.model'?\n"
		"p.ini:8: stage 's': unknown placeholder '{{config.lvel}}'; did you mean "
		"'config.level'?\n"
		"p.ini:8: stage 's': unknown placeholder '{{model}}'; did you mean 'params.model'?\n"
		"p.ini:9: stage 's': unknown placeholder '{{input.vdieo}}'; did you mean "
		"'input.video'?\n"
		"p.ini:10: stage 's': unknown placeholder '{{stage.nmae}}'; did you mean "
		"'stage.name'?\n"
		"p.ini:11: stage 's': unknown placeholder '{{each.x}}'\n"
		"p.ini:12: stage 's': unknown placeholder '{{dmux.audio}}': there is no stage "
		"'dmux'; did you mean 'demux'?\n"
		"p.ini:13: stage 's': stage 'demux' makes no 'adio'; did you mean 'audio'?\n"
		"p.ini:15: stage 's': unknown placeholder '{{roto}}'; did you mean 'root'?");
}

static void an_inherited_variable_is_to_be_passed(void **state)
{
	(void)state;
	assert_int_equal(setenv("RESTAGE_TEST_VARIABLE", "secret", 1), 0);
	mistake("[stage:s]\ncommand = echo {{env.RESTAGE_TEST_VARIABLE}}\n", 2,
		"it is inherited: write 'pass_env = RESTAGE_TEST_VARIABLE' and "
		"$RESTAGE_TEST_VARIABLE in the command");
	assert_null(strstr(said, "secret"));
}

static void placeholders_that_are_none_are_mistakes(void **state)
{
	(void)state;
	mistake("[stage:s]\ncommand = echo {{params.x\n[params]\nx = 1\n", 2, "'}}' is missing");
	mistake("[stage:s]\ncommand = echo {{}}\n", 2, "a placeholder is empty");
	mistake("[stage:s]\ncommand = echo {{root | steam}}\n", 2,
		"unknown filter 'steam'; did you mean 'stem'?");
	load_good("[stage:s]\ncommand = echo {{{{params.x}} }}\n");
	assert_string_equal(command_of("s"), "echo {{params.x}} }}");
}

static void values_know_what_may_be_named_in_them(void **state)
{
	(void)state;
	mistake("[params]\nx = {{config.y}}\n[stage:s]\ncommand = true\n", 2,
		"'{{config.y}}' cannot stand in [params]");
	mistake("[pipeline]\njob = {{stage.name}}\n[stage:s]\ncommand = true\n", 2,
		"'{{stage.name}}' cannot stand in [pipeline]");
	mistake("[stage:s]\ncommand = true\nforeach.x = {{each.y}}\n", 3,
		"unknown placeholder '{{each.y}}'");
	mistake("[stage:a]\ncommand = true\noutput.o = x\n[stage:s]\ncommand = true\n"
		"foreach.x = x-{{a.o}}\n",
		6, "'{{a.o}}' cannot stand in a foreach list: a line of it is '{{a.o}}'");
	mistake("[stage:a]\ncommand = true\noutput.o = x\n[stage:s]\ncommand = cat {{a.o}}\n", 5,
		"declare 'input.NAME = {{a.o}}' and use {{input.NAME}}");
	mistake("[stage:a]\ncommand = true\noutput.o = x\n[stage:s]\ncommand = true\n"
		"output.o = {{a.o}}\n",
		6, "'{{a.o}}' cannot stand in an output's path");
}

static void a_mistake_of_many_instances_is_told_once(void **state)
{
	(void)state;
	mistake("[stage:s]\ncommand = echo {{each.x}} {{config.y}}\nforeach.x = 1\n  2\n  3\n", 2,
		"unknown placeholder '{{config.y}}'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(every_placeholder_has_its_value),
		TEST_DEFINITION(filters_apply_to_values),
		TEST_DEFINITION(config_and_env_may_name_one_another_in_any_order),
		TEST_DEFINITION(a_value_that_names_itself_is_a_mistake),
		TEST_DEFINITION(inputs_and_places_may_stand_in_config),
		TEST_DEFINITION(several_files_in_config_are_words),
		TEST_DEFINITION(a_place_in_config_is_symbolic_in_the_identity),
		TEST_DEFINITION(identity_of_config_does_not_depend_on_its_order),
		TEST_DEFINITION(outputs_do_not_stand_in_config),
		TEST_DEFINITION(unknown_placeholders_get_the_nearest_name),
		TEST_DEFINITION(an_inherited_variable_is_to_be_passed),
		TEST_DEFINITION(placeholders_that_are_none_are_mistakes),
		TEST_DEFINITION(values_know_what_may_be_named_in_them),
		TEST_DEFINITION(a_mistake_of_many_instances_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
