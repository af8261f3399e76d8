#include "view/console/console.h"

#include "view_screen.h"

static void a_stage_is_told_with_its_reason_and_its_duration(void **state)
{
	const struct reason reasons[] = {
		{REASON_INPUT_CHANGED, "in/a.mp4", "input in/a.mp4 changed"},
		{REASON_OUTPUT_MISSING, "b", "output b is missing"},
	};
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_NORMAL});

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	tell(&w->told, (struct run_event){
			       .kind = STAGE_START,
			       .attempt_number = 1,
			       .reasons = reasons,
			       .reason_count = 2,
		       });
	tell_done(&w->told, 0);
	assert_string_equal(buf_text(&w->screen.bytes),
		"demux: running (input in/a.mp4 changed (+1 more))\n"
		"demux: done in 4.2s\n");
	watch_end(w);
}

static void fresh_stages_are_only_counted(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_NORMAL});

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	for (uint32_t i = 0; i < 3; i++)
		tell_stage(&w->told, STAGE_FRESH, i);
	w->told.totals.fresh = w->told.totals.done = 3;
	w->told.totals.saved_seconds = 65;
	tell_run(&w->told, RUN_END);
	assert_string_equal(
		buf_text(&w->screen.bytes), "nothing to do: 3 up to date in 0.0s (saved 1m 05s)\n");
	watch_end(w);
}

static void failures_end_the_output(void **state)
{
	const char *const tail[] = {"[2025-11-27 14:09:15] [demux] [ERROR] no such\033[2J file"};
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_NORMAL});

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	tell_stage(&w->told, STAGE_START, 0);
	tell_failed(&w->told, 0, tail, 1);
	tell(&w->told, (struct run_event){.kind = STAGE_BLOCKED, .stage = 1, .other = 0});
	w->told.totals.blocked = 2;
	tell_run(&w->told, RUN_END);
	assert_string_equal(buf_text(&w->screen.bytes),
		"demux: running\n"
		"demux: failed (exit code 1, 4.2s)\n"
		"asr: not run, needs demux\n"
		"1 failed, 2 not run in 0.0s\n"
		"\n"
		"demux failed\n"
		"  | [2025-11-27 14:09:15] [demux] [ERROR] no such\\x1b[2J file\n"
		"  command  ffmpeg -i in/a.mp4\n"
		"  ended    exit code 1, 4.2s\n"
		"  log      out/job/01_demux/stage.log\n"
		"  next     restage logs demux shows all of it; restage run goes on from here\n");
	watch_end(w);
}

static void quiet_tells_failures_and_nothing_else(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_QUIET});

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	tell_text(&w->told, RUN_NOTICE, NONE, LOG_WARNING, "odd");
	tell_stage(&w->told, STAGE_START, 0);
	tell_done(&w->told, 0);
	tell_stage(&w->told, STAGE_START, 1);
	tell_failed(&w->told, 1, NULL, 0);
	tell_run(&w->told, RUN_END);
	assert_string_equal(buf_text(&w->screen.bytes),
		"asr failed\n"
		"  command  ffmpeg -i in/a.mp4\n"
		"  ended    exit code 1, 4.2s\n"
		"  log      out/job/02_asr/stage.log\n"
		"  next     restage logs asr shows all of it; restage run goes on from here\n");
	watch_end(w);
}

static void verbose_shows_lines_of_stages(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_VERBOSE});

	(void)state;
	assert_true(w->told.listener->wants_lines);
	tell_run(&w->told, RUN_BEGIN);
	tell_stage(&w->told, STAGE_FRESH, 0);
	tell_text(&w->told, STAGE_LINE, 1, LOG_INFO, "frame 1");
	tell_text(&w->told, STAGE_LOG, 1, LOG_INFO, "half");
	assert_string_equal(
		buf_text(&w->screen.bytes), "demux: up to date\nasr | frame 1\nasr: half\n");
	watch_end(w);
}

static void warnings_are_shown_and_details_are_not(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_NORMAL});

	(void)state;
	assert_false(w->told.listener->wants_lines);
	tell_run(&w->told, RUN_BEGIN);
	tell_text(&w->told, STAGE_LOG, 1, LOG_INFO, "half");
	tell_text(&w->told, STAGE_LOG, 1, LOG_WARNING, "slow");
	tell_text(&w->told, STAGE_WARNING, 1, LOG_WARNING, "untracked file");
	tell_text(&w->told, RUN_NOTICE, NONE, LOG_WARNING, "cache damaged");
	assert_string_equal(buf_text(&w->screen.bytes), "asr: warning: slow\n"
							"asr: warning: untracked file\n"
							"warning: cache damaged\n");
	watch_end(w);
}

static void more_than_ten_failures_are_counted(void **state)
{
	struct made made = made_new();
	struct watched *w;
	char name[16], output[32];

	(void)state;
	for (int i = 0; i < 13; i++) {
		snprintf(name, sizeof name, "s%d", i);
		snprintf(output, sizeof output, "o=out/job/x%d", i);
		made_stage(&made, name, "in=i", output);
	}
	w = watch_with(made_graph(&made), (struct console_options){.volume = CONSOLE_QUIET});
	tell_run(&w->told, RUN_BEGIN);
	for (uint32_t i = 0; i < 13; i++)
		tell_failed(&w->told, i, NULL, 0);
	tell_run(&w->told, RUN_END);
	assert_has(&w->screen.bytes, "s9 failed");
	assert_lacks(&w->screen.bytes, "s10 failed");
	assert_has(&w->screen.bytes, "… and 3 more failed");
	watch_end(w);
}

static void of_many_that_are_not_run_a_few_are_named(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_NORMAL});
	size_t after_ten;

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	for (int i = 0; i < 10; i++)
		tell(&w->told, (struct run_event){.kind = STAGE_BLOCKED, .stage = 1});
	after_ten = w->screen.bytes.len;
	assert_true(after_ten > 0);
	tell(&w->told, (struct run_event){.kind = STAGE_BLOCKED, .stage = 1});
	assert_int_equal(w->screen.bytes.len, after_ten);
	watch_end(w);
}

static void a_command_of_several_lines_stays_readable(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_QUIET});
	struct attempt attempt = made_attempt(w->graph, 0, 1);

	(void)state;
	attempt.command = "set -x\nfalse\n";
	tell_run(&w->told, RUN_BEGIN);
	tell(&w->told, (struct run_event){.kind = STAGE_FAIL, .attempt = &attempt});
	tell_run(&w->told, RUN_END);
	assert_has(&w->screen.bytes, "  command  set -x\n           false\n  ended");
	watch_end(w);
}

static void an_allowed_failure_is_told_but_not_shown_at_the_end(void **state)
{
	struct graph *graph = made_three();
	struct watched *w;

	(void)state;
	graph->settings[0].flags |= SET_ALLOW_FAILURE;
	w = watch_with(graph, (struct console_options){.volume = CONSOLE_NORMAL});
	tell_run(&w->told, RUN_BEGIN);
	tell_stage(&w->told, STAGE_START, 0);
	tell_failed(&w->told, 0, NULL, 0);
	w->told.totals.failed = 0;
	w->told.totals.allowed_failures = 1;
	w->told.totals.ran = 2;
	tell_run(&w->told, RUN_END);
	assert_string_equal(buf_text(&w->screen.bytes),
		"demux: running\n"
		"demux: failed (exit code 1, 4.2s), which is allowed\n"
		"2 ran, 1 allowed to fail in 0.0s\n");
	watch_end(w);
}

static void an_interrupted_stage_is_no_failure(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_NORMAL});
	struct attempt attempt = made_attempt(w->graph, 0, 0);

	(void)state;
	attempt.is_interrupted = true;
	tell_run(&w->told, RUN_BEGIN);
	tell_stage(&w->told, STAGE_START, 0);
	tell(&w->told, (struct run_event){.kind = RUN_SIGNAL, .count = 2});
	tell(&w->told, (struct run_event){.kind = STAGE_FAIL, .attempt = &attempt});
	w->told.totals.interrupted = 1;
	tell_run(&w->told, RUN_END);
	assert_string_equal(buf_text(&w->screen.bytes),
		"demux: running\n"
		"stopping on SIGINT; once more kills at once\n"
		"demux: interrupted after 4.2s\n"
		"1 interrupted, 2 not run in 0.0s\n");
	watch_end(w);
}

static void for_github_failures_are_left_out_and_lines_are_no_commands(void **state)
{
	struct made made = made_new();
	struct watched *w;

	(void)state;
	made_stage(&made, "a", "in=i", "o=out/job/x");
	w = watch_with(made_graph(&made),
		(struct console_options){.volume = CONSOLE_VERBOSE, .is_github = true});
	tell_run(&w->told, RUN_BEGIN);
	tell_text(&w->told, STAGE_LINE, 0, LOG_INFO, "##[error]x");
	tell_text(&w->told, RUN_NOTICE, NONE, LOG_INFO, "::error::x");
	tell_failed(&w->told, 0, NULL, 0);
	tell_run(&w->told, RUN_END);
	assert_string_equal(buf_text(&w->screen.bytes), "a | #\\#[error]x\n\\::error::x\n"
							"a: failed (exit code 1, 4.2s)\n"
							"1 failed in 0.0s\n");
	watch_end(w);
}

static void a_stage_that_never_started_has_no_log(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_NORMAL});
	struct attempt attempt = made_attempt(w->graph, 0, -1);

	(void)state;
	attempt.command = NULL;
	attempt.duration_seconds = 0;
	tell_run(&w->told, RUN_BEGIN);
	tell(&w->told, (struct run_event){
			       .kind = STAGE_FAIL,
			       .attempt = &attempt,
			       .text = "input 'in/a.mp4' does not exist",
		       });
	w->told.totals.failed = 1;
	tell_run(&w->told, RUN_END);
	assert_has(&w->screen.bytes, "\ndemux failed: input 'in/a.mp4' does not exist\n");
	assert_lacks(&w->screen.bytes, "stage.log");
	watch_end(w);
}

static void colour_is_only_there_when_asked_for(void **state)
{
	struct watched *w = watch_with(
		made_three(), (struct console_options){.volume = CONSOLE_NORMAL, .color = true});

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	tell_stage(&w->told, STAGE_START, 0);
	tell_done(&w->told, 0);
	assert_has(&w->screen.bytes, "\033[32mdone\033[0m in 4.2s\n");
	watch_end(w);
}

static void what_runs_is_told_when_nothing_else_is(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_NORMAL});

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	assert_int_equal(watch_wait(w, 100000), -1); /* nothing runs */
	tell_stage(&w->told, STAGE_START, 0);
	assert_true(watch_wait(w, 20000) > 9000);
	tell_stage(&w->told, STAGE_START, 1);
	buf_reset(&w->screen.bytes);
	assert_true(watch_wait(w, 29000) <= 1001);
	assert_string_equal(buf_text(&w->screen.bytes), "");
	w->told.totals.done = 1;
	w->told.totals.selected = 3;
	assert_true(watch_wait(w, 1000) > 29000);
	assert_string_equal(buf_text(&w->screen.bytes),
		"still running: demux, for 50.0s; and 1 more; 1 of 3 done\n");
	buf_reset(&w->screen.bytes);
	tell_done(&w->told, 0);
	tell(&w->told, (struct run_event){
			       .kind = STAGE_PROGRESS,
			       .stage = 1,
			       .fraction = 0.25,
			       .text = "frame=12",
		       });
	buf_reset(&w->screen.bytes);
	watch_wait(w, 30000);
	assert_string_equal(buf_text(&w->screen.bytes),
		"still running: asr, for 1m 00s, 25%, frame=12; 2 of 3 done\n");
	watch_end(w);
}

static void queue(struct watched *w, uint32_t stage, const char *why)
{
	tell(&w->told, (struct run_event){.kind = STAGE_QUEUED, .stage = stage, .text = why});
}

static void what_waits_elsewhere_is_told_with_what_for(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_NORMAL});

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	w->told.totals.selected = 3;
	queue(w, 0, NULL);
	queue(w, 1, "Priority");
	queue(w, 0, "PartitionConfig");
	assert_string_equal(buf_text(&w->screen.bytes), "");
	watch_wait(w, 30000);
	assert_string_equal(buf_text(&w->screen.bytes),
		"still queued: asr (Priority), demux (PartitionConfig); 0 of 3 done\n");
	tell_stage(&w->told, STAGE_START, 1);
	buf_reset(&w->screen.bytes);
	watch_wait(w, 30000);
	assert_string_equal(buf_text(&w->screen.bytes),
		"still running: asr, for 30.0s; queued: demux (PartitionConfig); 0 of 3 done\n");
	tell_done(&w->told, 1);
	tell_failed(&w->told, 0, NULL, 0);
	assert_int_equal(watch_wait(w, 100000), -1);
	watch_end(w);
}

static void quiet_tells_nothing_of_what_runs(void **state)
{
	struct watched *w =
		watch_with(made_three(), (struct console_options){.volume = CONSOLE_QUIET});

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	tell_stage(&w->told, STAGE_START, 0);
	assert_int_equal(watch_wait(w, 100000), -1);
	assert_string_equal(buf_text(&w->screen.bytes), "");
	watch_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stage_is_told_with_its_reason_and_its_duration),
		cmocka_unit_test(fresh_stages_are_only_counted),
		cmocka_unit_test(failures_end_the_output),
		cmocka_unit_test(quiet_tells_failures_and_nothing_else),
		cmocka_unit_test(verbose_shows_lines_of_stages),
		cmocka_unit_test(warnings_are_shown_and_details_are_not),
		cmocka_unit_test(more_than_ten_failures_are_counted),
		cmocka_unit_test(of_many_that_are_not_run_a_few_are_named),
		cmocka_unit_test(a_command_of_several_lines_stays_readable),
		cmocka_unit_test(an_allowed_failure_is_told_but_not_shown_at_the_end),
		cmocka_unit_test(an_interrupted_stage_is_no_failure),
		cmocka_unit_test(for_github_failures_are_left_out_and_lines_are_no_commands),
		cmocka_unit_test(a_stage_that_never_started_has_no_log),
		cmocka_unit_test(colour_is_only_there_when_asked_for),
		cmocka_unit_test(what_runs_is_told_when_nothing_else_is),
		cmocka_unit_test(what_waits_elsewhere_is_told_with_what_for),
		cmocka_unit_test(quiet_tells_nothing_of_what_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
