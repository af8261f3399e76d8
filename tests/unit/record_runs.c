#include "record/runs/past.h"

#include <errno.h>

#include "base_test.h"
#include "view_test.h"

#define BEGIN(host, pid, time) \
	"{\"event\": \"run_begin\", \"at\": 0, \"schema\": \"restage.run/1\", \"time\": \"" time \
	"\", \"run\": \"20251127_140915\", \"job\": \"j\", \"host\": \"" host "\", \"pid\": " pid \
	"}\n"
#define LINE_BEGIN BEGIN("h", "7", "2025-11-27T14:09:15.000000+00:00")
#define LINE_START \
	"{\"event\": \"start\", \"at\": 1, \"stage\": \"asr\", \"attempt\": 1, \"reasons\": [], " \
	"\"command\": \"c\", \"before_seconds\": 3}\n"
#define LINE_DONE \
	"{\"event\": \"done\", \"at\": 2.5, \"stage\": \"asr\", \"attempt\": 1, \"seconds\": 1.4, " \
	"\"exit_code\": 0, \"signal\": null, \"resources\": {\"memory_mb\": 3}, \"inputs\": [], " \
	"\"outputs\": [[\"out/\xEE\xBF\xBF.txt\", \"xxh3-128:00000000000000000000000000000001\", 5, " \
	"\"1764248956123456789\"]], \"outputs_more\": {\"count\": 4, \"checksum\": \"x\"}}\n"
#define LINE_END "{\"event\": \"run_end\", \"at\": 3, \"outcome\": \"success\", \"seconds\": 3.1}\n"

static struct arena arena;

static struct past_reader *fed(const char *text)
{
	struct past_reader *reader = past_reader_new(&arena);

	past_feed(reader, text, strlen(text));
	return reader;
}

static void free_all(struct past_reader *reader)
{
	past_reader_free(reader);
	arena_free(&arena);
}

static void lines_may_come_byte_by_byte(void **state)
{
	const char text[] = LINE_BEGIN LINE_START LINE_DONE LINE_END;
	struct past_reader *reader = past_reader_new(&arena);
	const struct past_run *log = past_model(reader);
	const struct past_file *file;
	uint32_t news = 0;

	(void)state;
	for (const char *p = text; *p; p++)
		news += past_feed(reader, p, 1);
	assert_int_equal(news, 4);
	assert_true(log->has_ended && log->seconds == 3.1);
	assert_int_equal(log->attempt_count, 1);
	assert_true(log->attempts[0].start == 1 && log->attempts[0].end == 2.5);
	assert_true(log->attempts[0].seconds == 1.4 && log->attempts[0].before_seconds == 3);
	assert_int_equal(log->attempts[0].exit_code, 0);
	assert_int_equal(log->attempts[0].outputs_more, 4);
	assert_int_equal(log->attempts[0].output_count, 1);
	file = log->attempts[0].outputs;
	assert_string_equal(file->path, "out/\xFF.txt"); /* as it is on disk */
	assert_int_equal(file->size, 5);
	assert_int_equal(file->sum.bytes[15], 1);
	assert_int_equal(file->mtime_ns, INT64_C(1764248956123456789));
	assert_int_equal(log->stages[0].state, PAST_DONE);
	free_all(reader);
}

static void a_torn_last_line_counts_for_nothing(void **state)
{
	const struct past_run *log;
	struct past_reader *reader;

	(void)state;
	reader = fed(LINE_BEGIN LINE_START "{\"event\": \"done\", \"at\": 2, \"stage\": \"asr\"}");
	log = past_model(reader);
	assert_int_equal(log->attempts[0].state, PAST_RUNNING);
	assert_true(log->attempts[0].end < 0);
	assert_false(log->has_ended);
	assert_true(log->seconds == 1); /* as far as is known */
	assert_int_equal(log->bad_lines, 0);
	/* its end may still come */
	assert_true(past_feed(reader, "\n", 1));
	assert_int_equal(past_model(reader)->attempts[0].state, PAST_DONE);
	free_all(reader);
}

static void unknown_events_and_members_are_passed_over(void **state)
{
	struct past_reader *reader = fed(
		LINE_BEGIN "{\"event\": \"moon\", \"at\": 1, \"stage\": \"x\", \"phase\": [1]}\n"
			   "{\"event\": \"start\", \"at\": 1, \"stage\": \"asr\", \"attempt\": 1, "
			   "\"new\": {\"a\": 1}}\n");
	const struct past_run *log = past_model(reader);

	(void)state;
	assert_int_equal(log->stage_count, 1);
	assert_int_equal(log->attempt_count, 1);
	assert_null(log->attempts[0].command);
	assert_null(log->attempts[0].reasons);
	assert_true(log->attempts[0].before_seconds < 0);
	assert_int_equal(log->bad_lines, 0);
	free_all(reader);
}

static void a_damaged_line_does_not_hide_the_others(void **state)
{
	struct past_reader *reader = fed(
		LINE_BEGIN LINE_START "{\"event\": \"do\n\n[1]\n\xFF\xFE\n{\"at\": 3}\n" LINE_DONE);
	const struct past_run *log = past_model(reader);

	(void)state;
	assert_int_equal(log->bad_lines, 4);
	assert_int_equal(log->attempts[0].state, PAST_DONE);
	free_all(reader);
}

/* Members of other types than they should have must not do harm. */
static void wrong_types_are_not_known(void **state)
{
	struct past_reader *reader = fed(LINE_BEGIN
		"{\"event\": \"start\", \"at\": \"x\", \"stage\": 7}\n"
		"{\"event\": \"start\", \"at\": null, \"stage\": \"a\", \"attempt\": -3, "
		"\"reasons\": null}\n"
		"{\"event\": \"sample\", \"at\": 1, \"stage\": \"a\", \"resources\": 5}\n"
		"{\"event\": \"done\", \"at\": 1, \"stage\": \"a\", \"exit_code\": 1e300, "
		"\"outputs\": [7, [], [null], [\"p\"], [\"q\", 1, -5, \"z\"]], \"inputs\": {}, "
		"\"inputs_more\": 3, \"cost\": \"much\"}\n"
		"{\"event\": \"fresh\", \"at\": 1, \"stages\": [1, null, \"b\"]}\n"
		"{\"event\": \"fresh\", \"at\": 1, \"stages\": 5}\n"
		"{\"event\": \"run_end\", \"at\": 2}\n");
	const struct past_run *log = past_model(reader);

	(void)state;
	assert_int_equal(log->stage_count, 2);
	assert_int_equal(log->attempts[0].number, 0);
	assert_int_equal(log->attempts[0].exit_code, -1);
	assert_int_equal(log->attempts[0].output_count, 2);
	assert_int_equal(log->attempts[0].outputs[1].size, 0);
	assert_int_equal(log->attempts[0].outputs[1].mtime_ns, 0);
	assert_int_equal(log->attempts[0].input_count, 0);
	assert_true(log->attempts[0].samples[0].memory_mb < 0);
	assert_true(log->has_ended && log->seconds == 2);
	free_all(reader);
}

static void a_stage_that_could_not_be_started_has_an_attempt(void **state)
{
	struct past_reader *reader = fed(
		LINE_BEGIN "{\"event\": \"fail\", \"at\": 2, \"stage\": \"asr\", \"attempt\": 1, "
			   "\"seconds\": 0, \"exit_code\": null, \"signal\": null, \"text\": "
			   "\"input is missing\", \"interrupted\": false, \"allowed\": true}\n");
	const struct past_attempt *attempt = past_model(reader)->attempts;

	(void)state;
	assert_int_equal(past_model(reader)->attempt_count, 1);
	assert_true(attempt->start == 2 && attempt->end == 2);
	assert_true(attempt->is_allowed && !attempt->is_interrupted);
	assert_string_equal(attempt->text, "input is missing");
	assert_int_equal(attempt->exit_code, -1);
	free_all(reader);
}

static void a_retry_waits_for_the_next_attempt(void **state)
{
	struct past_reader *reader =
		fed(LINE_BEGIN LINE_START "{\"event\": \"retry\", \"at\": 2, \"stage\": \"asr\", "
					  "\"attempt\": 1, \"seconds\": 1, \"exit_code\": null, "
					  "\"signal\": 9, \"text\": \"killed\"}\n");
	const struct past_run *log = past_model(reader);

	(void)state;
	assert_int_equal(log->stages[0].state, PAST_WAITING);
	assert_string_equal(log->stages[0].text, "killed");
	assert_true(log->attempts[0].will_retry && log->attempts[0].signal == 9);
	past_feed(reader, LINE_START, strlen(LINE_START));
	assert_int_equal(log->stages[0].state, PAST_RUNNING);
	assert_int_equal(log->attempt_count, 2);
	assert_int_equal(log->stages[0].last_attempt, 1);
	free_all(reader);
}

static void many_stages_and_samples_are_kept(void **state)
{
	struct past_reader *reader = fed(LINE_BEGIN LINE_START);
	const struct past_run *log = past_model(reader);
	char line[200];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(line, sizeof line,
			"{\"event\": \"sample\", \"at\": %d, \"stage\": \"asr\", \"resources\": "
			"{\"memory_mb\": %d}}\n"
			"{\"event\": \"fresh\", \"at\": 1, \"stages\": [\"s%d\"]}\n",
			i, i * 2, i);
		past_feed(reader, line, strlen(line));
	}
	assert_int_equal(log->stage_count, 1001);
	assert_int_equal(log->attempts[0].sample_count, 1000);
	for (int i = 0; i < 1000; i++)
		assert_true(log->attempts[0].samples[i].memory_mb == i * 2);
	assert_int_equal(past_stage_find(log, "s999"), 1000);
	free_all(reader);
}

static void another_schema_is_refused(void **state)
{
	struct past_run *log = NULL;
	struct err err = {0};

	(void)state;
	test_write("new.jsonl", "{\"event\": \"run_begin\", \"at\": 0, \"schema\": "
				"\"restage.run/2\"}\n");
	assert_int_equal(past_read(&arena, "new.jsonl", &log, &err), -1);
	assert_string_equal(
		err.text, "'new.jsonl' is no run record of a version that this restage knows");
	assert_null(log);
	err_clear(&err);
	test_write("bad.jsonl", "{\"event\": \"run_be\n");
	assert_int_equal(past_read(&arena, "bad.jsonl", &log, &err), -1);
	assert_string_equal(err.text, "'bad.jsonl' is no run record: it tells of no run");
	err_clear(&err);
	assert_int_equal(past_read(&arena, "none.jsonl", &log, &err), -1);
	assert_int_equal(err.sys, ENOENT);
	err_clear(&err);
	assert_int_equal(mkfifo("fifo.jsonl", 0600), 0);
	assert_int_equal(past_read(&arena, "fifo.jsonl", &log, &err), -1);
	arena_free(&arena);
}

static void a_record_that_says_nothing_yet_is_that_of_a_run(void **state)
{
	struct past_run *log = NULL;
	struct err err = {0};

	(void)state;
	fs_mkdirs("out/k/logs", &err);
	test_write("out/k/logs/99_pipeline_20251127_140915.jsonl", "{\"event\": \"run_be");
	assert_int_equal(
		past_read(&arena, "out/k/logs/99_pipeline_20251127_140915.jsonl", &log, &err), 0);
	assert_string_equal(log->run, "20251127_140915");
	assert_string_equal(log->job, "k");
	assert_string_equal(log->log, "out/k/logs/99_pipeline_20251127_140915.log");
	assert_false(log->has_ended);
	past_done(log);
	arena_free(&arena);
}

static void a_killed_run_is_not_alive(void **state)
{
	struct past_reader *reader;
	char host[256] = "", line[600];

	(void)state;
	gethostname(host, sizeof host - 1);
	/* this process, for a run that began now */
	snprintf(line, sizeof line, BEGIN("%s", "%ld", "2200-01-01T00:00:00.000000Z"), host,
		(long)getpid());
	reader = fed(line);
	assert_true(past_is_alive(past_model(reader)));
	past_feed(reader, LINE_END, strlen(LINE_END));
	assert_false(past_is_alive(past_model(reader)));
	past_reader_free(reader);
	/* a process that is younger than the run has only its number */
	snprintf(line, sizeof line, BEGIN("%s", "%ld", "2000-01-01T00:00:00.000000Z"), host,
		(long)getpid());
	reader = fed(line);
	assert_false(past_is_alive(past_model(reader)));
	past_reader_free(reader);
	/* one that is gone: beyond the largest number that Linux gives */
	snprintf(line, sizeof line, BEGIN("%s", "99999999", "2200-01-01T00:00:00.000000Z"), host);
	reader = fed(line);
	assert_false(past_is_alive(past_model(reader)));
	free_all(reader);
}

static void ids_of_runs_have_a_form(void **state)
{
	(void)state;
	assert_true(past_is_id("20251127_140915"));
	assert_true(past_is_id("20251127_140915_2"));
	assert_false(past_is_id("20251127_14091"));
	assert_false(past_is_id("20251127_140915_"));
	assert_false(past_is_id("20251127_140915_02"));
	assert_false(past_is_id("20251127-140915"));
	assert_false(past_is_id("subtitles"));
	assert_false(past_is_id(""));
}

static const char *found(const struct past_entry *entries, uint32_t count, const char *id)
{
	bool is_ambiguous;
	const struct past_entry *entry = past_find(entries, count, id, &is_ambiguous);

	if (is_ambiguous)
		return "ambiguous";
	return entry ? entry->run : "none";
}

static void runs_are_found_by_id_prefix_and_place(void **state)
{
	struct past_entry *entries;
	struct err err = {0};
	uint32_t count;

	(void)state;
	assert_int_equal(past_list(&arena, "out/j", &entries, &count, &err), 0);
	assert_int_equal(count, 0);
	assert_string_equal(found(entries, count, "last"), "none");
	fs_mkdirs("out/j/logs", &err);
	test_write("out/j/logs/99_pipeline_20251127_140915_10.log", "");
	test_write("out/j/logs/99_pipeline_20251127_140915_2.jsonl", "");
	test_write("out/j/logs/99_pipeline_20251127_140915_2.log", "");
	test_write("out/j/logs/99_pipeline_20251127_140915.log", "");
	test_write("out/j/logs/99_pipeline_20251129_000000.jsonl", "");
	test_write("out/j/logs/99_pipeline_mine.log", "");
	test_write("out/j/logs/notes.log", "");
	assert_int_equal(past_list(&arena, "out/j", &entries, &count, &err), 0);
	assert_int_equal(count, 4);
	assert_string_equal(
		entries[1].record_path, "out/j/logs/99_pipeline_20251127_140915_2.jsonl");
	assert_string_equal(entries[1].log_path, "out/j/logs/99_pipeline_20251127_140915_2.log");
	assert_null(entries[3].log_path);
	assert_null(entries[0].record_path);
	assert_string_equal(found(entries, count, "last"), "20251129_000000");
	assert_string_equal(found(entries, count, "last~1"), "20251127_140915_10");
	assert_string_equal(found(entries, count, "last~3"), "20251127_140915");
	assert_string_equal(found(entries, count, "last~4"), "none");
	assert_string_equal(found(entries, count, "last~x"), "none");
	assert_string_equal(found(entries, count, "20251127_140915"), "20251127_140915");
	assert_string_equal(found(entries, count, "20251129"), "20251129_000000");
	assert_string_equal(found(entries, count, "20251127"), "ambiguous");
	assert_string_equal(found(entries, count, "2026"), "none");
	assert_string_equal(found(entries, count, ""), "none");
	arena_free(&arena);
}

static void an_event_of_a_record_is_known_by_its_first_member(void **state)
{
	static const char *const starts[] = {
		"{\"event\": \"start\", \"at\": 1}", "{\"event\":\"start\"}"};
	static const char *const others[] = {"", "{", "{\"event\": \"start",
		"{\"event\": \"started\"}", "{\"at\": 1, \"event\": \"start\"}",
		"{\"event\": \"log\", \"text\": \"{\\\"event\\\": \\\"start\\\"}\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		assert_true(past_line_is(starts[i], strlen(starts[i]), "start"));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(past_line_is(others[i], strlen(others[i]), "start"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_may_come_byte_by_byte),
		cmocka_unit_test(a_torn_last_line_counts_for_nothing),
		cmocka_unit_test(unknown_events_and_members_are_passed_over),
		cmocka_unit_test(a_damaged_line_does_not_hide_the_others),
		cmocka_unit_test(wrong_types_are_not_known),
		cmocka_unit_test(a_stage_that_could_not_be_started_has_an_attempt),
		cmocka_unit_test(a_retry_waits_for_the_next_attempt),
		cmocka_unit_test(many_stages_and_samples_are_kept),
		TEST_IN_DIR(another_schema_is_refused),
		cmocka_unit_test(a_record_that_says_nothing_yet_is_that_of_a_run),
		cmocka_unit_test(a_killed_run_is_not_alive),
		cmocka_unit_test(ids_of_runs_have_a_form),
		TEST_IN_DIR(runs_are_found_by_id_prefix_and_place),
		cmocka_unit_test(an_event_of_a_record_is_known_by_its_first_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
