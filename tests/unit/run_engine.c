/* A run from its beginning to its end, with an executor that starts nothing and a clock that does
 * not wait. */
#include "model_definition_test.h"

#include <signal.h>

#include "base/clock.h"
#include "exec_fake.h"
#include "run/engine/run.h"

#define HEAD "[pipeline]\nname = p\n"

static struct buf heard;         /* what the listener was told of stages, a line each */
static struct run_totals totals; /* at the end */

static void hear(void *ctx, const struct run_event *event)
{
	const char *what = event->kind == STAGE_FAIL      ? "fail"
			   : event->kind == STAGE_RETRY   ? "retry"
			   : event->kind == STAGE_DONE    ? "done"
			   : event->kind == STAGE_BLOCKED ? "blocked"
			   : event->kind == STAGE_LINE    ? "line"
			   : event->kind == STAGE_WARNING ? "warning"
							  : NULL;

	(void)ctx;
	if (event->kind == RUN_END)
		totals = *event->totals;
	if (!what)
		return;
	buf_fmt(&heard, "%s %s", what, stage_name(event->graph, event->stage));
	if (event->text)
		buf_fmt(&heard, ": %.*s", (int)event->text_len, event->text);
	buf_char(&heard, '\n');
}

/* Runs all of a definition. */
static int run_all(const char *text, struct run_options options)
{
	struct listener listener = {.hear = hear, .wants_lines = true};
	bool wanted[16];
	int code;

	load_good(text);
	assert_true(graph->stage_count <= sizeof wanted);
	memset(wanted, true, sizeof wanted);
	options.wanted = wanted;
	options.listeners = &listener;
	options.here = &exec_fake;
	if (!options.jobs)
		options.jobs = 2;
	buf_reset(&heard);
	err_clear(&error);
	code = run_job(graph, &options, &error);
	return code;
}

static int enter(void **state)
{
	fake_begin();
	return def_enter(state);
}

static int leave(void **state)
{
	buf_free(&heard);
	fake_end();
	return def_leave(state);
}

static const struct run_options usual = {0};

static void stages_run_in_order_and_beside_each_other(void **state)
{
	(void)state;
	int code = run_all(HEAD "[stage:a]\ncommand = fake takes=1000\n"
				"[stage:b]\ncommand = fake takes=500\nafter = a\n"
				"[stage:c]\ncommand = fake takes=3000\n",
		usual);

	assert_int_equal(code, EXIT_OK);
	assert_string_equal(fake_log(),
		"0 start a\n0 start c\n1000 end a\n1000 start b\n1500 end b\n"
		"3000 end c\n3000 stop all\n");
	assert_string_equal(buf_text(&heard), "done a\ndone b\ndone c\n");
	assert_true(totals.seconds == 3.0);
}

static void a_failed_attempt_is_tried_again_after_its_delay(void **state)
{
	(void)state;
	int code = run_all(HEAD "[stage:a]\ncommand = fake takes=100 exit=1,7,0\n"
				"retries = 2\nretry_delay = 10s\n",
		usual);

	assert_int_equal(code, EXIT_OK);
	assert_string_equal(fake_log(), "0 start a\n100 end a\n10100 start a\n10200 end a\n"
					"20200 start a\n20300 end a\n20300 stop all\n");
	assert_string_equal(
		buf_text(&heard), "retry a: exit code 1\nretry a: exit code 7\ndone a\n");
}

static void retries_have_an_end(void **state)
{
	(void)state;
	int code = run_all(HEAD "[stage:a]\ncommand = fake exit=3\nretries = 1\n", usual);

	assert_int_equal(code, EXIT_STAGE);
	assert_string_equal(buf_text(&heard), "retry a: exit code 3\nfail a: exit code 3\n");
}

static void a_timeout_is_told_as_the_cause(void **state)
{
	(void)state;
	int code = run_all(HEAD
		"[stage:a]\ncommand = fake takes=60000 term=300\ntimeout = 5s\ngrace = 2s\n",
		usual);

	assert_int_equal(code, EXIT_STAGE);
	assert_string_equal(fake_log(), "0 start a\n5000 term a\n5300 end a\n5300 stop all\n");
	assert_string_equal(buf_text(&heard), "fail a: timed out after 5.0s\n");
}

static void what_does_not_go_is_killed_when_its_grace_is_over(void **state)
{
	(void)state;
	int code = run_all(HEAD
		"[stage:a]\ncommand = fake takes=60000 term=-1\ntimeout = 5s\ngrace = 2s\n",
		usual);

	assert_int_equal(code, EXIT_STAGE);
	assert_string_equal(
		fake_log(), "0 start a\n5000 term a\n7000 kill a\n7000 end a\n7000 stop all\n");
	assert_string_equal(buf_text(&heard), "fail a: timed out after 5.0s\n");
}

static const char *const stubborn =
	HEAD "[stage:a]\ncommand = fake takes=60000 term=-1\ngrace = 10s\n"
	     "[stage:b]\ncommand = fake\nafter = a\n";

static void the_first_signal_asks_and_the_second_kills(void **state)
{
	(void)state;
	fake_signal_at(1000, SIGTERM);
	fake_signal_at(1500, SIGTERM);
	int code = run_all(stubborn, usual);
	assert_int_equal(code, 128 + SIGTERM);
	assert_string_equal(
		fake_log(), "0 start a\n1000 term a\n1500 kill a\n1500 end a\n1500 stop all\n");
	assert_string_equal(buf_text(&heard), "fail a: interrupted by SIGTERM\nblocked b\n");
	assert_int_equal(totals.interrupted, 1);
}

static void after_one_signal_the_grace_counts(void **state)
{
	(void)state;
	fake_signal_at(1000, SIGINT);
	int code = run_all(stubborn, usual);
	assert_int_equal(code, 128 + SIGINT);
	assert_string_equal(
		fake_log(), "0 start a\n1000 term a\n11000 kill a\n11000 end a\n11000 stop all\n");
}

static void an_interrupted_stage_is_not_tried_again(void **state)
{
	(void)state;
	fake_signal_at(1000, SIGINT);
	int code = run_all(
		HEAD "[stage:a]\ncommand = fake takes=60000\ngrace = 10s\nretries = 3\n", usual);
	assert_int_equal(code, 128 + SIGINT);
	assert_string_equal(fake_log(), "0 start a\n1000 term a\n1000 end a\n1000 stop all\n");
}

static const char *const failing = HEAD "[stage:a]\ncommand = fake takes=100 exit=2\n"
					"[stage:b]\ncommand = fake takes=5000\n"
					"[stage:c]\ncommand = fake\nafter = a\n"
					"[stage:d]\ncommand = fake\nafter = b\n";

static void a_failure_starts_nothing_more(void **state)
{
	(void)state;
	assert_int_equal(run_all(failing, usual), EXIT_STAGE);
	assert_string_equal(
		fake_log(), "0 start a\n0 start b\n100 end a\n5000 end b\n5000 stop all\n");
	assert_string_equal(buf_text(&heard), "fail a: exit code 2\nblocked c\ndone b\n");
}

static void with_keep_going_only_what_needs_it_waits_for_ever(void **state)
{
	(void)state;
	assert_int_equal(run_all(failing, (struct run_options){.keep_going = true}), EXIT_STAGE);
	assert_string_equal(fake_log(),
		"0 start a\n0 start b\n100 end a\n5000 end b\n5000 start d\n"
		"5000 end d\n5000 stop all\n");
	assert_string_equal(buf_text(&heard), "fail a: exit code 2\nblocked c\ndone b\ndone d\n");
}

static void a_refused_start_is_a_failure_at_once(void **state)
{
	(void)state;
	int code = run_all(HEAD "[stage:a]\ncommand = fake refuse=no-such-thing\n"
				"[stage:b]\ncommand = fake\n",
		(struct run_options){.jobs = 1});

	assert_int_equal(code, EXIT_STAGE);
	assert_string_equal(fake_log(), "0 start a\n0 stop all\n");
	assert_string_equal(buf_text(&heard), "fail a: no-such-thing\n");
}

static void a_start_may_be_refused_later(void **state)
{
	(void)state;
	int code = run_all(HEAD "[stage:a]\ncommand = fake later=no-room\n", usual);

	assert_int_equal(code, EXIT_STAGE);
	assert_string_equal(fake_log(), "0 start a\n0 refuse a\n0 stop all\n");
	assert_string_equal(buf_text(&heard), "fail a: no-room\n");
}

static void a_run_whose_executor_is_gone_ends(void **state)
{
	(void)state;
	fake_gone_at(2000);
	int code = run_all(HEAD "[stage:a]\ncommand = fake takes=9000\n"
				"[stage:b]\ncommand = fake takes=1000\n"
				"[stage:c]\ncommand = fake\nafter = a\n",
		(struct run_options){.keep_going = true});
	assert_int_equal(code, EXIT_WORLD);
	assert_string_equal(error.text, "the fake is gone");
	assert_string_equal(buf_text(&heard), "done b\nfail a: the fake is gone\nblocked c\n");
	assert_int_equal(totals.interrupted, 1);
}

static void output_is_taken_in_pieces_until_the_end(void **state)
{
	(void)state;
	struct buf log = {0};
	int code = run_all(HEAD "[stage:a]\ncommand = fake takes=4000 say=hel late=lo\n", usual);

	assert_int_equal(code, EXIT_OK);
	assert_string_equal(buf_text(&heard), "line a: hello\ndone a\n");
	assert_int_equal(fs_read("out/p/01_a/stage.log", 1 << 20, &log, NULL), 0);
	assert_non_null(strstr(buf_text(&log), "hello\n"));
	buf_free(&log);
}

static void a_slow_version_command_delays_no_other_stage(void **state)
{
	(void)state;
	int code = run_all(HEAD
		"[stage:a]\ncommand = fake takes=10\nversion.tool = version takes=2000 say=1.0\n"
		"[stage:b]\ncommand = fake takes=100\n"
		"[stage:c]\ncommand = fake\nafter = b\nversion.tool = version takes=2000 say=1.0\n",
		(struct run_options){.jobs = 1});

	assert_int_equal(code, EXIT_OK);
	assert_string_equal(fake_log(),
		"0 start version takes=2000 say=1.0\n0 start b\n100 end b\n"
		"2000 end version takes=2000 say=1.0\n2000 start a\n2010 end a\n"
		"2010 start c\n2010 end c\n2010 stop all\n");
	assert_string_equal(buf_text(&heard), "done b\ndone a\ndone c\n");
}

static void a_version_command_has_thirty_seconds(void **state)
{
	(void)state;
	int code = run_all(HEAD
		"[stage:a]\ncommand = fake\nversion.tool = version takes=99000 say=1.0\n",
		usual);

	assert_int_equal(code, EXIT_OK);
	assert_non_null(strstr(fake_log(), "30000 kill version"));
}

static void a_signal_does_not_wait_for_a_version_command(void **state)
{
	(void)state;
	fake_signal_at(1000, SIGTERM);
	int code = run_all(
		HEAD "[stage:a]\ncommand = fake\nversion.tool = version takes=9000\n", usual);
	assert_int_equal(code, 128 + SIGTERM);
	assert_string_equal(fake_log(), "0 start version takes=9000\n1000 kill version "
					"takes=9000\n1000 end version takes=9000\n"
					"1000 stop all\n");
	assert_string_equal(buf_text(&heard), "");
}

static void a_refused_version_command_is_told_once(void **state)
{
	(void)state;
	int code =
		run_all(HEAD "[stage:a]\ncommand = fake\nversion.tool = version refuse=nowhere\n"
			     "[stage:b]\ncommand = fake\nversion.tool = version refuse=nowhere\n",
			usual);

	assert_int_equal(code, EXIT_OK);
	assert_string_equal(buf_text(&heard),
		"warning a: version command 'version refuse=nowhere' could not be started: "
		"(no version: nowhere)\ndone a\ndone b\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stages_run_in_order_and_beside_each_other),
		TEST(a_failed_attempt_is_tried_again_after_its_delay),
		TEST(retries_have_an_end),
		TEST(a_timeout_is_told_as_the_cause),
		TEST(what_does_not_go_is_killed_when_its_grace_is_over),
		TEST(the_first_signal_asks_and_the_second_kills),
		TEST(after_one_signal_the_grace_counts),
		TEST(an_interrupted_stage_is_not_tried_again),
		TEST(a_failure_starts_nothing_more),
		TEST(with_keep_going_only_what_needs_it_waits_for_ever),
		TEST(a_refused_start_is_a_failure_at_once),
		TEST(a_start_may_be_refused_later),
		TEST(a_run_whose_executor_is_gone_ends),
		TEST(output_is_taken_in_pieces_until_the_end),
		TEST(a_slow_version_command_delays_no_other_stage),
		TEST(a_version_command_has_thirty_seconds),
		TEST(a_signal_does_not_wait_for_a_version_command),
		TEST(a_refused_version_command_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
