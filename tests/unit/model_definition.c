#include "model_definition_test.h"

#include <time.h>

#define STAGE "[stage:a]\ncommand = true\n"

static const char *here(void)
{
	static char text[4096];

	assert_non_null(getcwd(text, sizeof text));
	return text;
}

static void the_root_is_the_directory_of_the_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir("sub", 0777), 0);
	test_write("sub/p.ini", STAGE);
	load_file("sub/p.ini");
	assert_string_equal(said, "");
	assert_string_equal(strrchr(text_of(graph->root), '/'), "/sub");
	assert_string_equal(here(), text_of(graph->root));
	assert_string_equal(text_of(graph->sources[0].name), "sub/p.ini");
	assert_string_equal(text_of(graph->sources[0].path), "p.ini");
}

static void the_root_is_the_parent_of_a_directory_called_pipelines(void **state)
{
	char top[4096];
	(void)state;

	snprintf(top, sizeof top, "%s", here());
	assert_int_equal(mkdir("pipelines", 0777), 0);
	test_write("pipelines/p.ini", STAGE);
	load_file("pipelines/p.ini");
	assert_string_equal(text_of(graph->root), top);
	assert_string_equal(text_of(graph->sources[0].path), "pipelines/p.ini");

	assert_int_equal(chdir("pipelines"), 0);
	load_file("p.ini");
	assert_string_equal(text_of(graph->root), top);

	assert_int_equal(mkdir("pipelines/x", 0777), 0);
	assert_int_equal(chdir("pipelines/x"), 0);
	load_file("../p.ini");
	assert_string_equal(text_of(graph->root), top);
}

static void a_root_key_is_relative_to_the_file(void **state)
{
	char top[4096];
	(void)state;

	snprintf(top, sizeof top, "%s", here());
	assert_int_equal(mkdir("a", 0777), 0);
	test_write("a/p.ini", "[pipeline]\nroot = ..\n" STAGE);
	load_file("a/p.ini");
	assert_string_equal(said, "");
	assert_string_equal(text_of(graph->root), top);
}

static void a_root_that_is_not_there_is_a_mistake(void **state)
{
	(void)state;
	mistake("[pipeline]\nroot = nowhere\n" STAGE, 2, "'root' is 'nowhere'");
}

static void the_job_is_called_after_the_pipeline(void **state)
{
	(void)state;
	load_good(STAGE);
	assert_string_equal(text_of(graph->pipeline), "p");
	assert_string_equal(text_of(graph->job_dir), "out/p");
	load_good("[pipeline]\nname = My talks/2025\n" STAGE);
	assert_string_equal(text_of(graph->pipeline), "My talks/2025");
	assert_string_equal(text_of(graph->job), "My_talks_2025");
	assert_string_equal(text_of(stage_of("a")->dir), "out/My_talks_2025/01_a");
}

static void job_and_out_may_name_parameters(void **state)
{
	(void)state;
	load_good("[pipeline]\njob = talk-{{params.lang}}\nout = made/{{pipeline.name}}\n"
		  "[params]\nlang = de\n" STAGE);
	assert_string_equal(text_of(graph->job_dir), "made/p/talk-de");
}

static void a_job_of_the_command_line_wins(void **state)
{
	struct definition_request request = {.file = "p.ini", .job = "other"};
	(void)state;

	test_write("p.ini", "[pipeline]\njob = x\n" STAGE);
	load_request(&request);
	assert_string_equal(text_of(graph->job), "other");
	request.job = "../x";
	load_request(&request);
	assert_non_null(strstr(said, "--job: '../x' is no name for a job"));
}

static void a_job_is_one_name_of_a_directory(void **state)
{
	static const char *const bad[] = {"a/b", "..", ".x", "."};
	char text[200];
	(void)state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[pipeline]\njob = %s\n" STAGE, bad[i]);
		mistake(text, 2, "it takes one name of a directory");
	}
}

static void out_lies_under_the_root(void **state)
{
	(void)state;
	mistake("[pipeline]\nout = ../out\n" STAGE, 2, "outside the root");
	mistake("[pipeline]\nout = /tmp\n" STAGE, 2, "outside the root");
	load_good("[pipeline]\nout = .\n" STAGE);
	assert_string_equal(text_of(stage_of("a")->dir), "p/01_a");
}

static void unknown_keys_and_sections_get_the_nearest_name(void **state)
{
	(void)state;
	load("[pipeline]\nnmae = x\n[parms]\nx = 1\n[demux]\ncommand = x\n[stge:b]\n[stage]\n"
	     "[stage:a]\ncomand = true\ncommand = true\ninputs.x = a\ntimeout.ms = 3\nconfig = 1\n");
	assert_said("p.ini:2: [pipeline]: unknown key 'nmae'; did you mean 'name'?\n"
		    "p.ini:3: unknown section [parms]; did you mean [params]?\n"
		    "p.ini:5: unknown section [demux]; did you mean [stage:demux]?\n"
		    "p.ini:7: unknown section [stge:b]; did you mean [stage:b]?\n"
		    "p.ini:8: unknown section [stage]; did you mean [stage:NAME]?\n"
		    "p.ini:10: stage 'a': unknown key 'comand'; did you mean 'command'?\n"
		    "p.ini:12: stage 'a': unknown key 'inputs.x'; did you mean 'input.x'?\n"
		    "p.ini:13: stage 'a': unknown key 'timeout.ms'; did you mean 'timeout'?\n"
		    "p.ini:14: stage 'a': unknown key 'config'; did you mean 'config.NAME'?");
}

static void requires_is_compared_with_the_version_of_the_format(void **state)
{
	(void)state;
	load_good("[pipeline]\nrequires = 1.0\n" STAGE);
	load_good("[pipeline]\nrequires = >= 0.9\n" STAGE);
	load_good("[pipeline]\nrequires = 1\n" STAGE);
	mistake("[pipeline]\nrequires = 1.1\n" STAGE, 2, "requires version 1.1 of the format");
	mistake("[pipeline]\nrequires = 2\n" STAGE, 2, "requires version 2.0 of the format");
	mistake("[pipeline]\nrequires = new\n" STAGE, 2, "it takes a version such as 1.0");
}

static void an_empty_file_has_no_stage(void **state)
{
	(void)state;
	load("");
	assert_said("p.ini: no stage is declared: add [stage:NAME] with a command");
	load("\n# nothing\n");
	assert_said("p.ini: no stage is declared: add [stage:NAME] with a command");
}

static void a_missing_file_is_an_error_and_no_mistake(void **state)
{
	(void)state;
	load_file("none.ini");
	assert_null(graph);
	assert_string_equal(said, "");
	assert_int_equal(error.code, EXIT_USAGE);
	assert_non_null(strstr(error.text, "none.ini"));
}

static void a_fifo_or_device_is_refused_without_waiting(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("fifo.ini", 0666), 0);
	load_file("fifo.ini");
	assert_int_not_equal(error.code, EXIT_OK);
	load_file("/dev/zero");
	assert_int_not_equal(error.code, EXIT_OK);
}

static void bom_crlf_and_a_missing_last_newline_are_fine(void **state)
{
	(void)state;
	load_good("\xef\xbb\xbf[stage:a]\r\ncommand = echo x\r\n  echo y\r\noutput.o = z");
	assert_string_equal(template_of("a"), "echo x\necho y");
	assert_string_equal(files_of("a"), "o=out/p/01_a/z");
}

static void a_nul_byte_is_a_mistake(void **state)
{
	static const char text[] = "[stage:a]\ncommand = tr\0ue\n";
	(void)state;

	test_write_bytes("p.ini", text, sizeof text - 1);
	load_file("p.ini");
	assert_null(graph);
	assert_non_null(strstr(said, "p.ini:2: "));
}

static void a_line_of_ten_mebibytes_is_kept_whole(void **state)
{
	size_t len = (size_t)10 << 20;
	struct buf text = {0};
	(void)state;

	buf_str(&text, "[stage:a]\ncommand = true ");
	for (size_t i = 0; i < len; i++)
		buf_char(&text, 'x');
	buf_str(&text, "\ntags = last\n");
	load_good(buf_text(&text));
	assert_int_equal(strlen(template_of("a")), len + 5);
	assert_int_equal(settings_of("a")->tags.count, 1);
	buf_free(&text);
}

static void special_bytes_of_other_formats_are_plain_in_values(void **state)
{
	(void)state;
	load_good(
		"[stage:a]\ncommand = echo 100% ; echo $HOME # x\nconfig.a = a ; b # c = d : e\n");
	assert_string_equal(template_of("a"), "echo 100% ; echo $HOME # x");
	assert_string_equal(pairs_of(stage_of("a")->config), "a=a ; b # c = d : e");
}

static void pools_and_prices_reach_the_graph(void **state)
{
	(void)state;
	load_good("[pools]\nnet = 4\n[prices]\ngpu_hour = 2.50 EUR\n[pipeline]\nkeep_runs = 5\n"
		  "description = Two\n  lines\n" STAGE "pool = net\n");
	assert_int_equal(graph->pool_count, 1);
	assert_int_equal(graph->pools[0].capacity, 4);
	assert_int_equal(settings_of("a")->pools[0].pool, 0);
	assert_string_equal(pairs_of(graph->prices), "gpu_hour=2.50 EUR");
	assert_int_equal(graph->keep_runs, 5);
	assert_int_equal(graph->keep_runs_s, 0);
	assert_string_equal(text_of(graph->description), "Two\nlines");
}

static void keep_runs_is_a_number_or_an_age(void **state)
{
	static const char *const bad[] = {"0", "-1", "1.5", "30x", "0d", "10ms", "99999d", "all"};

	(void)state;
	load_good("[pipeline]\nkeep_runs = 30d\n" STAGE);
	assert_int_equal(graph->keep_runs, 0);
	assert_int_equal(graph->keep_runs_s, 30 * 86400);
	load_good("[pipeline]\nname = x\n" STAGE);
	assert_int_equal(graph->keep_runs, 0);
	assert_int_equal(graph->keep_runs_s, 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char text[200], wanted[200];
		snprintf(text, sizeof text, "[pipeline]\nkeep_runs = %s\n" STAGE, bad[i]);
		load(text);
		snprintf(wanted, sizeof wanted, "p.ini:2: 'keep_runs' is '%s': it takes ", bad[i]);
		assert_non_null(strstr(said, wanted));
	}
}

static void twenty_mistakes_are_told_in_one_go_each_with_its_line(void **state)
{
	(void)state;
	load("[pipeline]\nkeep_runs = x\nout = ..\n[params]\na = {{params.a}}\n[pools]\np = 0\n"
	     "[stage:a]\ncommand = echo {{config.x}}\n  echo {{nope.x}}\n\n  echo {{params.b}}\n"
	     "output.x = ../x\noutput.y = stage.log\ntimeout = soon\nretries = -1\nthreads = 0\n"
	     "memory = much\npool = q\nenabled = perhaps\nafter = z\n"
	     "input.i =\n  {{a.x}}\n  {{b.x}}\nconfig.c = {{output.x}}\nnumber = x\n"
	     "[stage:b]\noutput.x = f\noutput.x.track = no\n[stage:c]\ncommand =\n");
	unsigned lines[64] = {0}, count = 0;
	for (const char *at = said; *at;
		at = strchr(at, '\n') ? strchr(at, '\n') + 1 : at + strlen(at)) {
		if (sscanf(at, "p.ini:%u: ", &lines[count]) == 1)
			count++;
	}
	static const unsigned want[] = {
		2, 3, 5, 7, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 25, 26, 27, 29, 31};
	assert_int_equal(count, sizeof want / sizeof *want);
	assert_memory_equal(lines, want, sizeof want);
}

static void the_only_file_of_pipelines_is_found(void **state)
{
	char *file = NULL;
	struct err err = {0};
	(void)state;

	assert_int_equal(definition_find(&file, &err), -1);
	assert_int_equal(err.code, EXIT_USAGE);
	err_clear(&err);
	assert_int_equal(mkdir("pipelines", 0777), 0);
	test_write("pipelines/a.ini", "");
	assert_int_equal(definition_find(&file, &err), 0);
	assert_string_equal(file, "pipelines/a.ini");
	free(file);
	test_write("pipelines/b.ini", "");
	assert_int_equal(definition_find(&file, &err), -1);
	assert_non_null(strstr(err.text, "pipelines/a.ini, pipelines/b.ini"));
	err_clear(&err);
	test_write("pipeline.ini", "");
	assert_int_equal(definition_find(&file, &err), 0);
	assert_string_equal(file, "pipeline.ini");
	free(file);
}

static void a_file_is_found_upwards(void **state)
{
	char *file = NULL;
	struct err err = {0};
	(void)state;

	assert_int_equal(mkdir("top", 0777), 0);
	assert_int_equal(mkdir("top/out", 0777), 0);
	assert_int_equal(mkdir("top/out/job", 0777), 0);
	test_write("top/pipeline.ini", "");
	assert_int_equal(chdir("top/out/job"), 0);
	assert_int_equal(definition_find(&file, &err), 0);
	assert_string_equal(file, "../../pipeline.ini");
	free(file);
	/* the nearest one */
	assert_int_equal(mkdir("../pipelines", 0777), 0);
	test_write("../pipelines/a.ini", "");
	assert_int_equal(definition_find(&file, &err), 0);
	assert_string_equal(file, "../pipelines/a.ini");
	free(file);
	/* where everybody may write, anybody's file may lie */
	assert_int_equal(unlink("../pipelines/a.ini"), 0);
	assert_int_equal(chmod("../..", 0777), 0);
	assert_int_equal(definition_find(&file, &err), -1);
	assert_non_null(strstr(err.text, "here or upwards"));
	err_clear(&err);
	assert_int_equal(chdir("../.."), 0);
	assert_int_equal(definition_find(&file, &err), 0);
	assert_string_equal(file, "pipeline.ini");
	free(file);
}

static void a_chain_of_20000_stages_is_no_recursion(void **state)
{
	struct buf text = {0};
	(void)state;

	for (int i = 0; i < 20000; i++)
		buf_fmt(&text,
			"[stage:s%d]\ncommand = cp {{input.i}} {{output.o}}\noutput.o = x\n"
			"input.i = {{s%d.o}}\n",
			i, i + 1);
	buf_str(&text, "[stage:s20000]\ncommand = true\noutput.o = x\n");
	load_good(buf_text(&text));
	assert_int_equal(graph->stage_count, 20001);
	assert_int_equal(graph->order[0], 20000);
	buf_free(&text);
}

static void a_slip_in_each_of_20000_stages_is_told_in_time(void **state)
{
	struct buf text = {0};
	struct timespec before, after;
	(void)state;

	for (int i = 0; i < 20000; i++)
		buf_fmt(&text, "[stage:s%d]\ncommand = true\ninput.i = {{t%d.o}}\nafter = u%d\n", i,
			i, i);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	load(buf_text(&text));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	/* all names with all names would be minutes */
	assert_true(after.tv_sec - before.tv_sec < 20);
	assert_non_null(strstr(said, "p.ini:80000: stage 's19999': 'after' names 'u19999'"));
	buf_free(&text);
}

static void loading_is_the_same_every_time(void **state)
{
	static const char text[] =
		"[params]\nb = 1\na = 2\n[stage:x]\ncommand = echo {{params.b}}\n"
		"foreach.k = one\n  two\noutput.o = {{each.k}}\n"
		"config.z = 1\nconfig.y = 2\nenv.B = 1\nenv.A = 2\n";
	(void)state;

	load_good(text);
	struct digest text_digest = digest_bytes(graph->text, graph->text_size);
	struct digest stages =
		digest_bytes(graph->stages, graph->stage_count * sizeof *graph->stages);
	load_good(text);
	struct digest again = digest_bytes(graph->text, graph->text_size);
	assert_true(digest_eq(&text_digest, &again));
	again = digest_bytes(graph->stages, graph->stage_count * sizeof *graph->stages);
	assert_true(digest_eq(&stages, &again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(the_root_is_the_directory_of_the_file),
		TEST_DEFINITION(the_root_is_the_parent_of_a_directory_called_pipelines),
		TEST_DEFINITION(a_root_key_is_relative_to_the_file),
		TEST_DEFINITION(a_root_that_is_not_there_is_a_mistake),
		TEST_DEFINITION(the_job_is_called_after_the_pipeline),
		TEST_DEFINITION(job_and_out_may_name_parameters),
		TEST_DEFINITION(a_job_of_the_command_line_wins),
		TEST_DEFINITION(a_job_is_one_name_of_a_directory),
		TEST_DEFINITION(out_lies_under_the_root),
		TEST_DEFINITION(unknown_keys_and_sections_get_the_nearest_name),
		TEST_DEFINITION(requires_is_compared_with_the_version_of_the_format),
		TEST_DEFINITION(an_empty_file_has_no_stage),
		TEST_DEFINITION(a_missing_file_is_an_error_and_no_mistake),
		TEST_DEFINITION(a_fifo_or_device_is_refused_without_waiting),
		TEST_DEFINITION(bom_crlf_and_a_missing_last_newline_are_fine),
		TEST_DEFINITION(a_nul_byte_is_a_mistake),
		TEST_DEFINITION(a_line_of_ten_mebibytes_is_kept_whole),
		TEST_DEFINITION(special_bytes_of_other_formats_are_plain_in_values),
		TEST_DEFINITION(keep_runs_is_a_number_or_an_age),
		TEST_DEFINITION(pools_and_prices_reach_the_graph),
		TEST_DEFINITION(twenty_mistakes_are_told_in_one_go_each_with_its_line),
		TEST_DEFINITION(the_only_file_of_pipelines_is_found),
		TEST_DEFINITION(a_file_is_found_upwards),
		TEST_DEFINITION(a_chain_of_20000_stages_is_no_recursion),
		TEST_DEFINITION(a_slip_in_each_of_20000_stages_is_told_in_time),
		TEST_DEFINITION(loading_is_the_same_every_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
