#include "view_screen.h"

static struct watched *watch_live(struct graph *graph)
{
	return watch_with(
		graph, (struct console_options){.volume = CONSOLE_NORMAL, .is_live = true});
}

static void start(struct watched *w, uint32_t stage, double before)
{
	tell(&w->told, (struct run_event){
			       .kind = STAGE_START,
			       .stage = stage,
			       .other = NONE,
			       .attempt_number = 1,
			       .before_seconds = before,
		       });
}

static void progress(struct watched *w, uint32_t stage, double fraction, const char *text)
{
	tell(&w->told, (struct run_event){
			       .kind = STAGE_PROGRESS,
			       .stage = stage,
			       .other = NONE,
			       .fraction = fraction,
			       .text = text,
		       });
}

static void a_short_run_draws_nothing(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	tell_done(&w->told, 0);
	tell_run(&w->told, RUN_END);
	assert_string_equal(
		buf_text(&w->screen.bytes), "demux: done in 4.2s\n1 ran, 2 not run in 0.0s\n");
	watch_end(w);
}

static void running_stages_stand_below_with_their_time(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, 30);
	start(w, 1, -1);
	progress(w, 1, 0.42, "decoding");
	w->told.totals.eta_seconds = 65;
	watch_wait(w, 12500);
	assert_screen(&w->screen, "  demux      12s of ~30s\n"
				  "  asr        12s   42%  decoding\n"
				  "[0/3] 2 running, ETA 1m 05s\n");
	watch_end(w);
}

static void what_waits_elsewhere_stands_below_what_runs(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	tell(&w->told, (struct run_event){.kind = STAGE_QUEUED, .stage = 1, .text = "Priority"});
	watch_wait(w, 12500);
	assert_screen(&w->screen, "  demux      12s\n"
				  "  queued: asr (Priority)\n"
				  "[0/3] 1 running, 1 queued\n");
	watch_end(w);
}

static void completed_stages_scroll_above(void **state)
{
	const struct reason reason = {REASON_NEVER_RAN, NULL, "never ran"};
	struct watched *w = watch_live(made_three());
	struct attempt attempt = made_attempt(w->graph, 0, 0);

	(void)state;
	attempt.reasons = &reason;
	attempt.reason_count = 1;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	watch_wait(w, 1000);
	w->told.totals.done = 1;
	tell(&w->told, (struct run_event){.kind = STAGE_DONE, .attempt = &attempt});
	start(w, 1, -1);
	watch_wait(w, 1000);
	assert_screen(&w->screen, "demux: done in 4.2s (never ran)\n"
				  "  asr       1s\n"
				  "[1/3] 1 running\n");
	watch_end(w);
}

static void nothing_is_left_of_the_region_at_the_end(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	watch_wait(w, 1000);
	tell_failed(&w->told, 0, NULL, 0);
	watch_wait(w, 1000);
	tell_run(&w->told, RUN_END);
	assert_screen(&w->screen,
		"demux: failed (exit code 1, 4.2s)\n"
		"1 failed, 2 not run in 0.0s\n"
		"\n"
		"demux failed\n"
		"  command  ffmpeg -i in/a.mp4\n"
		"  ended    exit code 1, 4.2s\n"
		"  log      out/job/01_demux/stage.log\n"
		"  next     restage logs demux shows all of it; restage run goes on from here\n");
	watch_end(w);
}

static void a_run_that_just_stops_leaves_a_clean_terminal(void **state)
{
	struct watched *w = watch_live(made_three());
	struct screen *copy;

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	watch_wait(w, 1000);
	listener_free(w->console);
	copy = &w->screen;
	assert_screen(copy, "\n");
	assert_int_equal(copy->column, 0);
	w->console = NULL;
	watch_end(w);
}

static void nothing_is_written_while_nothing_changes(void **state)
{
	struct watched *w = watch_live(made_three());
	uint32_t writes;

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	watch_wait(w, 1050);
	writes = w->screen.writes;
	watch_wait(w, 200);
	watch_wait(w, 200);
	assert_int_equal(w->screen.writes, writes);
	watch_wait(w, 1000); /* the seconds have changed */
	assert_int_equal(w->screen.writes, writes + 1);
	watch_end(w);
}

static void a_storm_of_events_is_drawn_ten_times_a_second(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	for (int i = 0; i < 2000; i++) {
		w->told.mono_ns += 1000000;
		progress(w, 0, i / 2000.0, "frame");
	}
	assert_in_range(w->screen.writes, 10, 20);
	watch_end(w);
}

static void the_next_wish_is_the_next_second(void **state)
{
	struct watched *w = watch_live(made_three());
	int wish;

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	wish = watch_wait(w, 1300);
	assert_in_range(wish, 650, 750);
	watch_end(w);
}

static void more_stages_than_rows_are_counted(void **state)
{
	struct made made = made_new();
	struct watched *w;
	char name[16], output[32];

	(void)state;
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof name, "s%d", i);
		snprintf(output, sizeof output, "o=out/job/x%d", i);
		made_stage(&made, name, "in=i", output);
	}
	w = watch_live(made_graph(&made));
	w->screen.rows = 6;
	tell_run(&w->told, RUN_BEGIN);
	for (uint32_t i = 0; i < 8; i++)
		start(w, i, -1);
	watch_wait(w, 1000);
	assert_screen(&w->screen, "  s0       1s\n"
				  "  s1       1s\n"
				  "  … and 6 more\n"
				  "[0/8] 8 running\n");
	w->screen.rows = 2;
	watch_wait(w, 1000);
	assert_screen(&w->screen, "[0/8] 8 running\n");
	watch_end(w);
}

static void no_line_is_as_wide_as_the_terminal(void **state)
{
	struct made made = made_new();
	struct watched *w;
	struct buf text;

	(void)state;
	made_stage(&made, "日本語日本語日本語日本語日本語日本語日本語", "in=i", "o=out/job/x");
	w = watch_live(made_graph(&made));
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, 100);
	progress(w, 0, 0.5, "日本語 decoding all of it with a very long text behind");
	for (unsigned columns = 2; columns < 90; columns++) {
		w->screen.columns = columns;
		memset(w->screen.cells, 0, sizeof w->screen.cells);
		w->screen.row = 20; /* wherever the cursor is, the region is two lines */
		watch_wait(w, 1000);
		text = screen_text(&w->screen);
		for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n"))
			assert_true(width_of(line, strlen(line)) < columns);
		buf_free(&text);
	}
	watch_end(w);
}

static void a_narrower_window_is_cleaned_up(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	progress(w, 0, 0.5, "0123456789 0123456789 0123456789 0123456789");
	watch_wait(w, 1000);
	/* As a terminal does it: the line of 63 columns stands on four rows of 20 now, the cursor
	 * is below. */
	w->screen.columns = 20;
	memset(w->screen.cells, 0, sizeof w->screen.cells);
	w->screen.row = 5;
	watch_wait(w, 1000);
	assert_int_equal(w->screen.row, 2);
	assert_screen(&w->screen, "  demux       2s  …\n[0/3] 1 running\n");
	watch_end(w);
}

static void what_the_terminal_echoes_is_written_over(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	watch_wait(w, 1000);
	screen_write(&w->screen, "^C", 2);
	tell(&w->told, (struct run_event){.kind = RUN_SIGNAL, .stage = NONE, .count = 2});
	watch_wait(w, 1000);
	assert_screen(&w->screen, "stopping on SIGINT; once more kills at once\n"
				  "  demux       2s\n"
				  "[0/3] 1 running\n");
	watch_end(w);
}

static void in_the_background_nothing_is_drawn(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	w->screen.is_front = false;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	watch_wait(w, 1000);
	tell_done(&w->told, 0);
	watch_wait(w, 1000);
	assert_string_equal(buf_text(&w->screen.bytes), "demux: done in 4.2s\n");
	watch_end(w);
}

static void after_a_stop_the_old_region_is_left_alone(void **state)
{
	struct watched *w = watch_live(made_three());
	size_t before;

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	watch_wait(w, 1000);
	before = w->screen.bytes.len;
	watch_wait(w, 60000);
	assert_null(strstr(w->screen.bytes.data + before, "\033[2A"));
	assert_non_null(strstr(w->screen.bytes.data + before, "[0/3] 1 running"));
	watch_end(w);
}

static void a_console_stage_has_the_terminal_alone(void **state)
{
	struct graph *graph = made_three();
	struct watched *w;
	size_t before;

	(void)state;
	w = watch_live(graph);
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	watch_wait(w, 1000);
	graph->settings[graph->stages[1].settings].flags |= SET_CONSOLE;
	start(w, 1, -1);
	assert_screen(&w->screen, "asr: running\n");
	before = w->screen.bytes.len;
	watch_wait(w, 1000);
	graph->settings[graph->stages[1].settings].flags = 0;
	tell_done(&w->told, 0);
	watch_wait(w, 1000);
	assert_int_equal(w->screen.bytes.len, before);
	tell_done(&w->told, 1);
	watch_wait(w, 1000);
	assert_has(&w->screen.bytes, "demux: done in 4.2s\nasr: done in 4.2s\n");
	watch_end(w);
}

static void waiting_for_the_lock_is_told_at_once(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	tell_text(&w->told, RUN_WAIT, NONE, LOG_INFO, "waiting for pid 1");
	assert_string_equal(buf_text(&w->screen.bytes), "waiting for pid 1\n");
	watch_end(w);
}

static void hashing_is_told_while_it_lasts(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	w->told.mono_ns += INT64_C(1000000000);
	tell(&w->told, (struct run_event){
			       .kind = RUN_HASHING,
			       .stage = NONE,
			       .count = 1 << 20,
			       .total = 3 << 20,
		       });
	assert_screen(&w->screen, "[0/3] checking, reading 1.0 MB of 3.0 MB\n");
	watch_end(w);
}

static void progress_text_cannot_move_the_cursor(void **state)
{
	struct watched *w = watch_live(made_three());

	(void)state;
	tell_run(&w->told, RUN_BEGIN);
	start(w, 0, -1);
	progress(w, 0, -1, "a\r\n\033[5A\tb");
	watch_wait(w, 1000);
	assert_screen(&w->screen, "  demux       1s  a\\x0d\\n\\x1b[5A\\tb\n[0/3] 1 running\n");
	watch_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_run_draws_nothing),
		cmocka_unit_test(running_stages_stand_below_with_their_time),
		cmocka_unit_test(what_waits_elsewhere_stands_below_what_runs),
		cmocka_unit_test(completed_stages_scroll_above),
		cmocka_unit_test(nothing_is_left_of_the_region_at_the_end),
		cmocka_unit_test(a_run_that_just_stops_leaves_a_clean_terminal),
		cmocka_unit_test(nothing_is_written_while_nothing_changes),
		cmocka_unit_test(a_storm_of_events_is_drawn_ten_times_a_second),
		cmocka_unit_test(the_next_wish_is_the_next_second),
		cmocka_unit_test(more_stages_than_rows_are_counted),
		cmocka_unit_test(no_line_is_as_wide_as_the_terminal),
		cmocka_unit_test(a_narrower_window_is_cleaned_up),
		cmocka_unit_test(what_the_terminal_echoes_is_written_over),
		cmocka_unit_test(in_the_background_nothing_is_drawn),
		cmocka_unit_test(after_a_stop_the_old_region_is_left_alone),
		cmocka_unit_test(a_console_stage_has_the_terminal_alone),
		cmocka_unit_test(waiting_for_the_lock_is_told_at_once),
		cmocka_unit_test(hashing_is_told_while_it_lasts),
		cmocka_unit_test(progress_text_cannot_move_the_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
