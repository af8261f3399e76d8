#include "model_definition_test.h"

/* The command's template for a value of params.v. */
static const char *with_value(const char *command, const char *value)
{
	char text[1000];

	snprintf(text, sizeof text,
		"[params]\nv = x\n[stage:a]\ncommand = %s\ninput.i = in.txt\noutput.o = o.txt\n",
		command);
	load_with(text, value);
	assert_string_equal(said, "");
	return template_of("a");
}

static void values_are_filled_in_and_files_stay(void **state)
{
	(void)state;
	assert_string_equal(
		with_value("cp {{params.v}} {{ input.i|stem }} {{output.o}} {{root}}", "v=1"),
		"cp 1 {{input.i | stem}} {{output.o}} {{root}}");
}

static void values_are_quoted_for_the_shell(void **state)
{
	(void)state;
	assert_string_equal(with_value("echo {{params.v}}", "v=a b"), "echo 'a b'");
	assert_string_equal(with_value("echo {{params.v}}", "v=$(id)"), "echo '$(id)'");
	assert_string_equal(with_value("echo {{params.v}}", "v=it's"), "echo 'it'\\''s'");
	assert_string_equal(with_value("echo {{params.v}}", "v="), "echo ''");
	assert_string_equal(with_value("echo {{params.v}}", "v={{x}}"), "echo '{{{{x}}'");
	assert_string_equal(command_of("a"), "echo '{{x}}'");
}

static void raw_values_are_not_quoted(void **state)
{
	(void)state;
	assert_string_equal(with_value("echo {{params.v | raw}}", "v=$HOME b"), "echo $HOME b");
	assert_string_equal(
		with_value("echo {{params.v | name | raw}}", "v=x/$HOME"), "echo $HOME");
}

static void quotes_around_a_value_do_not_let_it_out(void **state)
{
	(void)state;
	assert_string_equal(with_value("echo \"say {{params.v}}\"", "v=hi"), "echo \"say hi\"");
	assert_string_equal(
		with_value("echo \"say {{params.v}}\"", "v=$(id)"), "echo \"say \"'$(id)'\"\"");
	assert_string_equal(
		with_value("echo 'say {{params.v}}'", "v=$(id)"), "echo 'say ''$(id)'''");
	assert_string_equal(
		with_value("echo \"$(cat {{params.v}})\"", "v=a b"), "echo \"$(cat 'a b')\"");
}

static void where_nothing_can_be_quoted_only_plain_values_stand(void **state)
{
	(void)state;
	assert_string_equal(with_value("echo $(({{params.v}} + 1))", "v=41"), "echo $((41 + 1))");
	load_with("[params]\nv = x\n[stage:a]\ncommand = echo `cat {{params.v}}`\n", "v=$(id)");
	assert_mistake(4, "pass it as env.NAME");
	load_with(
		"[params]\nv = x\n[stage:a]\ncommand = echo\n  echo $(({{params.v}}))\n", "v=a b");
	assert_mistake(5, "{{params.v}} is 'a b'");
}

static void a_shortcut_for_plain_values_changes_nothing(void **state)
{
	/* each with a value that has to be seen by what follows the shell */
	static const char *const commands[] = {
		"echo ~{{params.v}}",
		"echo {a,{{params.v}}}",
		"echo $x{{params.v}}",
		"{{params.v}} x",
		"echo {{params.v}}>x",
		"echo [{{params.v}}]",
	};
	static const char *const wanted[] = {
		"echo ~'if'",
		"echo {a,'if'}",
		"echo $x'if'",
		"'if' x",
		"echo 'if'>x",
		"echo ['if']",
	};
	(void)state;

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		assert_string_equal(with_value(commands[i], "v=if"), wanted[i]);
	assert_string_equal(with_value("echo {{params.v}}>x", "v=2"), "echo 2''>x");
	assert_string_equal(with_value("echo {{params.v}} >x", "v=2"), "echo 2 >x");
}

static void several_lines_are_one_script(void **state)
{
	(void)state;
	load_good(
		"[stage:a]\ncommand =\n  set -x\n\n  # a comment\n  echo {{config.c}}\nconfig.c = a b\n");
	assert_string_equal(template_of("a"), "set -x\n\n# a comment\necho 'a b'");
	load_good("[stage:a]\ncommand = one\n  two\n");
	assert_string_equal(template_of("a"), "one\ntwo");
}

static void braces_can_be_written(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = docker inspect -f '{{{{.Id}}' x\n");
	assert_string_equal(command_of("a"), "docker inspect -f '{{.Id}}' x");
	load_good("[params]\nx = 1 2\n[stage:a]\ncommand = docker -f '{{{{.Id}}' {{params.x}}\n");
	assert_string_equal(command_of("a"), "docker -f '{{.Id}}' '1 2'");
}

static void files_named_in_the_command_are_inputs(void **state)
{
	(void)state;
	assert_int_equal(mkdir("tools", 0777), 0);
	test_write("tools/asr.py", "");
	test_write("conf.ini", "");
	load_good("[stage:b]\ncommand = true\noutput.o = b.txt\n"
		  "[stage:a]\ncommand = python3 ./tools/asr.py --conf=conf.ini none.txt tools "
		  "out/p/01_b/b.txt /etc/passwd ../x -c {{input.i}} tools/asr.py < tools/asr.py\n"
		  "input.i = in.txt\n");
	assert_string_equal(
		files_of("a"), "i=in.txt program=tools/asr.py ini=conf.ini text=out/p/01_b/b.txt");
	assert_int_equal(label_of("a", 1)->origin, ORIGIN_COMMAND);
	assert_int_equal(label_of("a", 0)->origin, ORIGIN_DECLARED);
	assert_string_equal(needs_of("a"), "b");
}

static void declared_files_are_not_tracked_twice(void **state)
{
	(void)state;
	test_write("in.txt", "");
	load_good(
		"[stage:a]\ncommand = cp in.txt out/p/01_a/o.txt\ninput.i = in.txt\noutput.o = o.txt\n");
	assert_string_equal(files_of("a"), "i=in.txt o=out/p/01_a/o.txt");
}

static void track_command_turns_that_off(void **state)
{
	(void)state;
	test_write("x.py", "");
	load_good("[stage:a]\ncommand = python3 x.py\ntrack_command = no\n");
	assert_string_equal(files_of("a"), "");
	assert_int_equal(graph->source_count, 1);
}

static void each_word_is_asked_for_once(void **state)
{
	uint32_t count = 0;
	(void)state;

	test_write("x.py", "");
	load_good("[stage:a]\ncommand = python3 x.py a\n[stage:b]\ncommand = python3 x.py b\n");
	for (uint32_t i = 0; i < graph->source_count; i++)
		count += graph->sources[i].kind == SOURCE_PROBE;
	assert_int_equal(count, 4);
}

static void leftovers_in_the_job_are_no_programs(void **state)
{
	(void)state;
	assert_int_equal(mkdir("out", 0777), 0);
	assert_int_equal(mkdir("out/p", 0777), 0);
	test_write("out/p/x.py", "");
	load_good("[stage:a]\ncommand = python3 out/p/x.py\n");
	assert_string_equal(files_of("a"), "");
}

static void the_key_of_a_command_is_free_of_places(void **state)
{
	static const char text[] =
		"[stage:x]\ncommand = true\n[stage:a]\ncommand = cp {{input.i}} {{output.o}} {{root}} "
		"{{config.r}}\ninput.i = in.txt\noutput.o = o.txt\nconfig.r = {{root}}/d\n";
	struct definition_request request = {.file = "p.ini", .job = "other"};
	(void)state;

	load_good(text);
	struct keys before = keys_of("a");
	load_request(&request);
	assert_true(same_key(before, keys_of("a"), KEY_COMMAND));
	load_good(strstr(text, "[stage:a]"));
	assert_true(same_key(before, keys_of("a"), KEY_COMMAND));
	assert_int_equal(mkdir("moved", 0777), 0);
	test_write("moved/p.ini", text);
	load_file("moved/p.ini");
	assert_true(same_key(before, keys_of("a"), KEY_COMMAND));
	assert_string_not_equal(strrchr(command_of("a"), '/'), "/other");
}

static void another_shell_is_another_command(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = x\n[stage:b]\ncommand = x\nshell = bash -e -c\n"
		  "[stage:c]\ncommand = x\n");
	assert_true(same_key(keys_of("a"), keys_of("c"), KEY_COMMAND));
	assert_false(same_key(keys_of("a"), keys_of("b"), KEY_COMMAND));
}

static void resources_are_no_part_of_the_identity(void **state)
{
	static const char text[] =
		"[params]\nt = 2\n[stage:s]\nthreads = {{params.t}}\nmemory = 512M\n"
		"command = make -j{{stage.threads}} {{stage.memory_mb}} "
		"\"x{{stage.attempt}}\"\nconfig.t = {{stage.threads}}\n";
	struct keys before;
	(void)state;

	load_good(text);
	assert_string_equal(command_of("s"), "make -j2 512 \"x1\"");
	assert_string_equal(pairs_of(stage_of("s")->config), "t=2");
	before = keys_of("s");
	load_with(text, "t=4");
	assert_string_equal(command_of("s"), "make -j4 512 \"x1\"");
	assert_string_equal(pairs_of(stage_of("s")->config), "t=4");
	assert_true(same_key(before, keys_of("s"), KEY_COMMAND));
	assert_true(same_key(before, keys_of("s"), KEY_CONFIG));
	mistake("[stage:s]\ncommand = true\nconfig.a = {{stage.attempt}}\n", 3,
		"'{{stage.attempt}}' cannot stand in a config or env value");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(values_are_filled_in_and_files_stay),
		TEST_DEFINITION(values_are_quoted_for_the_shell),
		TEST_DEFINITION(raw_values_are_not_quoted),
		TEST_DEFINITION(quotes_around_a_value_do_not_let_it_out),
		TEST_DEFINITION(where_nothing_can_be_quoted_only_plain_values_stand),
		TEST_DEFINITION(a_shortcut_for_plain_values_changes_nothing),
		TEST_DEFINITION(several_lines_are_one_script),
		TEST_DEFINITION(braces_can_be_written),
		TEST_DEFINITION(files_named_in_the_command_are_inputs),
		TEST_DEFINITION(declared_files_are_not_tracked_twice),
		TEST_DEFINITION(track_command_turns_that_off),
		TEST_DEFINITION(each_word_is_asked_for_once),
		TEST_DEFINITION(leftovers_in_the_job_are_no_programs),
		TEST_DEFINITION(the_key_of_a_command_is_free_of_places),
		TEST_DEFINITION(another_shell_is_another_command),
		TEST_DEFINITION(resources_are_no_part_of_the_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
