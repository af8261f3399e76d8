#include "view/files/files.h"

#include "base_test.h"
#include "view_test.h"

#define MB INT64_C(1048576)

/* A made-up record of an earlier run in which demux took some seconds and made some MB. */
static void past(int day, const char *event, double seconds, double mb)
{
	struct buf text = {0}, path = {0};
	struct err err = {0};

	buf_fmt(&path, "out/job/logs/99_pipeline_202511%02d_000000.jsonl", day);
	buf_fmt(&text,
		"{\"event\": \"run_begin\", \"at\": 0, \"schema\": \"restage.run/1\"}\n"
		"{\"event\": \"%s\", \"at\": 9, \"stage\": \"demux\", \"seconds\": %g, "
		"\"outputs\": [[\"a\", null, %.0f, \"1\"], [\"b\", null, 0, \"1\"]]}\n"
		"{\"event\": \"run_end\", \"at\": 9}\n",
		event, seconds, mb * (double)MB);
	assert_int_equal(fs_mkdirs("out/job/logs", &err), 0);
	test_write(buf_text(&path), buf_text(&text));
	buf_free(&text);
	buf_free(&path);
}

struct judged {
	struct graph *graph;
	struct history *history;
	struct told told;
	const char *const *remarks;
	uint32_t count;
};

/* A run in which demux takes some seconds and makes some MB. */
static struct judged judge(double seconds, double mb)
{
	struct judged judged = {.graph = made_three(), .history = history_new()};
	struct attempt attempt = made_attempt(judged.graph, 0, 0);
	struct attempt_file files[] = {
		{.path = "in", .role = ROLE_INPUT, .size = 1000 * MB},
		{.path = "a", .role = ROLE_OUTPUT, .size = (uint64_t)(mb * (double)MB)},
	};

	judged.told = told_new(judged.graph, history_listener(judged.history));
	attempt.duration_seconds = seconds;
	attempt.files = files;
	attempt.file_count = 2;
	tell_run(&judged.told, RUN_BEGIN);
	tell(&judged.told, (struct run_event){.kind = STAGE_DONE, .attempt = &attempt});
	tell_run(&judged.told, RUN_END);
	judged.count = history_remarks(judged.history, &judged.remarks);
	return judged;
}

static void release(struct judged *judged)
{
	listener_free(history_listener(judged->history));
	graph_free(judged->graph);
}

static void expect(double seconds, double mb, const char *remark)
{
	struct judged judged = judge(seconds, mb);

	assert_int_equal(judged.count, remark ? 1 : 0);
	if (remark)
		assert_string_equal(judged.remarks[0], remark);
	release(&judged);
}

static void what_took_much_longer_is_remarked(void **state)
{
	(void)state;
	past(1, "done", 10, 0);
	past(2, "done", 90, 0); /* an odd one does not move the median */
	past(3, "done", 12, 0);
	past(4, "done", 11, 0);
	past(5, "done", 13, 0);
	expect(41, 0, "demux took 41.0s, 3.4 times its median of 5 runs");
	expect(24, 0, "demux took 24.0s, 2.0 times its median of 5 runs");
	expect(23.9, 0, NULL);
	expect(1, 0, NULL);
}

static void what_made_much_more_is_remarked(void **state)
{
	(void)state;
	past(1, "done", 1, 10);
	past(2, "done", 1, 20);
	past(3, "done", 1, 30);
	past(4, "done", 1, 20);
	expect(1, 50, "demux made 50.0 MB, 2.5 times its median of 4 runs");
	expect(1, 39, NULL);
}

static void both_are_two_remarks(void **state)
{
	struct judged judged;

	(void)state;
	for (int day = 1; day <= 3; day++)
		past(day, "done", 2, 2);
	judged = judge(20, 20);
	assert_int_equal(judged.count, 2);
	assert_string_equal(
		judged.remarks[1], "demux made 20.0 MB, 10.0 times its median of 3 runs");
	release(&judged);
}

static void small_differences_are_not_worth_it(void **state)
{
	(void)state;
	for (int day = 1; day <= 3; day++)
		past(day, "done", 0.5, 0.5);
	expect(1.4, 1.4, NULL); /* 2.8 times, but less than a second and 1 MiB */
	expect(1.6, 0, "demux took 1.6s, 3.2 times its median of 3 runs");
}

static void where_there_was_nothing_no_factor_is_told(void **state)
{
	(void)state;
	for (int day = 1; day <= 3; day++)
		past(day, "done", 1, 0);
	expect(1, 3, "demux made 3.0 MB, and 0 B in the median of 3 runs");
}

static void two_attempts_are_no_history(void **state)
{
	(void)state;
	past(1, "done", 1, 0);
	past(2, "done", 1, 0);
	past(3, "fail", 1, 0); /* only successes count */
	past(4, "retry", 1, 0);
	expect(99, 99, NULL);
	past(5, "done", 1, 0);
	expect(99, 0, "demux took 1m 39s, 99.0 times its median of 3 runs");
}

static void only_the_newest_twenty_count(void **state)
{
	(void)state;
	for (int day = 1; day <= 15; day++)
		past(day, "done", 1, 0);
	for (int day = 16; day <= 26; day++)
		past(day, "done", 30, 0);
	/* 9 of the old ones and 11 of the new ones are read */
	expect(31, 0, NULL);
}

static void records_that_are_large_torn_or_strange_are_passed_over(void **state)
{
	const char line[] = "{\"event\": \"done\", \"stage\": \"demux\", \"seconds\": 99}\n";
	char *large = malloc(9 << 20);

	(void)state;
	for (int day = 1; day <= 3; day++)
		past(day, "done", 1, 0);
	assert_non_null(large);
	memset(large, '\n', 9 << 20);
	memcpy(large + 1, line, sizeof line - 1);
	test_write_bytes("out/job/logs/99_pipeline_20251110_000000.jsonl", large, 9 << 20);
	free(large);
	test_write("out/job/logs/99_pipeline_20251111_000000.jsonl",
		"\n{\"event\": \"done\", \"stage\": \"demux\", \"seconds\": 99}"); /* torn */
	test_write("out/job/logs/99_pipeline_20251112_000000.jsonl",
		"\n{\"event\": \"done\", \"stage\": 7, \"seconds\": 99}\n{\"event\": \"done\"}\n"
		"{\"event\": \"done\", \"stage\": \"demux\", \"stage\n");
	assert_int_equal(mkdir("out/job/logs/99_pipeline_20251113_000000.jsonl", 0777), 0);
	expect(3, 0, "demux took 3.0s, 3.0 times its median of 3 runs");
}

static void without_a_record_nothing_is_said(void **state)
{
	const char *const *remarks;

	(void)state;
	expect(99, 99, NULL);
	assert_int_equal(history_remarks(NULL, &remarks), 0);
}

static void the_summary_of_the_log_has_it(void **state)
{
	struct judged judged;
	struct listener *log;
	struct buf text = {0};
	struct err err = {0};

	(void)state;
	for (int day = 1; day <= 3; day++)
		past(day, "done", 1, 0);
	judged = judge(5, 0);
	log = pipelog_new(judged.history);
	judged.told.listener = log;
	tell_run(&judged.told, RUN_BEGIN);
	tell_stage(&judged.told, STAGE_START, 0);
	tell_done(&judged.told, 0);
	tell_run(&judged.told, RUN_END);
	listener_free(log);
	assert_int_equal(fs_read(judged.told.log_path, 1 << 20, &text, &err), 0);
	assert_has(&text, "[WARNING] 📈 Unusual: demux took 5.0s, 5.0 times its median of 3 runs\n");
	buf_free(&text);
	release(&judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(what_took_much_longer_is_remarked),
		TEST_IN_DIR(what_made_much_more_is_remarked),
		TEST_IN_DIR(both_are_two_remarks),
		TEST_IN_DIR(small_differences_are_not_worth_it),
		TEST_IN_DIR(where_there_was_nothing_no_factor_is_told),
		TEST_IN_DIR(two_attempts_are_no_history),
		TEST_IN_DIR(only_the_newest_twenty_count),
		TEST_IN_DIR(records_that_are_large_torn_or_strange_are_passed_over),
		TEST_IN_DIR(without_a_record_nothing_is_said),
		TEST_IN_DIR(the_summary_of_the_log_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
