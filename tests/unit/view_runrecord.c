#include "view/files/files.h"

#include <errno.h>

#include "base_test.h"
#include "record/runs/past.h"
#include "view_test.h"

#define RECORD "out/job/logs/99_pipeline_20251127_140915.jsonl"
#define MS INT64_C(1000000)

/* A run of three stages with its record. */
struct recorded {
	struct graph *graph;
	struct listener *record;
	struct told told;
	struct buf text;
};

static struct recorded begin(struct graph *graph)
{
	struct recorded recorded = {.graph = graph, .record = runrecord_new(NULL)};

	setenv("TZ", "UTC", 1);
	recorded.told = told_new(graph, recorded.record);
	tell_run(&recorded.told, RUN_BEGIN);
	return recorded;
}

static const char *text_now(struct recorded *recorded)
{
	struct err err = {0};

	buf_reset(&recorded->text);
	if (fs_read(RECORD, 1 << 30, &recorded->text, &err) < 0)
		fail_msg("%s", err.text);
	return buf_text(&recorded->text);
}

static void end(struct recorded *recorded)
{
	struct err err = {0};

	assert_int_equal(listener_error(recorded->record, &err), 0);
	listener_free(recorded->record);
	text_now(recorded);
	graph_free(recorded->graph);
}

static void a_run_with_nothing_to_do_is_two_lines(void **state)
{
	struct recorded recorded = begin(made_three());
	const char *second;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		tell_stage(&recorded.told, STAGE_FRESH, i);
	assert_string_equal(text_now(&recorded), ""); /* and it is written at once */
	recorded.told.totals.fresh = 3;
	recorded.told.mono_ns += 5 * MS;
	tell_run(&recorded.told, RUN_END);
	end(&recorded);
	assert_has(&recorded.text,
		"{\"event\": \"run_begin\", \"at\": 0, \"schema\": \"restage.run/1\", "
		"\"time\": \"2025-11-27T14:09:15.000000+00:00\", "
		"\"run\": \"20251127_140915\", \"pipeline\": \"subtitles\", ");
	second = strchr(buf_text(&recorded.text), '\n') + 1;
	assert_ptr_equal(strstr(second, "{\"event\": \"run_end\", \"at\": 0.005, "
					"\"outcome\": \"success\", "),
		second);
	assert_string_equal(strchr(second, '\n'), "\n");
	assert_has(&recorded.text, "\"fresh\": 3,");
	buf_free(&recorded.text);
}

static void what_is_up_to_date_is_named_once_a_stage_starts(void **state)
{
	struct recorded recorded = begin(made_three());

	(void)state;
	tell_stage(&recorded.told, STAGE_FRESH, 0);
	tell_stage(&recorded.told, STAGE_FRESH, 1);
	recorded.told.mono_ns += 2 * MS;
	tell_stage(&recorded.told, STAGE_START, 2);
	tell_done(&recorded.told, 2);
	tell_run(&recorded.told, RUN_END);
	end(&recorded);
	assert_has(&recorded.text,
		"{\"event\": \"fresh\", \"at\": 0, \"stages\": [\"demux\", \"asr\"]}\n"
		"{\"event\": \"start\", \"at\": 0.002, \"stage\": \"mux\", \"attempt\": 1, ");
	buf_free(&recorded.text);
}

static struct graph *many(uint32_t count)
{
	struct made made = made_new();
	char name[32];

	for (uint32_t i = 0; i < count; i++) {
		snprintf(name, sizeof name, "s%u", i);
		made_stage(&made, name, "", "");
	}
	return made_graph(&made);
}

static void thousands_are_written_a_thousand_a_line(void **state)
{
	struct recorded recorded = begin(many(2501));
	uint32_t lines = 0;

	(void)state;
	for (uint32_t i = 0; i < 2500; i++)
		tell_stage(&recorded.told, STAGE_FRESH, i);
	tell_stage(&recorded.told, STAGE_START, 2500);
	tell_done(&recorded.told, 2500);
	tell_run(&recorded.told, RUN_END);
	end(&recorded);
	for (const char *p = buf_text(&recorded.text); (p = strstr(p, "\"fresh\", \"at\"")); p++)
		lines++;
	assert_int_equal(lines, 3);
	assert_has(&recorded.text, "\"s999\"]}\n");
	assert_has(&recorded.text, "\"s2499\"]}\n");
	buf_free(&recorded.text);
}

static void lines_are_there_a_moment_later(void **state)
{
	struct recorded recorded = begin(made_three());
	struct listener *listener = recorded.told.listener;
	int wish;

	(void)state;
	tell_stage(&recorded.told, STAGE_START, 0);
	tell_stage(&recorded.told, STAGE_FRESH, 1); /* waits for more of its kind */
	wish = listener->tick(listener->ctx, recorded.told.mono_ns, &recorded.told.totals);
	assert_in_range(wish, 1, 101);
	recorded.told.mono_ns += 101 * MS;
	wish = listener->tick(listener->ctx, recorded.told.mono_ns, &recorded.told.totals);
	assert_int_equal(wish, -1);
	text_now(&recorded);
	assert_has(&recorded.text, "\"event\": \"start\"");
	assert_has(&recorded.text, "\"event\": \"fresh\"");
	/* and without a tick, with the next event */
	tell_text(&recorded.told, STAGE_LOG, 0, LOG_INFO, "one");
	recorded.told.mono_ns += 101 * MS;
	tell_text(&recorded.told, STAGE_LOG, 0, LOG_INFO, "two");
	text_now(&recorded);
	assert_has(&recorded.text, "\"text\": \"two\"");
	tell_run(&recorded.told, RUN_END);
	end(&recorded);
	buf_free(&recorded.text);
}

static void what_was_heard_before_the_run_comes_behind_its_beginning(void **state)
{
	struct recorded recorded = {.graph = made_three(), .record = runrecord_new(NULL)};

	(void)state;
	recorded.told = told_new(recorded.graph, recorded.record);
	tell_text(&recorded.told, RUN_WAIT, NONE, LOG_INFO, "waiting for pid 7");
	recorded.told.mono_ns += 9000 * MS;
	tell_run(&recorded.told, RUN_BEGIN);
	tell_run(&recorded.told, RUN_END);
	end(&recorded);
	assert_ptr_equal(strstr(buf_text(&recorded.text), "{\"event\": \"run_begin\", \"at\": 0, "),
		buf_text(&recorded.text));
	assert_has(&recorded.text, "}\n{\"event\": \"notice\", \"at\": 0, \"level\": \"INFO\", "
				   "\"text\": \"waiting for pid 7\"}\n{\"event\": \"run_end\"");
	buf_free(&recorded.text);
}

static void files_beyond_a_thousand_are_counted(void **state)
{
	struct recorded recorded = begin(made_three());
	struct attempt attempt = made_attempt(recorded.graph, 0, 0);
	struct attempt_file *files = calloc(1203, sizeof *files);
	struct arena arena = {0};

	(void)state;
	for (uint32_t i = 0; i < 1203; i++)
		files[i] = (struct attempt_file){
			.path = arena_fmt(&arena, "in/%u", i),
			.role = i < 1200 ? ROLE_INPUT : ROLE_OUTPUT,
			.size = 7,
			.mtime_ns = 5,
		};
	files[1202].flags = RECORD_FILE_MISSING;
	attempt.files = files;
	attempt.file_count = 1203;
	tell_stage(&recorded.told, STAGE_START, 0);
	tell(&recorded.told, (struct run_event){.kind = STAGE_DONE, .attempt = &attempt});
	tell_run(&recorded.told, RUN_END);
	end(&recorded);
	assert_has(&recorded.text,
		"[\"in/999\", null, 7, \"5\"]], \"inputs_more\": {\"count\": 200, "
		"\"checksum\": \"xxh3-128:");
	assert_has(&recorded.text,
		"\"outputs\": [[\"in/1200\", null, 7, \"5\"], [\"in/1201\", null, 7, "
		"\"5\"], [\"in/1202\", null, 7, null]], \"config\"");
	buf_free(&recorded.text);
	arena_free(&arena);
	free(files);
}

/* What the writer writes, the reader reads as it was. */
static void a_record_reads_back(void **state)
{
	const struct reason reason = {REASON_INPUT_CHANGED, "in/a.mp4", "input in/a.mp4 changed"};
	struct recorded recorded = begin(made_three());
	struct attempt attempt = made_attempt(recorded.graph, 0, 1);
	struct arena arena = {0};
	const struct past_attempt *a;
	struct past_run *log;
	struct err err = {0};

	(void)state;
	tell(&recorded.told, (struct run_event){.kind = STAGE_QUEUED,
				     .attempt_number = 1,
				     .job = "12_0",
				     .text = "Priority"});
	attempt.executor =
		(struct attempt_executor){.kind = "slurm", .job_id = "12_0", .queued_seconds = 1.5};
	tell(&recorded.told, (struct run_event){
				     .kind = STAGE_START,
				     .attempt_number = 1,
				     .reasons = &reason,
				     .reason_count = 1,
				     .command = "ffmpeg",
			     });
	recorded.told.mono_ns += 1000 * MS;
	tell(&recorded.told, (struct run_event){.kind = STAGE_SAMPLE, .attempt = &attempt});
	tell(&recorded.told, (struct run_event){
				     .kind = STAGE_RETRY,
				     .attempt = &attempt,
				     .text = "exit code 1",
				     .delay_ms = 500,
			     });
	tell(&recorded.told,
		(struct run_event){
			.kind = STAGE_START, .attempt_number = 2, .job = "12_0", .host = "node7"});
	recorded.told.mono_ns += 2000 * MS;
	tell_done(&recorded.told, 0);
	tell_stage(&recorded.told, STAGE_START, 1);
	tell_failed(&recorded.told, 1, NULL, 0);
	tell(&recorded.told, (struct run_event){.kind = STAGE_BLOCKED, .stage = 2, .other = 1});
	tell(&recorded.told,
		(struct run_event){.kind = RUN_SIGNAL, .stage = NONE, .other = NONE, .count = 15});
	tell_run(&recorded.told, RUN_END);
	end(&recorded);
	assert_has(&recorded.text,
		"\"event\": \"queued\", \"at\": 0, \"stage\": \"demux\", \"attempt\": 1, "
		"\"job\": \"12_0\", \"reason\": \"Priority\"}");
	assert_has(&recorded.text, "\"job\": \"12_0\", \"host\": \"node7\"}");
	assert_has(&recorded.text,
		"\"executor\": {\"kind\": \"slurm\", \"job_id\": \"12_0\", \"host\": null, "
		"\"queued_seconds\": 1.5}");
	buf_free(&recorded.text);
	if (past_read(&arena, RECORD, &log, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(log->bad_lines, 0);
	assert_string_equal(log->run, "20251127_140915");
	assert_string_equal(log->root, "/root-of-it");
	assert_int_equal(log->begin_ns, INT64_C(1764252555) * 1000000000);
	assert_true(log->has_ended);
	assert_string_equal(log->outcome, "interrupted");
	assert_int_equal(log->stage_count, 3);
	assert_int_equal(log->attempt_count, 3);
	a = log->attempts;
	assert_true(a[0].will_retry && a[0].state == PAST_FAILED && a[0].exit_code == 1);
	assert_true(a[0].end == 1 && a[0].sample_count == 1 && a[0].samples[0].at == 1);
	assert_string_equal(a[0].command, "ffmpeg");
	assert_int_equal(json_count(a[0].reasons), 1);
	assert_true(a[1].state == PAST_DONE && a[1].start == 1 && a[1].end == 3);
	assert_true(a[1].seconds == 4.2 && a[1].number == 2);
	assert_int_equal(log->stages[0].last_attempt, 1);
	assert_int_equal(log->stages[1].state, PAST_FAILED);
	assert_int_equal(log->stages[2].state, PAST_BLOCKED);
	assert_string_equal(log->stages[2].text, "asr");
	assert_int_equal(log->note_count, 1);
	assert_string_equal(log->notes[0].text, "stopping on SIGTERM");
	assert_int_equal(past_stage_find(log, "mux"), 2);
	assert_int_equal(past_stage_find(log, "muxer"), NONE);
	past_done(log);
	arena_free(&arena);
}

static void a_full_disk_is_told_once_and_ends_nothing(void **state)
{
	struct graph *graph = made_three();
	struct listener *record = runrecord_new(NULL);
	struct told told = told_new(graph, record);
	struct err err = {0};

	(void)state;
	if (symlink("/dev/full", "99_pipeline_x.jsonl") < 0)
		skip();
	told.log_path = "99_pipeline_x.log";
	tell_run(&told, RUN_BEGIN);
	tell_stage(&told, STAGE_START, 0);
	tell_done(&told, 0);
	tell_run(&told, RUN_END);
	assert_int_equal(listener_error(record, &err), -1);
	assert_int_equal(err.sys, ENOSPC);
	assert_non_null(strstr(err.text, "99_pipeline_x.jsonl"));
	listener_free(record);
	graph_free(graph);
}

static void a_directory_that_cannot_be_made_is_told(void **state)
{
	struct graph *graph = made_three();
	struct listener *record = runrecord_new(NULL);
	struct told told = told_new(graph, record);
	struct err err = {0};

	(void)state;
	test_write("out", "a file");
	tell_run(&told, RUN_BEGIN);
	tell_run(&told, RUN_END);
	assert_int_equal(listener_error(record, &err), -1);
	assert_int_equal(err.code, EXIT_WORLD);
	listener_free(record);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(a_run_with_nothing_to_do_is_two_lines),
		TEST_IN_DIR(what_is_up_to_date_is_named_once_a_stage_starts),
		TEST_IN_DIR(thousands_are_written_a_thousand_a_line),
		TEST_IN_DIR(lines_are_there_a_moment_later),
		TEST_IN_DIR(what_was_heard_before_the_run_comes_behind_its_beginning),
		TEST_IN_DIR(files_beyond_a_thousand_are_counted),
		TEST_IN_DIR(a_record_reads_back),
		TEST_IN_DIR(a_full_disk_is_told_once_and_ends_nothing),
		TEST_IN_DIR(a_directory_that_cannot_be_made_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
