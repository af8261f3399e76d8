/* What stages say that run elsewhere is told while they run, if somebody watches. The clock does
 * not wait. */
#include "model_definition_test.h"

#include <signal.h>

#include "base/clock.h"
#include "exec_fake.h"
#include "run/engine/run.h"

#define HEAD "[pipeline]\nname = p\nexecutor = slurm\n[slurm]\nrestage = /bin/true\n"
#define STAGES 40

static struct buf heard;     /* what stages said, a line each, with the time when it was told */
static int64_t watched_from; /* ms; -1: nobody watches */
static uint32_t at_once, most_at_once;
static int64_t last_ms;

static void hear(void *ctx, const struct run_event *event)
{
	int64_t now = fake_now_ms();

	(void)ctx;
	if (event->kind == STAGE_LOG)
		buf_fmt(&heard, "%lld %s\n", (long long)now, event->text);
	if (event->kind == STAGE_PROGRESS)
		buf_fmt(&heard, "%lld %.1f\n", (long long)now, event->fraction);
	if (event->kind != STAGE_LOG)
		return;
	at_once = now == last_ms ? at_once + 1 : 1;
	last_ms = now;
	if (at_once > most_at_once)
		most_at_once = at_once;
}

static bool is_watched(void *ctx)
{
	(void)ctx;
	return watched_from >= 0 && fake_now_ms() >= watched_from;
}

static int run_all(const char *text)
{
	struct listener listener = {.hear = hear, .is_watched = is_watched};
	bool wanted[STAGES + 1];
	struct run_options options = {.wanted = wanted,
		.listeners = &listener,
		.here = &exec_fake,
		.away = &exec_fake_away,
		.jobs = 1};

	load_good(text);
	memset(wanted, true, sizeof wanted);
	buf_reset(&heard);
	err_clear(&error);
	return run_job(graph, &options, &error);
}

static int enter(void **state)
{
	fake_begin();
	watched_from = -1;
	last_ms = -1;
	most_at_once = 0;
	return def_enter(state);
}

static int leave(void **state)
{
	buf_free(&heard);
	fake_end();
	return def_leave(state);
}

static void what_nobody_watches_is_told_at_its_end(void **state)
{
	(void)state;
	assert_int_equal(
		run_all(HEAD "[stage:a]\ncommand = fake takes=60000 reports=100,P200,9000\n"),
		EXIT_OK);
	assert_string_equal(buf_text(&heard), "60000 100\n60000 0.5\n60000 9000\n");
}

static void what_is_watched_is_told_each_ten_seconds_and_once(void **state)
{
	(void)state;
	watched_from = 0;
	assert_int_equal(
		run_all(HEAD "[stage:a]\n"
			     "command = fake takes=25000 reports=100,P200,9000,P12000,21000\n"),
		EXIT_OK);
	assert_string_equal(
		buf_text(&heard), "10000 100\n10000 0.5\n10000 9000\n20000 0.5\n25000 21000\n");
}

static void who_comes_later_hears_it_at_once(void **state)
{
	(void)state;
	watched_from = 30000;
	assert_int_equal(
		run_all(HEAD "[stage:a]\ncommand = fake takes=60000 reports=100,9000\n"), EXIT_OK);
	assert_in_range(last_ms, 30000, 32000);
	assert_non_null(strstr(buf_text(&heard), " 100\n"));
	assert_non_null(strstr(buf_text(&heard), " 9000\n"));
}

static void an_error_that_is_logged_and_noted_is_told_once(void **state)
{
	(void)state;
	watched_from = 0;
	assert_int_equal(
		run_all(HEAD "[stage:a]\ncommand = fake takes=25000 reports=E100,N15000,21000\n"),
		EXIT_OK);
	assert_string_equal(buf_text(&heard), "10000 bad\n25000 21000\n");
}

static void the_next_head_tells_all_of_it_once(void **state)
{
	const char *text = HEAD "[stage:a]\ncommand = fake takes=25000 reports=100,12000\n";

	(void)state;
	watched_from = 0;
	fake_signal_at(11000, SIGQUIT);
	assert_int_equal(run_all(text), 128 + SIGQUIT);
	assert_string_equal(buf_text(&heard), "10000 100\n");
	assert_int_equal(run_all(text), EXIT_OK);
	assert_string_equal(buf_text(&heard), "11000 100\n21000 12000\n");
}

static void of_many_a_few_are_looked_at_in_one_turn(void **state)
{
	(void)state;
	watched_from = 30000;
	assert_int_equal(run_all(HEAD "[stage:a]\nforeach.i = 1..40\n"
				      "command = fake takes=60000 reports=100 {{each.i}}\n"),
		EXIT_OK);
	assert_in_range(most_at_once, 1, 16);
	assert_in_range(last_ms, 30000, 34000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_nobody_watches_is_told_at_its_end),
		TEST(what_is_watched_is_told_each_ten_seconds_and_once),
		TEST(who_comes_later_hears_it_at_once),
		TEST(an_error_that_is_logged_and_noted_is_told_once),
		TEST(the_next_head_tells_all_of_it_once),
		TEST(of_many_a_few_are_looked_at_in_one_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
