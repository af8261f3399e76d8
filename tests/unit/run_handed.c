#include "base_test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "model/command/command.h"
#include "model/graph/graph.h"
#include "run/ask/handed.h"
#include "run/exec/jobfile.h"
#include "view_test.h"

#define OWN "out/job/01_demux/.work/t-1"

static void write_batch(void)
{
	struct command command = {.argv = (char *[]){"true", NULL}};
	const struct launch_away away[] = {
		{.token = "t-1",
			.own_dir = OWN,
			.log_path = "l",
			.stage = "demux",
			.number = 1,
			.identity = ""},
		{.token = "t-2",
			.own_dir = "gone",
			.log_path = "l",
			.stage = "asr",
			.number = 1,
			.identity = ""},
	};
	struct job_task tasks[] = {{.launch = {.command = &command, .away = &away[0]}},
		{.index = 1, .launch = {.command = &command, .away = &away[1]}}};
	struct job_batch batch = {.name = "rs-1",
		.root = "/",
		.jobs_dir = "out/job/jobs",
		.tasks = tasks,
		.task_count = 2};
	struct buf text = {0};

	jobfile_write_batch(&batch, &text);
	assert_int_equal(fs_mkdirs("out/job/jobs/done", NULL), 0);
	test_write_bytes("out/job/jobs/rs-1", text.data, text.len);
	test_write("out/job/jobs/rs-1.0.out", "of no concern");
	buf_free(&text);
}

static void assert_refused(const struct graph *graph, const char *text)
{
	struct err err = {0};

	assert_int_equal(handed_check(graph, &err), -1);
	assert_int_equal(err.code, EXIT_WORLD);
	if (!strstr(err.text, text))
		fail_msg("%s", err.text);
}

static void what_works_elsewhere_is_named_until_it_has_ended(void **state)
{
	struct graph *graph = made_three();
	struct err err = {0};

	(void)state;
	assert_int_equal(handed_check(graph, &err), 0); /* nothing was handed over */
	write_batch();
	assert_int_equal(handed_check(graph, &err), 0); /* all of it is settled */
	assert_int_equal(fs_mkdirs(OWN, NULL), 0);
	assert_refused(graph, "a job may still work for stage 'demux'");
	test_write(OWN "/.claim", "job 12_0\nhost nodea\nboot 1\n");
	assert_refused(graph, "job 12_0 on nodea may still work for stage 'demux'");
	test_write("out/job/jobs/done/t-1", "whatever came of it");
	assert_int_equal(handed_check(graph, &err), 0);
	graph_free(graph);
}

static void a_batch_that_cannot_be_read_may_be_of_anything(void **state)
{
	struct graph *graph = made_three();

	(void)state;
	write_batch();
	assert_int_equal(truncate("out/job/jobs/rs-1", 100), 0);
	assert_refused(graph, "rs-1");
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(what_works_elsewhere_is_named_until_it_has_ended),
		TEST_IN_DIR(a_batch_that_cannot_be_read_may_be_of_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
