#include "model_definition_test.h"

#define MAKER "[stage:a]\ncommand = true\noutput.o = o.txt\n"

static void a_path_is_relative_to_the_root_and_normalised(void **state)
{
	char text[4500], here[4096];
	(void)state;

	load_good("[stage:s]\ncommand = true\ninput.i = ./in//a.txt\n  in/x/../b.txt\n  dir/\n"
		  "  {{root}}/c.txt\n  /etc/passwd\n  .\n");
	assert_string_equal(files_of("s"), "i=in/a.txt i=in/b.txt i=dir i=c.txt i=/etc/passwd i=.");
	assert_non_null(getcwd(here, sizeof here));
	snprintf(text, sizeof text, "[stage:s]\ncommand = true\ninput.i = %s/in/a.txt\n", here);
	load_good(text);
	assert_string_equal(files_of("s"), "i=in/a.txt");
}

static void a_path_above_the_root_is_absolute(void **state)
{
	char here[256], path[300];

	(void)state;
	assert_non_null(getcwd(here, sizeof here));
	assert_int_equal(mkdir("sub", 0777), 0);
	test_write("sub/p.ini", "[stage:s]\ncommand = true\ninput.i = ../x.txt\n");
	load_file("sub/p.ini");
	assert_string_equal(said, "");
	snprintf(path, sizeof path, "i=%s/x.txt", here);
	assert_string_equal(files_of("s"), path);
}

static void names_of_all_kinds_are_kept(void **state)
{
	(void)state;
	load_good("[stage:s]\ncommand = cat {{input.i}}\ninput.i = a b.txt\n  $(id)\n  -rf\n"
		  "  it's\n  \xff\n  %s;x\n");
	assert_string_equal(files_of("s"), "i=a b.txt i=$(id) i=-rf i=it's i=\xff i=%s;x");
}

static void an_output_of_another_stage_is_named_by_stage_and_label(void **state)
{
	(void)state;
	load_good("[stage:s]\ncommand = true\ninput.i = {{a.o}}\n" MAKER);
	assert_string_equal(files_of("s"), "i=out/p/02_a/o.txt");
	assert_string_equal(needs_of("s"), "a");
	load_good("[stage:s]\ncommand = true\ninput.i = out/p/02_a/o.txt\n" MAKER);
	assert_string_equal(needs_of("s"), "a");
	load_good("[stage:a.b]\ncommand = true\nintermediate.m = m\n"
		  "[stage:s]\ncommand = true\ninput.i = {{a.b.m}}\n");
	assert_string_equal(files_of("s"), "i=out/p/01_a.b/m");
}

static void several_files_of_a_label_come_together(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\noutput.o = 1.txt\n  2.txt\n"
		  "[stage:s]\ncommand = cat {{input.i}}\ninput.i = {{a.o}}\n");
	assert_string_equal(files_of("s"), "i=out/p/01_a/1.txt i=out/p/01_a/2.txt");
	assert_string_equal(command_of("s"), "cat out/p/01_a/1.txt out/p/01_a/2.txt");
	load_good("[stage:a]\ncommand = true\noutput.o = 1/\n  2/\n"
		  "[stage:s]\ncommand = true\ninput.i = {{a.o}}/x.txt\n");
	assert_string_equal(files_of("s"), "i=out/p/01_a/1/x.txt i=out/p/01_a/2/x.txt");
}

static void a_pattern_gives_its_matches_sorted(void **state)
{
	(void)state;
	assert_int_equal(mkdir("in", 0777), 0);
	test_write("in/b.mp4", "");
	test_write("in/a.mp4", "");
	test_write("in/c.txt", "");
	load_good("[stage:s]\ncommand = true\ninput.i = in/*.mp4\n  in/?.txt\n");
	assert_string_equal(files_of("s"), "i=in/a.mp4 i=in/b.mp4 i=in/c.txt");
	bool is_source = false;
	for (uint32_t i = 0; i < graph->source_count; i++)
		is_source |= graph->sources[i].kind == SOURCE_GLOB &&
			     !strcmp(text_of(graph->sources[i].path), "in/*.mp4");
	assert_true(is_source);
}

static void a_pattern_without_matches_is_a_mistake_unless_optional(void **state)
{
	(void)state;
	mistake("[stage:s]\ncommand = true\ninput.i = in/*.mp4\n", 3,
		"input 'i': nothing matches 'in/*.mp4'");
	load_good(
		"[stage:s]\ncommand = cat {{input.i}}\ninput.i = in/*.mp4\ninput.i.optional = yes\n");
	assert_string_equal(files_of("s"), "");
	assert_string_equal(command_of("s"), "cat ");
}

static void a_file_that_looks_like_a_pattern_wins_over_it(void **state)
{
	(void)state;
	test_write("a[1].txt", "");
	test_write("a1.txt", "");
	load_good("[stage:s]\ncommand = true\ninput.i = a[1].txt\n");
	assert_string_equal(files_of("s"), "i=a[1].txt");
	load_good("[stage:s]\ncommand = true\nforeach.f = a*.txt\ninput.i = {{each.f}}\n");
	assert_string_equal(files_of("s/a_1_"), "i=a[1].txt");
	assert_int_equal(unlink("a[1].txt"), 0);
	load_good("[stage:s]\ncommand = true\ninput.i = a[1].txt\n");
	assert_string_equal(files_of("s"), "i=a1.txt");
}

static void names_that_were_matched_are_no_patterns_again(void **state)
{
	(void)state;
	assert_int_equal(mkdir("a[1]", 0777), 0);
	assert_int_equal(mkdir("a1", 0777), 0);
	test_write("a[1]/x.wav", "");
	test_write("a1/y.wav", "");
	load_good("[stage:s]\ncommand = true\nforeach.d = a[[]1]\ninput.i = {{each.d}}/*.wav\n");
	assert_string_equal(files_of("s/a_1_"), "i=a[1]/x.wav");
}

static void a_pattern_also_means_what_stages_make(void **state)
{
	(void)state;
	assert_int_equal(mkdir("dist", 0777), 0);
	test_write("dist/old.txt", "");
	load_good("[stage:a]\ncommand = true\noutput.o = {{root}}/dist/new.txt\noutput.p = p.txt\n"
		  "[stage:s]\ncommand = true\ninput.i = dist/*.txt\noutput.o = s.txt\n"
		  "[stage:t]\ncommand = true\ninput.i = {{job.dir}}/*/*.txt\noutput.o = t.txt\n");
	assert_string_equal(files_of("s"), "i=dist/new.txt i=dist/old.txt o=out/p/02_s/s.txt");
	assert_string_equal(
		files_of("t"), "i=out/p/01_a/p.txt i=out/p/02_s/s.txt o=out/p/03_t/t.txt");
	assert_string_equal(needs_of("t"), "a s");
}

static void leftovers_in_the_job_are_not_matched(void **state)
{
	(void)state;
	assert_int_equal(mkdir("out", 0777), 0);
	assert_int_equal(mkdir("out/p", 0777), 0);
	assert_int_equal(mkdir("out/p/01_a", 0777), 0);
	test_write("out/p/01_a/old.txt", "");
	test_write("out/p/01_a/manifest.json", "");
	load_good(MAKER "[stage:s]\ncommand = true\ninput.i = out/p/01_a/*\n");
	assert_string_equal(files_of("s"), "i=out/p/01_a/o.txt");
	load_good(MAKER "[stage:s]\ncommand = true\ninput.i = **/old.txt\ninput.i.optional = 1\n");
	assert_string_equal(files_of("s"), "");
}

static void a_pattern_does_not_look_into_a_made_directory(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\noutput.d = parts/\n"
		"[stage:s]\ncommand = true\ninput.i = {{a.d}}/*.wav\n",
		6, "looks into 'out/p/01_a/parts', which stage 'a' makes");
}

static void a_file_twice_under_one_label_is_one_input(void **state)
{
	(void)state;
	test_write("a.txt", "");
	load_good(
		"[stage:s]\ncommand = true\ninput.i = a.txt\n  *.txt\n  ./a.txt\ninput.j = a.txt\n");
	assert_string_equal(files_of("s"), "i=a.txt j=a.txt");
}

static void empty_paths_are_mistakes(void **state)
{
	(void)state;
	mistake("[stage:s]\ncommand = true\ninput.i =\n", 3, "'input.i' is empty");
	mistake("[params]\nx =\n[stage:s]\ncommand = true\ninput.i = {{params.x}}\n", 5,
		"'input.i' is empty");
}

static void a_missing_input_is_no_mistake_of_the_definition(void **state)
{
	(void)state;
	load_good("[stage:s]\ncommand = true\ninput.i = none.txt\n");
}

static void stages_cannot_use_their_own_files_as_inputs(void **state)
{
	(void)state;
	mistake("[stage:s]\ncommand = true\noutput.o = x\ninput.i = {{s.o}}\n", 4,
		"'{{s.o}}' is made by the stage itself");
	load("[stage:s]\ncommand = true\noutput.o = x\ninput.i = out/p/01_s/x\n");
	assert_string_not_equal(said, "");
	load_good("[stage:s]\ncommand = true\noutput.o = x\noutput.o.update = yes\n");
}

static void what_a_disabled_stage_makes_is_left_out(void **state)
{
	static const char *const inputs[] = {"{{root}}/out/p/01_a/o.txt", "out/p/01_a/*",
		"dist/sub/x", "{{a.o}}", "{{a.d | else}}", "{{a.d}}"};
	char text[400];
	(void)state;

	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		snprintf(text, sizeof text,
			"[stage:a]\ncommand = true\nenabled = no\noutput.o = o.txt\n"
			"output.d = {{root}}/dist\n[stage:b]\ncommand = cat out/p/01_a/o.txt\n"
			"input.i =\n  %s\n  in.txt\nconfig.c = <{{a.o}}{{a.d | else x}}>\n",
			inputs[i]);
		load_good(text);
		assert_string_equal(files_of("b"), "i=in.txt");
		assert_string_equal(pairs_of(stage_of("b")->config), "c=<x>");
		assert_string_equal(needs_of("b"), "");
	}
	mistake("[stage:a]\ncommand = true\nenabled = no\noutput.o = o.txt\n"
		"[stage:b]\ncommand = true\ninput.i = out/p/01_a/*\n",
		7,
		"'input.i' has no file, since stage 'a' is disabled: write 'input.i.optional = yes'");
	/* A reader that is disabled, too, needs nothing. */
	load_good("[stage:a]\ncommand = true\nenabled = no\noutput.o = o.txt\n"
		  "[stage:b]\ncommand = true\nenabled = no\ninput.i = {{a.o}}\n");
	/* Of a reference with `else` what is read instead stands behind. */
	load_good("[stage:a]\ncommand = true\noutput.o = o.txt\n[stage:b]\n"
		  "command = cat {{input.i}}\ninput.i = {{a.o | else in.txt}}\n");
	assert_string_equal(files_of("b"), "i=out/p/01_a/o.txt i=in.txt");
	assert_string_equal(command_of("b"), "cat out/p/01_a/o.txt");
}

static void what_is_deleted_cannot_be_read(void **state)
{
	static const char *const inputs[] = {
		"{{a.tmp}}", "{{root}}/out/p/01_a/t", "{{a.dir}}", "{{root}}/out/p/01_a/d/x"};
	static const char maker[] = "[stage:a]\ncommand = true\nintermediate.tmp = t\n"
				    "intermediate.tmp.retained = %s\nintermediate.dir = d/\n"
				    "intermediate.dir.retained = %s\n[stage:b]\ncommand = true\n"
				    "input.i = %s\n";
	char text[400];
	(void)state;

	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		snprintf(text, sizeof text, maker, "no", "no", inputs[i]);
		mistake(text, 7,
			"is an intermediate of stage 'a' that is deleted after that succeeded");
		snprintf(text, sizeof text, maker, "yes", "yes", inputs[i]);
		load_good(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(a_path_is_relative_to_the_root_and_normalised),
		TEST_DEFINITION(a_path_above_the_root_is_absolute),
		TEST_DEFINITION(names_of_all_kinds_are_kept),
		TEST_DEFINITION(an_output_of_another_stage_is_named_by_stage_and_label),
		TEST_DEFINITION(several_files_of_a_label_come_together),
		TEST_DEFINITION(a_pattern_gives_its_matches_sorted),
		TEST_DEFINITION(a_pattern_without_matches_is_a_mistake_unless_optional),
		TEST_DEFINITION(a_file_that_looks_like_a_pattern_wins_over_it),
		TEST_DEFINITION(names_that_were_matched_are_no_patterns_again),
		TEST_DEFINITION(a_pattern_also_means_what_stages_make),
		TEST_DEFINITION(leftovers_in_the_job_are_not_matched),
		TEST_DEFINITION(a_pattern_does_not_look_into_a_made_directory),
		TEST_DEFINITION(a_file_twice_under_one_label_is_one_input),
		TEST_DEFINITION(empty_paths_are_mistakes),
		TEST_DEFINITION(a_missing_input_is_no_mistake_of_the_definition),
		TEST_DEFINITION(stages_cannot_use_their_own_files_as_inputs),
		TEST_DEFINITION(what_a_disabled_stage_makes_is_left_out),
		TEST_DEFINITION(what_is_deleted_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
