#include "model_definition_test.h"

#define ECHO "[stage:a]\ncommand = echo {{params.x}}\n"

static void a_parameter_of_the_command_line_wins(void **state)
{
	(void)state;
	test_write("p.json", "{\"x\": \"json\", \"y\": \"json\"}");
	load_good("[pipeline]\nparams_file = p.json\n[params]\nx = ini\n" ECHO);
	assert_string_equal(pairs_of(graph->params), "x=ini y=json");
	load_with("[pipeline]\nparams_file = p.json\n[params]\nx = ini\n" ECHO, "x=cli");
	assert_string_equal(template_of("a"), "echo cli");
	load_with("[pipeline]\nparams_file = p.json\n[params]\nx = ini\n" ECHO, "y=a=b");
	assert_string_equal(pairs_of(graph->params), "x=ini y=a=b");
}

static void values_of_the_command_line_are_literal(void **state)
{
	(void)state;
	load_with("[params]\nx = 1\n" ECHO, "x={{params.x}} $(id)");
	assert_string_equal(said, "");
	assert_string_equal(command_of("a"), "echo '{{params.x}} $(id)'");
}

static void unknown_parameters_of_the_command_line_are_mistakes(void **state)
{
	(void)state;
	load_with("[params]\nmodel = 1\n[stage:a]\ncommand = true\n", "modle=2");
	assert_said("-p: there is no parameter 'modle'; did you mean 'model'?");
	load_with("[stage:a]\ncommand = true\n", "modle=2");
	assert_said("-p: there is no parameter 'modle'; the pipeline has none");
	load_with("[stage:a]\ncommand = true\n", "modle");
	assert_said("-p: 'modle' is not NAME=VALUE");
	load_with("[stage:a]\ncommand = true\n", "=x");
	assert_said("-p: '=x' is not NAME=VALUE");
}

static void parameters_may_name_one_another_in_any_order(void **state)
{
	(void)state;
	load_good("[params]\nx = {{params.y}}-{{params.z | stem}}\ny = {{pipeline.name}}\n"
		  "z = a/b.txt\n" ECHO);
	assert_string_equal(template_of("a"), "echo p-b");
}

static void parameters_made_from_themselves_are_told_as_a_path(void **state)
{
	(void)state;
	mistake("[params]\nx = {{params.y}}\ny = {{params.z}}\nz = {{params.y}}\n" ECHO, 3,
		"parameter 'y' is made from itself: y -> z -> y");
}

static void parameters_cannot_grow_without_end(void **state)
{
	struct buf text = {0};
	(void)state;

	buf_str(&text, "[params]\np0 = xxxxxxxxxx\n");
	for (int i = 1; i < 40; i++)
		buf_fmt(&text, "p%d = {{params.p%d}}{{params.p%d}}\n", i, i - 1, i - 1);
	buf_str(&text, "[stage:a]\ncommand = true\n");
	load(buf_text(&text));
	assert_non_null(strstr(said, "grows beyond 256 KiB"));
	buf_reset(&text);
	buf_str(&text, "[params]\n");
	for (int i = 0; i < 1000; i++)
		buf_fmt(&text, "p%d = {{params.p%d}}\n", i, i + 1);
	buf_str(&text, "p1000 = x\n[stage:a]\ncommand = true\n");
	load(buf_text(&text));
	assert_non_null(strstr(said, "more than 50 parameters are made from one another"));
	buf_free(&text);
}

static void only_what_a_stage_uses_is_part_of_its_identity(void **state)
{
	(void)state;
	load_good("[params]\nx = 1\ny = 2\n" ECHO);
	struct stage before = *stage_of("a");
	load_with("[params]\nx = 1\ny = 2\n" ECHO, "y=3");
	assert_true(same_key(&before, stage_of("a"), KEY_COMMAND));
	load_with("[params]\nx = 1\ny = 2\n" ECHO, "x=3");
	assert_false(same_key(&before, stage_of("a"), KEY_COMMAND));
}

static void a_json_file_gives_parameters_by_dotted_names(void **state)
{
	(void)state;
	test_write("p.json", "{\"train\": {\"seed\": 7, \"lr\": 0.5, \"on\": true, \"none\": null},"
			     " \"langs\": [\"de\", \"en\"], \"s\": \"{{params.x}}\"}");
	load_good("[pipeline]\nparams_file = p.json\n[stage:a]\n"
		  "command = echo {{params.train.seed}} {{params.langs.1}} {{params.s}}\n");
	assert_string_equal(pairs_of(graph->params),
		"langs.0=de langs.1=en s={{params.x}} train.lr=0.5 train.none= train.on=true "
		"train.seed=7");
	assert_string_equal(command_of("a"), "echo 7 en '{{params.x}}'");
	assert_int_equal(graph->sources[1].kind, SOURCE_PARAMS);
	assert_string_equal(text_of(graph->sources[1].path), "p.json");
}

static void a_params_file_is_relative_to_the_root(void **state)
{
	(void)state;
	assert_int_equal(mkdir("pipelines", 0777), 0);
	test_write("p.json", "{\"x\": 1}");
	test_write("pipelines/p.ini", "[pipeline]\nparams_file = p.json\n" ECHO);
	load_file("pipelines/p.ini");
	assert_string_equal(said, "");
	assert_string_equal(template_of("a"), "echo 1");
}

static void what_is_wrong_with_a_json_file_is_told_with_its_line(void **state)
{
	(void)state;
	test_write("p.json", "{\n\"x\": 1,\n}\n");
	load("[pipeline]\nparams_file = p.json\n[stage:a]\ncommand = true\n");
	assert_memory_equal(said, "p.json:3: ", 10);
	test_write("p.json", "[1, 2]");
	load("[pipeline]\nparams_file = p.json\n[stage:a]\ncommand = true\n");
	assert_said("p.json:1: the file holds no JSON object");
	test_write("p.json", "{\"a.b\": 1, \"a\": {\"b\": 2}}");
	load("[pipeline]\nparams_file = p.json\n[stage:a]\ncommand = true\n");
	assert_said("p.json: parameter 'a.b' is given twice");
	mistake("[pipeline]\nparams_file = none.json\n[stage:a]\ncommand = true\n", 2, "none.json");
}

static void a_value_may_have_several_lines_and_signs_of_all_kinds(void **state)
{
	(void)state;
	load_good("[params]\nx = one\n  two ; # % $\n" ECHO);
	assert_string_equal(command_of("a"), "echo 'one\ntwo ; # % $'");
}

static void braces_can_be_written(void **state)
{
	(void)state;
	load_good("[params]\nx = {{{{y}}\n" ECHO);
	assert_string_equal(pairs_of(graph->params), "x={{y}}");
	assert_string_equal(command_of("a"), "echo '{{y}}'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(a_parameter_of_the_command_line_wins),
		TEST_DEFINITION(values_of_the_command_line_are_literal),
		TEST_DEFINITION(unknown_parameters_of_the_command_line_are_mistakes),
		TEST_DEFINITION(parameters_may_name_one_another_in_any_order),
		TEST_DEFINITION(parameters_made_from_themselves_are_told_as_a_path),
		TEST_DEFINITION(parameters_cannot_grow_without_end),
		TEST_DEFINITION(only_what_a_stage_uses_is_part_of_its_identity),
		TEST_DEFINITION(a_json_file_gives_parameters_by_dotted_names),
		TEST_DEFINITION(a_params_file_is_relative_to_the_root),
		TEST_DEFINITION(what_is_wrong_with_a_json_file_is_told_with_its_line),
		TEST_DEFINITION(a_value_may_have_several_lines_and_signs_of_all_kinds),
		TEST_DEFINITION(braces_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
