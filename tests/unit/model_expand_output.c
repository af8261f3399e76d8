#include "model_definition_test.h"

static void outputs_lie_in_the_stage_directory(void **state)
{
	(void)state;
	load_good(
		"[stage:s]\ncommand = true\noutput.o = ./x//y.txt\n  parts/\nintermediate.m = a/../m\n");
	assert_string_equal(
		files_of("s"), "o=out/p/01_s/x/y.txt o=out/p/01_s/parts m=out/p/01_s/m");
	assert_int_equal(label_of("s", 0)->flags, 0);
	assert_int_equal(label_of("s", 1)->flags, LABEL_DIRECTORY);
	assert_int_equal(label_of("s", 2)->flags, LABEL_RETAINED);
}

static void the_root_puts_one_elsewhere(void **state)
{
	(void)state;
	load_good(
		"[stage:s]\ncommand = true\noutput.o = {{root}}/dist/x.txt\noutput.p = {{job.dir}}/y\n"
		"output.q = {{stage.dir}}/z\n");
	assert_string_equal(files_of("s"), "o=dist/x.txt p=out/p/y q=out/p/01_s/z");
}

static void nothing_is_made_outside_the_stage_by_accident(void **state)
{
	static const struct {
		const char *path, *part;
	} bad[] = {
		{"../x", "leaves the stage's directory"},
		{"a/../../x", "leaves the stage's directory"},
		{".", "leaves the stage's directory"},
		{"../../../../../../x", "lies outside the root"},
		{"/etc/passwd", "lies outside the root"},
		{"{{root}}/../x", "lies outside the root"},
		{"{{root}}", "is the root itself"},
		{"manifest.json", "the stage's manifest"},
		{"./manifest.json", "the stage's manifest"},
		{"manifest.json/x", "the stage's manifest"},
		{"stage.log", "the stage's log"},
		{".work/x", "the stage's work directory"},
		{"{{root}}/out/p/logs/x", "the job's logs"},
		{"{{job.dir}}/.restage/x", "the job's state"},
		{"{{job.dir}}/graph.dot", "the job's graph"},
	};
	char text[200];
	(void)state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[stage:s]\ncommand = true\noutput.o = %s\n",
			bad[i].path);
		mistake(text, 3, bad[i].part);
	}
	load_good(
		"[stage:s]\ncommand = true\noutput.o = x/manifest.json\noutput.p = manifest.json.gz\n");
}

static void a_name_of_over_255_bytes_is_a_mistake(void **state)
{
	struct buf text = {0};
	(void)state;

	buf_str(&text, "[stage:s]\ncommand = true\noutput.o = d/");
	for (int i = 0; i < 255; i++)
		buf_char(&text, 'x');
	load_good(buf_text(&text));
	buf_char(&text, 'x');
	mistake(buf_text(&text), 3, "a name of over 255 bytes");
	buf_free(&text);
}

static void an_output_may_be_called_after_an_input(void **state)
{
	(void)state;
	load_good("[params]\nm = in/talk.mp4\n[stage:s]\ncommand = true\ninput.v = {{params.m}}\n"
		  "output.o = {{input.v | stem}}.srt\noutput.p = {{output.o | stem}}.log\n");
	assert_string_equal(
		files_of("s"), "v=in/talk.mp4 o=out/p/01_s/talk.srt p=out/p/01_s/talk.log");
	mistake("[stage:a]\ncommand = true\noutput.o = x\n[stage:s]\ncommand = true\n"
		"input.v = {{a.o}}\noutput.o = {{input.v | stem}}.srt\n",
		6, "'{{a.o}}' cannot stand in an input that is used outside of the command");
	test_write("a.mp4", "");
	mistake("[stage:s]\ncommand = true\ninput.v = *.mp4\noutput.o = {{input.v | stem}}\n", 4,
		"'input.v' is a pattern");
}

static void one_file_has_one_maker(void **state)
{
	(void)state;
	load("[stage:a]\ncommand = true\noutput.o = {{root}}/x\n"
	     "[stage:b]\ncommand = true\noutput.o = {{root}}/./x\n");
	assert_non_null(strstr(said, "p.ini:4: "));
	load("[stage:a]\ncommand = true\noutput.o = x\noutput.p = .//x\n");
	assert_non_null(strstr(said, "p.ini:1: "));
	load("[stage:a]\ncommand = true\noutput.o = {{root}}/x\nforeach.e = 1\n  2\n");
	assert_non_null(strstr(said, "p.ini:1: "));
}

static void empty_outputs_are_mistakes(void **state)
{
	(void)state;
	mistake("[stage:s]\ncommand = true\noutput.o =\n", 3, "'output.o' is empty");
}

static void a_depfile_lies_in_the_stage_directory(void **state)
{
	(void)state;
	load_good("[stage:s]\ncommand = true\noutput.o = obj/x.o\ndepfile = {{output.o}}.d\n");
	assert_string_equal(text_of(stage_of("s")->depfile), "obj/x.o.d");
	load_good("[stage:s]\ncommand = true\ndepfile = ./deps\n");
	assert_string_equal(text_of(stage_of("s")->depfile), "deps");
	mistake("[stage:s]\ncommand = true\ndepfile = ../deps\n", 3,
		"is not below the stage's directory");
	mistake("[stage:s]\ncommand = true\ndepfile = stage.log\n", 3, "the stage's log");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(outputs_lie_in_the_stage_directory),
		TEST_DEFINITION(the_root_puts_one_elsewhere),
		TEST_DEFINITION(nothing_is_made_outside_the_stage_by_accident),
		TEST_DEFINITION(a_name_of_over_255_bytes_is_a_mistake),
		TEST_DEFINITION(an_output_may_be_called_after_an_input),
		TEST_DEFINITION(one_file_has_one_maker),
		TEST_DEFINITION(empty_outputs_are_mistakes),
		TEST_DEFINITION(a_depfile_lies_in_the_stage_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
