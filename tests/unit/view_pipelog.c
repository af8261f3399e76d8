#include "view/files/files.h"

#include <errno.h>

#include "base_test.h"
#include "view_test.h"

#define LOG "out/job/logs/99_pipeline_20251127_140915.log"

/* A run of three stages with its log; the log is read when it was freed. */
struct logged {
	struct graph *graph;
	struct listener *log;
	struct told told;
	struct buf text;
};

static struct logged begin(struct graph *graph)
{
	struct logged logged = {.graph = graph, .log = pipelog_new(NULL)};

	setenv("TZ", "UTC", 1);
	logged.told = told_new(graph, logged.log);
	return logged;
}

static void read_log(struct logged *logged)
{
	struct err err = {0};

	buf_reset(&logged->text);
	if (fs_read(LOG, 1 << 30, &logged->text, &err) < 0)
		fail_msg("%s", err.text);
}

static void end(struct logged *logged)
{
	struct err err = {0};

	assert_int_equal(listener_error(logged->log, &err), 0);
	listener_free(logged->log);
	read_log(logged);
	graph_free(logged->graph);
}

static void the_header_is_that_of_the_logging_architecture(void **state)
{
	struct logged logged = begin(made_three());

	(void)state;
	tell_run(&logged.told, RUN_BEGIN);
	end(&logged);
	assert_string_equal(buf_text(&logged.text),
		"[2025-11-27 14:09:15] [pipeline] [INFO] "
		"================================================================================\n"
		"[2025-11-27 14:09:15] [pipeline] [INFO] PIPELINE LOGGING ARCHITECTURE\n"
		"[2025-11-27 14:09:15] [pipeline] [INFO] "
		"================================================================================\n"
		"[2025-11-27 14:09:15] [pipeline] [INFO] 📋 Main pipeline log: "
		"logs/99_pipeline_20251127_140915.log\n"
		"[2025-11-27 14:09:15] [pipeline] [INFO] 📋 Stage logs: Each stage writes to its "
		"own subdirectory\n"
		"[2025-11-27 14:09:15] [pipeline] [INFO] 📋 Stage manifests: Track "
		"inputs/outputs/intermediate files\n"
		"[2025-11-27 14:09:15] [pipeline] [INFO] 📋 Pipeline subtitles, job out/job, run "
		"20251127_140915: 3 stages\n"
		"[2025-11-27 14:09:15] [pipeline] [INFO]\n");
	buf_free(&logged.text);
}

static void a_stage_that_completes_is_told_in_the_words_of_the_seed(void **state)
{
	const struct reason reason = {REASON_INPUT_CHANGED, "in/a.mp4", "input in/a.mp4 changed"};
	struct logged logged = begin(made_three());

	(void)state;
	tell_run(&logged.told, RUN_BEGIN);
	tell(&logged.told, (struct run_event){
				   .kind = STAGE_START,
				   .attempt_number = 1,
				   .reasons = &reason,
				   .reason_count = 1,
			   });
	logged.told.wall_ns += INT64_C(4000000000);
	tell_done(&logged.told, 0);
	end(&logged);
	assert_has(&logged.text,
		"[2025-11-27 14:09:15] [pipeline] [INFO] ▶️  Stage demux: STARTING\n"
		"[2025-11-27 14:09:15] [pipeline] [INFO] 🔎 Reason: input in/a.mp4 changed\n"
		"[2025-11-27 14:09:15] [pipeline] [INFO] 📥 Input: in/a.mp4\n"
		"[2025-11-27 14:09:15] [pipeline] [INFO] 📤 Output: 01_demux/audio.wav\n"
		"[2025-11-27 14:09:19] [pipeline] [INFO] ✅ Stage demux: COMPLETED (4.2s)\n");
	buf_free(&logged.text);
}

static void a_failure_is_found_by_both_greps(void **state)
{
	struct logged logged = begin(made_three());

	(void)state;
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 1);
	tell_failed(&logged.told, 1, NULL, 0);
	tell(&logged.told, (struct run_event){.kind = STAGE_BLOCKED, .stage = 2, .other = 1});
	tell_run(&logged.told, RUN_END);
	end(&logged);
	assert_has(&logged.text, "[ERROR] ❌ Stage asr: FAILED (exit code 1, 4.2s)\n");
	assert_has(&logged.text, "📋 Stage log: 02_asr/stage.log\n");
	assert_has(&logged.text, "[WARNING] ⏭️  Stage mux: NOT RUN (needs asr)\n");
	assert_has(&logged.text, "[ERROR] ❌ Pipeline: FAILED (");
	buf_free(&logged.text);
}

static void what_went_wrong_is_told_where_the_exit_code_does_not(void **state)
{
	struct logged logged = begin(made_three());
	struct attempt attempt = made_attempt(logged.graph, 0, 0);

	(void)state;
	attempt.signal = 9;
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 0);
	tell(&logged.told, (struct run_event){
				   .kind = STAGE_FAIL,
				   .attempt = &attempt,
				   .text = "timed out after 30m 00s",
			   });
	end(&logged);
	assert_has(&logged.text,
		"❌ Stage demux: FAILED (killed by SIGKILL, 4.2s): timed out after 30m 00s\n");
	buf_free(&logged.text);
}

static void a_retry_is_no_failure_yet(void **state)
{
	struct logged logged = begin(made_three());
	struct attempt attempt = made_attempt(logged.graph, 0, 1);

	(void)state;
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 0);
	tell(&logged.told, (struct run_event){
				   .kind = STAGE_RETRY,
				   .attempt = &attempt,
				   .delay_ms = 5000,
			   });
	tell(&logged.told, (struct run_event){.kind = STAGE_START, .attempt_number = 2});
	end(&logged);
	assert_has(&logged.text, "[WARNING] 🔁 Stage demux: attempt 1 failed (exit code 1, 4.2s), "
				 "RETRYING in 5.0s\n");
	assert_has(&logged.text, "▶️  Stage demux: STARTING (attempt 2)\n");
	assert_lacks(&logged.text, "FAILED");
	buf_free(&logged.text);
}

static void an_interrupted_stage_did_not_fail(void **state)
{
	struct logged logged = begin(made_three());
	struct attempt attempt = made_attempt(logged.graph, 0, 0);

	(void)state;
	attempt.signal = 15;
	attempt.is_interrupted = true;
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 0);
	tell(&logged.told, (struct run_event){.kind = RUN_SIGNAL, .count = 2});
	tell(&logged.told, (struct run_event){.kind = STAGE_FAIL, .attempt = &attempt});
	logged.told.totals.interrupted = 1;
	tell_run(&logged.told, RUN_END);
	end(&logged);
	assert_has(&logged.text, "⚠️  Stopping on SIGINT\n");
	assert_has(&logged.text, "⏹️  Stage demux: INTERRUPTED (killed by SIGTERM, 4.2s)\n");
	assert_has(&logged.text, "⏹️  Pipeline: INTERRUPTED (");
	assert_lacks(&logged.text, "FAILED");
	buf_free(&logged.text);
}

static void a_run_with_nothing_to_do_logs_one_line(void **state)
{
	struct logged logged = begin(made_three());

	(void)state;
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_FRESH, 0);
	tell_stage(&logged.told, STAGE_SKIP, 1);
	tell_stage(&logged.told, STAGE_FRESH, 2);
	logged.told.totals.fresh = 2;
	logged.told.totals.skipped = 1;
	logged.told.totals.done = 3;
	logged.told.totals.saved_seconds = 65;
	tell_run(&logged.told, RUN_END);
	end(&logged);
	assert_has(&logged.text,
		"[INFO]\n[2025-11-27 14:09:15] [pipeline] [INFO] ⏭️  Nothing to run: 2 up to date, "
		"1 skipped (0.0s, saved 1m 05s)\n");
	assert_lacks(&logged.text, "Stage demux");
	buf_free(&logged.text);
}

static void stages_found_up_to_date_are_told_once_something_runs(void **state)
{
	struct logged logged = begin(made_three());

	(void)state;
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_FRESH, 0);
	logged.told.wall_ns += INT64_C(2000000000);
	tell_stage(&logged.told, STAGE_START, 1);
	tell_done(&logged.told, 1);
	tell_stage(&logged.told, STAGE_FRESH, 2);
	tell_run(&logged.told, RUN_END);
	end(&logged);
	assert_has(&logged.text,
		"[2025-11-27 14:09:15] [pipeline] [INFO] ⏭️  Stage demux: SKIPPED (up to date)\n"
		"[2025-11-27 14:09:17] [pipeline] [INFO] ▶️  Stage asr: STARTING\n");
	assert_has(&logged.text, "⏭️  Stage mux: SKIPPED (up to date)\n");
	buf_free(&logged.text);
}

static void a_stage_that_skips_itself_says_why(void **state)
{
	struct logged logged = begin(made_three());
	struct attempt attempt = made_attempt(logged.graph, 0, 0);

	(void)state;
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 0);
	tell(&logged.told, (struct run_event){
				   .kind = STAGE_SKIP,
				   .attempt = &attempt,
				   .text = "no speech in it",
			   });
	end(&logged);
	assert_has(&logged.text, "⏭️  Stage demux: SKIPPED (no speech in it)\n");
	buf_free(&logged.text);
}

static void what_stages_log_has_their_name(void **state)
{
	struct logged logged = begin(made_three());

	(void)state;
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 0);
	tell_text(&logged.told, STAGE_LOG, 0, LOG_INFO, "first\nsecond");
	tell_text(&logged.told, STAGE_LOG, 0, LOG_DEBUG, "a detail");
	tell_text(&logged.told, STAGE_LINE, 0, LOG_INFO, "a line of output");
	tell_text(&logged.told, STAGE_WARNING, 0, LOG_WARNING, "odd");
	end(&logged);
	assert_has(&logged.text, "[2025-11-27 14:09:15] [demux] [INFO] first\n"
				 "[2025-11-27 14:09:15] [demux] [INFO] second\n");
	assert_has(&logged.text, "[pipeline] [WARNING] ⚠️  Stage demux: odd\n");
	assert_lacks(&logged.text, "a detail");
	assert_lacks(&logged.text, "a line of output");
	buf_free(&logged.text);
}

static void many_inputs_are_cut_to_twenty(void **state)
{
	struct made made = made_new();
	struct buf inputs = {0};
	struct logged logged;

	(void)state;
	for (int i = 0; i < 50; i++)
		buf_fmt(&inputs, "%sin=in/%02d", i ? "|" : "", i);
	made_stage(&made, "merge", buf_text(&inputs), "out=out/job/01_merge/all");
	buf_free(&inputs);
	logged = begin(made_graph(&made));
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 0);
	end(&logged);
	assert_has(&logged.text, "📥 Input: in/19\n");
	assert_lacks(&logged.text, "📥 Input: in/20\n");
	assert_has(&logged.text, "📥 Input: … and 30 more\n");
	buf_free(&logged.text);
}

static void a_name_cannot_break_a_line(void **state)
{
	struct made made = made_new();
	struct logged logged;

	(void)state;
	made_stage(&made, "a", "in=in/x\n[2025] [pipeline] [ERROR] ❌ Stage a: FAILED",
		"out=out/job/01_a/o");
	logged = begin(made_graph(&made));
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 0);
	end(&logged);
	assert_has(&logged.text, "📥 Input: in/x\\n[2025]");
	buf_free(&logged.text);
}

static void the_summary_has_counts_times_and_the_slowest(void **state)
{
	struct logged logged = begin(made_three());

	(void)state;
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 0);
	tell_done(&logged.told, 0);
	tell_stage(&logged.told, STAGE_START, 1);
	tell_done(&logged.told, 1);
	logged.told.totals.fresh = 1;
	logged.told.totals.seconds = 9;
	logged.told.totals.cpu_seconds = 12;
	money_add(&logged.told.totals.costs, "EUR", 0.25);
	money_add(&logged.told.totals.costs, "USD", 12);
	tell_run(&logged.told, RUN_END);
	end(&logged);
	assert_has(&logged.text, "✅ Pipeline: COMPLETED (9.0s)\n");
	assert_has(&logged.text, "📊 Stages: 3 selected, 2 ran, 1 up to date\n");
	assert_has(&logged.text, "💻 CPU time: 12.0s\n");
	assert_has(&logged.text, "💰 Cost: 0.25 EUR, 12.00 USD\n");
	assert_has(&logged.text, "🐢 Slowest: demux 4.2s, asr 4.2s\n");
	buf_free(&logged.text);
}

static void lines_are_on_disk_a_moment_later(void **state)
{
	struct logged logged = begin(made_three());
	struct listener *listener = logged.log;
	int wish;

	(void)state;
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 0);
	read_log(&logged);
	assert_lacks(&logged.text, "STARTING");
	wish = listener->tick(listener->ctx, logged.told.mono_ns, &logged.told.totals);
	assert_in_range(wish, 1, 100);
	assert_int_equal(listener->tick(listener->ctx, logged.told.mono_ns + wish * 1000000LL,
				 &logged.told.totals),
		-1);
	read_log(&logged);
	assert_has(&logged.text, "STARTING");
	end(&logged);
	buf_free(&logged.text);
}

static void what_came_before_the_run_stands_behind_the_header(void **state)
{
	struct logged logged = begin(made_three());

	(void)state;
	tell_text(&logged.told, RUN_WAIT, NONE, LOG_INFO, "waiting for pid 1");
	tell_run(&logged.told, RUN_BEGIN);
	end(&logged);
	assert_has(&logged.text, "[INFO]\n[2025-11-27 14:09:15] [pipeline] [INFO] ⏳ waiting for "
				 "pid 1\n");
	buf_free(&logged.text);
}

static void a_log_that_cannot_be_made_is_told_once(void **state)
{
	struct logged logged = begin(made_three());
	struct err err = {0};

	(void)state;
	test_write("out", "a file");
	tell_run(&logged.told, RUN_BEGIN);
	tell_stage(&logged.told, STAGE_START, 0);
	tell_run(&logged.told, RUN_END);
	assert_int_equal(listener_error(logged.log, &err), -1);
	assert_int_equal(err.code, EXIT_WORLD);
	assert_non_null(strstr(err.text, "out"));
	listener_free(logged.log);
	graph_free(logged.graph);
}

static void a_full_disk_is_told(void **state)
{
	struct logged logged = begin(made_three());
	struct err err = {0};

	(void)state;
	assert_int_equal(fs_mkdirs("out/job/logs", &err), 0);
	assert_int_equal(symlink("/dev/full", LOG), 0);
	tell_run(&logged.told, RUN_BEGIN);
	tell_run(&logged.told, RUN_END);
	assert_int_equal(listener_error(logged.log, &err), -1);
	assert_int_equal(err.sys, ENOSPC);
	assert_non_null(strstr(err.text, LOG));
	listener_free(logged.log);
	graph_free(logged.graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(the_header_is_that_of_the_logging_architecture),
		TEST_IN_DIR(a_stage_that_completes_is_told_in_the_words_of_the_seed),
		TEST_IN_DIR(a_failure_is_found_by_both_greps),
		TEST_IN_DIR(what_went_wrong_is_told_where_the_exit_code_does_not),
		TEST_IN_DIR(a_retry_is_no_failure_yet),
		TEST_IN_DIR(an_interrupted_stage_did_not_fail),
		TEST_IN_DIR(a_run_with_nothing_to_do_logs_one_line),
		TEST_IN_DIR(stages_found_up_to_date_are_told_once_something_runs),
		TEST_IN_DIR(a_stage_that_skips_itself_says_why),
		TEST_IN_DIR(what_stages_log_has_their_name),
		TEST_IN_DIR(many_inputs_are_cut_to_twenty),
		TEST_IN_DIR(a_name_cannot_break_a_line),
		TEST_IN_DIR(the_summary_has_counts_times_and_the_slowest),
		TEST_IN_DIR(lines_are_on_disk_a_moment_later),
		TEST_IN_DIR(what_came_before_the_run_stands_behind_the_header),
		TEST_IN_DIR(a_log_that_cannot_be_made_is_told_once),
		TEST_IN_DIR(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
