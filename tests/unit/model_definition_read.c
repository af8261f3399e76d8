#include "model_definition_test.h"

static void included_stages_come_first(void **state)
{
	(void)state;
	assert_int_equal(mkdir("lib", 0777), 0);
	test_write("lib/one.ini", "[pipeline]\ninclude = two.ini\n[stage:b]\ncommand = true\n");
	test_write("lib/two.ini", "[stage:c]\ncommand = true\n");
	load_good("[stage:a]\ncommand = true\n[pipeline]\ninclude = lib/one.ini\n");
	assert_int_equal(stage_of("c")->number, 1);
	assert_int_equal(stage_of("b")->number, 2);
	assert_int_equal(stage_of("a")->number, 3);
	assert_string_equal(text_of(graph->sources[stage_of("c")->source].name), "lib/two.ini");
	assert_string_equal(text_of(graph->sources[stage_of("a")->source].name), "p.ini");
}

static void several_files_are_included_one_a_line(void **state)
{
	(void)state;
	test_write("x.ini", "[stage:x]\ncommand = true\n");
	test_write("y.ini", "[stage:y]\ncommand = true\n");
	load_good("[pipeline]\ninclude =\n  x.ini\n  y.ini\n[stage:a]\ncommand = true\n");
	assert_int_equal(stage_of("x")->number, 1);
	assert_int_equal(stage_of("y")->number, 2);
	assert_int_equal(graph->stage_count, 3);
}

static void a_file_that_is_included_twice_is_read_once(void **state)
{
	(void)state;
	test_write("base.ini", "[stage:z]\ncommand = true\n");
	test_write("x.ini", "[pipeline]\ninclude = base.ini\n[stage:x]\ncommand = true\n");
	test_write("y.ini", "[pipeline]\ninclude = ./base.ini\n[stage:y]\ncommand = true\n");
	load_good("[pipeline]\ninclude = x.ini\n  y.ini\n[stage:a]\ncommand = true\n");
	assert_int_equal(graph->stage_count, 4);
}

static void files_that_include_one_another_are_a_mistake(void **state)
{
	(void)state;
	test_write("x.ini", "[pipeline]\ninclude = y.ini\n");
	test_write("y.ini", "[pipeline]\n\ninclude = x.ini\n");
	load("[pipeline]\ninclude = x.ini\n[stage:a]\ncommand = true\n");
	assert_said("y.ini:3: the file includes itself: x.ini -> y.ini -> x.ini");
	load("[pipeline]\ninclude = p.ini\n[stage:a]\ncommand = true\n");
	assert_said("p.ini:2: the file includes itself: p.ini -> p.ini");
}

static void an_included_file_that_is_missing_is_a_mistake_at_its_line(void **state)
{
	(void)state;
	mistake("[pipeline]\ninclude =\n  none.ini\n[stage:a]\ncommand = true\n", 3, "none.ini");
}

static void mistakes_name_the_included_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir("lib", 0777), 0);
	test_write("lib/x.ini", "[stage:x]\ncommand = true\ntimeout = 5 apples\n");
	load("[pipeline]\ninclude = lib/x.ini\n[stage:a]\ncommand = true\n");
	assert_string_equal(strchr(said, ':'),
		":3: stage 'x': 'timeout' is '5 apples': it takes a duration such as 90, 1.5s, 30m "
		"or 1h30m\n");
	assert_memory_equal(said, "lib/x.ini", 9);
}

static void the_including_file_overrides_shared_values(void **state)
{
	(void)state;
	test_write("base.ini", "[params]\nx = 1\ny = 2\n[env]\nE = base\n[defaults]\nretries = 1\n"
			       "[pools]\nnet = 1\n[prices]\ncpu_hour = 1\n"
			       "[stage:b]\ncommand = echo {{params.x}} {{params.y}}\n");
	load_good("[pipeline]\ninclude = base.ini\n[params]\nx = 10\n[env]\nE = mine\n"
		  "[defaults]\nretries = 3\n[pools]\nnet = 7\n[prices]\ncpu_hour = 2\n"
		  "[stage:a]\ncommand = true\n");
	assert_string_equal(template_of("b"), "echo 10 2");
	assert_string_equal(pairs_of(stage_of("b")->env), "E=mine");
	assert_int_equal(settings_of("b")->retries, 3);
	assert_int_equal(graph->pools[0].capacity, 7);
	assert_string_equal(pairs_of(graph->prices), "cpu_hour=2");
}

static void names_of_the_pipeline_belong_to_the_main_file(void **state)
{
	(void)state;
	test_write("x.ini", "[pipeline]\nname = x\njob = y\n");
	load("[pipeline]\ninclude = x.ini\n[stage:a]\ncommand = true\n");
	assert_said("x.ini:2: 'name' belongs to the file that includes this one, 'p.ini'\n"
		    "x.ini:3: 'job' belongs to the file that includes this one, 'p.ini'");
}

static void duplicate_keys_name_both_lines_and_the_first_holds(void **state)
{
	(void)state;
	load("[params]\nx = 1\nx = 2\n  more\n[stage:a]\ncommand = true\noutput.o = a\n"
	     "output.o = b\ncommand = false\n");
	assert_said(
		"p.ini:3: duplicate key 'x', first in line 2\n"
		"p.ini:8: duplicate key 'output.o', first in line 7: several values stand one a line, indented\n"
		"p.ini:9: duplicate key 'command', first in line 6");
}

static void duplicate_sections_name_both_lines(void **state)
{
	(void)state;
	load("[params]\nx = 1\n[stage:a]\ncommand = true\n[params]\nx = 1\n[stage:a]\ncomand = x\n");
	assert_said("p.ini:5: duplicate section [params], first in line 1\n"
		    "p.ini:7: duplicate section [stage:a], first in line 3");
	test_write("x.ini", "\n[stage:a]\ncommand = true\n");
	load("[pipeline]\ninclude = x.ini\n[stage:a]\ncommand = true\n");
	assert_said("x.ini:2: duplicate section [stage:a], also at p.ini:3");
}

static void keys_of_two_sections_are_no_duplicates(void **state)
{
	(void)state;
	load_good(
		"[stage:a]\ncommand = true\noutput.o = x\n[stage:b]\ncommand = true\noutput.o = x\n");
}

static void names_over_49_bytes_are_mistakes(void **state)
{
	(void)state;
	load("[stage:a]\ncommand = true\n"
	     "config.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx = 1\n"
	     "[stage:yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy]\ncommand = x\n");
	assert_non_null(strstr(said, "p.ini:3: "));
	assert_non_null(strstr(said, "p.ini:4: "));
}

static void every_file_is_a_source_of_the_graph(void **state)
{
	(void)state;
	test_write("x.ini", "[stage:x]\ncommand = true\n");
	load_good("[pipeline]\ninclude = x.ini\n[stage:a]\ncommand = true\n");
	assert_int_equal(graph->sources[0].kind, SOURCE_DEFINITION);
	assert_int_equal(graph->sources[1].kind, SOURCE_DEFINITION);
	assert_string_equal(text_of(graph->sources[1].path), "x.ini");
	struct digest want = digest_bytes("[stage:x]\ncommand = true\n", 25);
	assert_true(digest_eq(&graph->sources[1].digest, &want));
}

static void includes_may_be_deep_but_not_endless(void **state)
{
	char name[32], text[200];
	(void)state;

	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "f%d.ini", i);
		snprintf(text, sizeof text,
			"[pipeline]\ninclude = f%d.ini\n[stage:s%d]\ncommand = true\n", i + 1, i);
		test_write(name, text);
	}
	test_write("f50.ini", "[stage:s50]\ncommand = true\n");
	load_file("f0.ini");
	assert_string_equal(said, "");
	assert_int_equal(graph->stage_count, 51);
	load_file("f51.ini");
	assert_non_null(strstr(said, "include one another"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(included_stages_come_first),
		TEST_DEFINITION(several_files_are_included_one_a_line),
		TEST_DEFINITION(a_file_that_is_included_twice_is_read_once),
		TEST_DEFINITION(files_that_include_one_another_are_a_mistake),
		TEST_DEFINITION(an_included_file_that_is_missing_is_a_mistake_at_its_line),
		TEST_DEFINITION(mistakes_name_the_included_file),
		TEST_DEFINITION(the_including_file_overrides_shared_values),
		TEST_DEFINITION(names_of_the_pipeline_belong_to_the_main_file),
		TEST_DEFINITION(duplicate_keys_name_both_lines_and_the_first_holds),
		TEST_DEFINITION(duplicate_sections_name_both_lines),
		TEST_DEFINITION(keys_of_two_sections_are_no_duplicates),
		TEST_DEFINITION(names_over_49_bytes_are_mistakes),
		TEST_DEFINITION(every_file_is_a_source_of_the_graph),
		TEST_DEFINITION(includes_may_be_deep_but_not_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
