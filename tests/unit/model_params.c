#include "model_definition_test.h"

#define ECHO "[stage:a]\ncommand = echo {{params.x}}\n"

static void a_parameter_of_the_command_line_wins(void **state)
{
	(void)state;
	test_write("p.json", "{\"x\": \"json\", \"y\": \"json\"}");
	load_good("[pipeline]\nparams_file = p.json\n[params]\nx = ini\n" ECHO);
	assert_string_equal(pairs_of(graph->params), "x=json y=json");
	load_with("[pipeline]\nparams_file = p.json\n[params]\nx = ini\n" ECHO, "x=cli");
	assert_string_equal(template_of("a"), "echo cli");
	load_with("[pipeline]\nparams_file = p.json\n[params]\nx = ini\n" ECHO, "y=a=b");
	assert_string_equal(pairs_of(graph->params), "x=json y=a=b");
	test_write("q.yaml", "y: yaml\n");
	load_good("[pipeline]\nparams_file = p.json\n  q.yaml\n[params]\nx = ini\n" ECHO);
	assert_string_equal(pairs_of(graph->params), "x=json y=yaml");
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
	struct keys before = keys_of("a");
	load_with("[params]\nx = 1\ny = 2\n" ECHO, "y=3");
	assert_true(same_key(before, keys_of("a"), KEY_COMMAND));
	load_with("[params]\nx = 1\ny = 2\n" ECHO, "x=3");
	assert_false(same_key(before, keys_of("a"), KEY_COMMAND));
}

static void a_json_file_gives_parameters_by_dotted_names(void **state)
{
	(void)state;
	test_write("p.json", "{\"train\": {\"seed\": 7, \"lr\": 0.5, \"on\": true, \"none\": null},"
			     " \"langs\": [\"de\", \"en\"], \"s\": \"{{params.x}}\"}");
	load_good("[pipeline]\nparams_file = p.json\n[stage:a]\n"
		  "command = echo {{params.train.seed}} {{params.langs.1}} {{params.s}}\n");
	assert_string_equal(pairs_of(graph->params),
		"langs=de\nen s={{params.x}} train.lr=0.5 train.none= train.on=true train.seed=7");
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
	assert_said("p.json:1: parameter 'a.b' is given twice, first in line 1");
	mistake("[pipeline]\nparams_file = none.json\n[stage:a]\ncommand = true\n", 2, "none.json");
}

#define FILE_P "[pipeline]\nparams_file = p.yaml\n"

static void values_keep_the_spelling_of_their_file(void **state)
{
	(void)state;
	test_write("p.json",
		"{\"a\": [1234567890123456789, 1.0, 0.20, 1e-5, -0, 1E+2],"
		"\"s\": \"\\ud83d\\ude00 \\/\\\\u0041\", \"n\": null, \"t\": \"null\"}");
	load_good("[pipeline]\nparams_file = p.json\n[stage:a]\ncommand = true\n");
	assert_string_equal(pairs_of(graph->params),
		"a=1234567890123456789\n1.0\n0.20\n1e-5\n-0\n1E+2 n= "
		"s=\xf0\x9f\x98\x80 /\\u0041 t=null");
	test_write("p.yaml", "a: 0.20\nb: yes\nc: 0o17\nd: ~\ne:\nf: '~'\ng: 2024-01-01\n"
			     "h: 1_000\ni: \"1.0\"\n");
	load_good(FILE_P "[stage:a]\ncommand = true\n");
	assert_string_equal(pairs_of(graph->params),
		"a=0.20 b=yes c=0o17 d= e= f=~ g=2024-01-01 h=1_000 i=1.0");
}

static void aliases_and_merged_keys_of_yaml_are_copies(void **state)
{
	(void)state;
	test_write("p.yaml", "base: &b {lr: 1, deep: {x: 1, y: 2}}\nother: &o {seed: 9, lr: 8}\n"
			     "t:\n  <<: [*b, *o]\n  deep: {x: 3}\nu: *b\n");
	load_good(FILE_P "[stage:a]\ncommand = true\n");
	assert_string_equal(pairs_of(graph->params),
		"base.deep.x=1 base.deep.y=2 base.lr=1 other.lr=8 other.seed=9 t.deep.x=3 t.lr=1 "
		"t.seed=9 u.deep.x=1 u.deep.y=2 u.lr=1");
}

static void yaml_mistake(const char *text, const char *lines)
{
	test_write("p.yaml", text);
	/* what the file might have held is not asked for */
	load(FILE_P ECHO);
	assert_said(lines);
}

static void what_is_wrong_with_a_yaml_file_is_told_with_its_line(void **state)
{
	(void)state;
	yaml_mistake("a: 1\na: 2\n", "p.yaml:2: parameter 'a' is given twice, first in line 1");
	yaml_mistake(
		"a: {b: 1}\na.b: 2\n", "p.yaml:2: parameter 'a.b' is given twice, first in line 1");
	yaml_mistake("a:\n\tb: 1\n", "p.yaml:2: a tab indents the line: YAML takes blanks");
	yaml_mistake("a: 1\nb: \xff\n", "p.yaml:2: the line is not UTF-8");
	yaml_mistake("a: &x [*x]\n", "p.yaml:1: lists and mappings are nested more than 50 deep");
	yaml_mistake("a: 1\n---\nb: 2\n", "p.yaml:3: a second document begins here: a file is one");
	yaml_mistake("a: !env X\n",
		"p.yaml:1: the tag '!env' has no meaning here: write the value without it");
	yaml_mistake("? [a]\n: 1\n", "p.yaml:1: a key is no name: it is a list or mapping");
	yaml_mistake("a: [1,\n 2\n",
		"p.yaml:3: did not find expected ',' or ']', while parsing a flow sequence from line 1");
	yaml_mistake("a: 1\nb\n", "p.yaml:2: could not find expected ':' behind a name");
	yaml_mistake("a: \"x\\0y\"\n", "p.yaml:1: a value holds a NUL byte");
	yaml_mistake("- a\n", "p.yaml:1: the file holds no mapping: lines such as 'name: value'");
	yaml_mistake("a: 1\nb: \"\x01\"\n", "p.yaml:2: control characters are not allowed");
	yaml_mistake("a: 1\nb: *no\n", "p.yaml:2: found undefined alias");
	yaml_mistake("a:\n - x\n - \"y\\nz\"\n",
		"p.yaml:3: an item of the list 'a' has several lines: an item is one line");
	yaml_mistake("a:\n - x\n - null\n",
		"p.yaml:3: an item of the list 'a' is empty: leave it out, or write what it shall be");
	yaml_mistake("a: [x, ' ']\n",
		"p.yaml:1: an item of the list 'a' is empty: leave it out, or write what it shall be");
	yaml_mistake("a: {<<: 3}\n", "p.yaml:1: '<<' takes a mapping or a list of them");
}

static void aliases_cannot_make_any_number_of_values(void **state)
{
	struct buf text = {0};
	(void)state;

	buf_str(&text, "a0: &a0 {x: 1, y: 2}\n");
	for (int i = 1; i < 30; i++)
		buf_fmt(&text, "a%d: &a%d {x: *a%d, y: *a%d}\n", i, i, i - 1, i - 1);
	test_write("p.yaml", buf_text(&text));
	buf_free(&text);
	load(FILE_P "[stage:a]\ncommand = true\n");
	assert_non_null(strstr(said, "more than 1000000 values, or 64 MiB of them"));
}

static void a_mapping_is_taken_into_config_as_a_whole(void **state)
{
	(void)state;
	test_write("p.yaml", "train: {lr: 0.10, opt: {name: adam}, seed: 7}\nx: 1\n");
	load_good(
		FILE_P "[defaults]\nconfig.t.lr = 9\n[stage:a]\ncommand = echo {{config.t.lr}}\n"
		       "config.t.seed = 8\nconfig.t = {{params.train}}\n[stage:b]\ncommand = true\n"
		       "config.t = {{params.train}}\nconfig.u = {{params.train.opt}}\n");
	assert_string_equal(pairs_of(stage_of("a")->config), "t.lr=0.10 t.seed=8 t.opt.name=adam");
	assert_string_equal(command_of("a"), "echo 0.10");
	assert_string_equal(
		pairs_of(stage_of("b")->config), "t.lr=0.10 t.opt.name=adam t.seed=7 u.name=adam");
	mistake(FILE_P "[stage:a]\ncommand = echo {{params.train}}\n", 4,
		"'{{params.train}}' is a mapping: name one of its values, such as "
		"{{params.train.lr}}, or take all of them by 'config.NAME = {{params.train}}'");
	test_write("p.yaml", "train: {learning rate: 0.10}\n");
	mistake(FILE_P "[stage:a]\ncommand = true\nconfig.t = {{params.train}}\n", 5,
		"'config.t.learning rate' of {{params.train}} is no name: letters");
}

static void a_value_of_several_lines_is_a_list(void **state)
{
	static const char text[] =
		"[params]\nx = one\n  two ; # % $\n  c/d.e\n"
		"all =\n  zero\n  {{params.x}}\n" ECHO
		"  echo \"{{params.x | stem}}\" {{params.x.1}} {{params.x | raw}}\n"
		"config.c = <{{params.x}}>\n[stage:b]\ncommand = true\n"
		"input.i = in/{{params.all}}.txt\n";

	(void)state;
	load_good(text);
	assert_string_equal(command_of("a"),
		"echo one 'two ; # % $' c/d.e\necho \"one\" \"\"'two ; # % $'\"\" \"d\" "
		"'two ; # % $' one two ; # % $ c/d.e");
	assert_string_equal(pairs_of(stage_of("a")->config), "c=<one two ; # % $ c/d.e>");
	assert_string_equal(
		files_of("b"), "i=in/zero.txt i=in/one.txt i=in/two ; # % $.txt i=in/c/d.e.txt");
	load_with(text, "x=p\nq");
	assert_string_equal(said, "");
	assert_string_equal(files_of("b"), "i=in/zero.txt i=in/p.txt i=in/q.txt");
	mistake("[params]\nx = a\n  b\n[stage:a]\ncommand = true\noutput.o = {{params.x}}\n", 6,
		"'{{params.x}}' is a list of 2 and cannot stand in an output's path");
}

static void the_job_may_choose_the_file(void **state)
{
	const struct definition_request request = {.file = "p.ini", .job = "j2"};

	(void)state;
	test_write("j1.yaml", "x: 1\n");
	test_write("j2.yaml", "x: 2\n");
	load_good("[pipeline]\njob = j1\nparams_file = {{job.name}}.yaml\n" ECHO);
	assert_string_equal(template_of("a"), "echo 1");
	load_request(&request);
	assert_string_equal(template_of("a"), "echo 2");
	mistake("[pipeline]\njob = {{params.x}}\nparams_file = {{job.name}}.yaml\n" ECHO, 3,
		"the job's name is made of parameters itself");
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
		TEST_DEFINITION(values_keep_the_spelling_of_their_file),
		TEST_DEFINITION(aliases_and_merged_keys_of_yaml_are_copies),
		TEST_DEFINITION(what_is_wrong_with_a_yaml_file_is_told_with_its_line),
		TEST_DEFINITION(aliases_cannot_make_any_number_of_values),
		TEST_DEFINITION(a_mapping_is_taken_into_config_as_a_whole),
		TEST_DEFINITION(a_value_of_several_lines_is_a_list),
		TEST_DEFINITION(the_job_may_choose_the_file),
		TEST_DEFINITION(braces_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
