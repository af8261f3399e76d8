#include "view/files/files.h"

#include "base_test.h"
#include "view_test.h"

#define LOGS "out/job/logs/99_pipeline_"
#define NOW_NS (INT64_C(1764252555) * 1000000000) /* 2025-11-27 14:09:15 UTC */

static void write_run(const char *id, const char *record)
{
	struct buf path = {0};
	struct err err = {0};

	assert_int_equal(fs_mkdirs("out/job/logs", &err), 0);
	buf_fmt(&path, LOGS "%s.log", id);
	test_write(buf_text(&path), "log\n");
	if (record) {
		buf_reset(&path);
		buf_fmt(&path, LOGS "%s.jsonl", id);
		test_write(buf_text(&path), record);
	}
	buf_free(&path);
}

static void write_manifest(const char *dir, const char *run)
{
	struct buf text = {0};
	struct err err = {0};

	assert_int_equal(fs_mkdirs(dir, &err), 0);
	buf_fmt(&text, "%s/manifest.json", dir);
	char *path = buf_steal(&text);

	buf_fmt(&text, "{\n  \"run\": \"%s\"\n}\n", run);
	test_write(path, buf_text(&text));
	buf_free(&text);
	free(path);
}

/* Removes what keep_runs = 1 says, with a run that begins at NOW. */
static void remove_old(void)
{
	struct graph *graph = made_three();
	struct err err = {0};

	setenv("TZ", "UTC", 1);
	graph->keep_runs = 1;
	if (run_retention_remove(graph, "20251127_140915_3", NOW_NS, &err) < 0)
		fail_msg("%s", err.text);
	graph_free(graph);
}

static bool has_log(const char *id)
{
	struct buf path = {0};
	bool is_there;

	buf_fmt(&path, LOGS "%s.log", id);
	is_there = fs_exists(buf_text(&path));
	buf_free(&path);
	return is_there;
}

/* A record of a run that attempted demux. */
#define RECORD_OF_DEMUX \
	"{\"event\": \"run_begin\", \"at\": 0, \"schema\": \"restage.run/1\"}\n" \
	"{\"event\": \"start\", \"at\": 1, \"stage\": \"demux\", \"attempt\": 1}\n" \
	"{\"event\": \"done\", \"at\": 2, \"stage\": \"demux\", \"attempt\": 1}\n" \
	"{\"event\": \"run_end\", \"at\": 3, \"outcome\": \"success\", \"skipped\": 0}\n"

static void what_the_record_names_is_looked_up(void **state)
{
	(void)state;
	write_run("20251101_000000", RECORD_OF_DEMUX);
	write_run("20251102_000000", RECORD_OF_DEMUX);
	write_run("20251127_140915_3", NULL);
	write_manifest("out/job/01_demux", "20251102_000000");
	/* only stages that the run attempted can name it: this one is not read */
	write_manifest("out/job/02_asr", "20251101_000000");
	remove_old();
	assert_false(has_log("20251101_000000"));
	assert_false(fs_exists(LOGS "20251101_000000.jsonl"));
	assert_true(has_log("20251102_000000"));
	assert_true(fs_exists(LOGS "20251102_000000.jsonl"));
	assert_true(has_log("20251127_140915_3"));
}

static void without_a_record_every_manifest_is_asked(void **state)
{
	(void)state;
	write_run("20251101_000000", NULL);
	write_run("20251102_000000", "torn");
	write_run("20251103_000000", NULL);
	write_run("20251127_140915_3", NULL);
	write_manifest("out/job/02_asr", "20251101_000000");
	write_manifest("out/job/07_gone/deep/er", "20251102_000000"); /* defined no more */
	write_manifest("out/job/notes", "20251103_000000");           /* no stage's */
	remove_old();
	assert_true(has_log("20251101_000000"));
	assert_true(has_log("20251102_000000"));
	assert_false(has_log("20251103_000000"));
}

static void a_skip_that_the_record_does_not_name_makes_it_not_tell_all(void **state)
{
	(void)state;
	write_run("20251101_000000",
		"{\"event\": \"run_begin\", \"at\": 0, \"schema\": \"restage.run/1\"}\n"
		"{\"event\": \"run_end\", \"at\": 3, \"outcome\": \"success\", \"skipped\": 1}\n");
	write_run("20251127_140915_3", NULL);
	write_manifest("out/job/03_mux", "20251101_000000"); /* skipped for the first time */
	remove_old();
	assert_true(has_log("20251101_000000"));
}

static void an_id_of_this_second_is_not_freed(void **state)
{
	(void)state;
	write_run("20251127_140914", NULL);
	write_run("20251127_140915", NULL);
	write_run("20251127_140915_2", NULL);
	write_run("20251127_140915_3", NULL);
	remove_old();
	assert_false(has_log("20251127_140914"));
	assert_true(has_log("20251127_140915"));
	assert_true(has_log("20251127_140915_2"));
}

static void a_manifest_that_cannot_be_read_keeps_the_run(void **state)
{
	struct err err = {0};

	(void)state;
	write_run("20251101_000000", RECORD_OF_DEMUX);
	write_run("20251127_140915_3", NULL);
	assert_int_equal(fs_mkdirs("out/job/01_demux/manifest.json", &err), 0);
	remove_old();
	assert_true(has_log("20251101_000000"));
}

static void what_cannot_be_removed_is_an_error(void **state)
{
	struct graph *graph = made_three();
	struct err err = {0};

	(void)state;
	write_run("20251127_140915_3", NULL);
	assert_int_equal(fs_mkdirs(LOGS "20251101_000000.log", &err), 0); /* a directory */
	graph->keep_runs = 1;
	assert_int_equal(run_retention_remove(graph, "20251127_140915_3", NOW_NS, &err), -1);
	assert_int_equal(err.code, EXIT_WORLD);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(what_the_record_names_is_looked_up),
		TEST_IN_DIR(without_a_record_every_manifest_is_asked),
		TEST_IN_DIR(a_skip_that_the_record_does_not_name_makes_it_not_tell_all),
		TEST_IN_DIR(an_id_of_this_second_is_not_freed),
		TEST_IN_DIR(a_manifest_that_cannot_be_read_keeps_the_run),
		TEST_IN_DIR(what_cannot_be_removed_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
