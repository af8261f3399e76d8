/* The scheduler with a fake executor and a fake clock: no process, no disk, no waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "run/engine/sched.h"

#define STAGES_MAX 96
#define EDGES_MAX 4608

/* A graph by hand: only what the scheduler reads. */
struct fake {
	struct graph graph;
	struct stage stages[STAGES_MAX];
	struct settings settings[4];
	struct pool pools[2];
	struct use uses[STAGES_MAX]; /* an output each that is updated in place */
	struct label label;
	uint32_t edges[2 * EDGES_MAX];
	uint32_t order[STAGES_MAX];
	bool needs[STAGES_MAX][STAGES_MAX]; /* [stage][needed] */
	bool wanted[STAGES_MAX];
	double remaining[STAGES_MAX];
};

static void fake_init(struct fake *f, uint32_t count)
{
	memset(f, 0, sizeof *f);
	f->graph.stages = f->stages;
	f->graph.settings = f->settings;
	f->graph.pools = f->pools;
	f->graph.edges = f->edges;
	f->graph.order = f->order;
	f->graph.uses = f->uses;
	f->graph.labels = &f->label;
	f->label = (struct label){.role = ROLE_OUTPUT, .flags = LABEL_UPDATE};
	f->graph.text = (char *)(uintptr_t) "\0disk";
	f->graph.text_size = 6;
	f->graph.stage_count = count;
	f->graph.settings_count = 4;
	f->graph.pool_count = 1;
	f->pools[0] = (struct pool){.name = 1, .capacity = 1};
	for (int i = 0; i < 4; i++)
		f->settings[i] = (struct settings){.threads = 1};
	f->settings[1].pools[0].count = 1;
	f->settings[2].threads = 2;
	f->settings[3].flags = SET_ALLOW_FAILURE;
	for (uint32_t i = 0; i < count; i++) {
		f->wanted[i] = true;
		f->order[i] = i; /* every need has a smaller number */
	}
}

static void fake_finish(struct fake *f)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->graph.stage_count; i++) {
		f->stages[i].needs.first = n;
		for (uint32_t k = 0; k < f->graph.stage_count; k++) {
			if (f->needs[i][k])
				f->edges[n++] = k;
		}
		f->stages[i].needs.count = n - f->stages[i].needs.first;
		f->stages[i].needed_by.first = n;
		for (uint32_t k = 0; k < f->graph.stage_count; k++) {
			if (f->needs[k][i])
				f->edges[n++] = k;
		}
		f->stages[i].needed_by.count = n - f->stages[i].needed_by.first;
	}
}

static const struct sched_limits two = {.jobs = 2, .threads = 2, .gpus = 1, .memory = 1000};

static struct sched *start(struct fake *f, bool keep_going)
{
	fake_finish(f);
	return sched_new(&f->graph, f->wanted, f->remaining, &two, keep_going);
}

/* Judges every READY stage as out of date. */
static void check_all(struct sched *s)
{
	uint32_t stage;

	while ((stage = sched_next_check(s)) != NONE)
		sched_checked(s, stage, SCHED_QUEUED);
}

static void finish(struct sched *s, uint32_t stage, enum sched_state state)
{
	sched_ended(s, stage);
	sched_settled(s, stage, state);
}

static void a_chain_runs_in_order(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 3);
	f->needs[1][0] = f->needs[2][1] = true;
	struct sched *s = start(f, false);
	for (uint32_t i = 0; i < 3; i++) {
		check_all(s);
		assert_int_equal(sched_next_start(s, 0), i);
		assert_int_equal(sched_next_start(s, 0), NONE);
		finish(s, i, SCHED_DONE);
	}
	assert_true(sched_is_over(s));
	assert_int_equal(sched_count(s, SCHED_DONE), 3);
	sched_free(s);
	free(f);
}

static void a_fresh_stage_wakes_what_needs_it(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 2);
	f->needs[1][0] = true;
	struct sched *s = start(f, false);
	assert_int_equal(sched_next_check(s), 0);
	assert_int_equal(sched_next_check(s), NONE);
	sched_checked(s, 0, SCHED_FRESH);
	assert_int_equal(sched_next_check(s), 1);
	sched_checked(s, 1, SCHED_FRESH);
	assert_true(sched_is_over(s));
	sched_free(s);
	free(f);
}

static void no_more_than_jobs_run_at_once(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 5);
	struct sched *s = start(f, false);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 0);
	assert_int_equal(sched_next_start(s, 0), 1);
	assert_int_equal(sched_next_start(s, 0), NONE);
	finish(s, 0, SCHED_DONE);
	assert_int_equal(sched_next_start(s, 0), 2);
	assert_int_equal(sched_next_start(s, 0), NONE);
	sched_free(s);
	free(f);
}

static void the_longest_remaining_path_goes_first(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 4);
	f->remaining[0] = 1;
	f->remaining[1] = 9;
	f->remaining[2] = 5;
	f->remaining[3] = 9;
	struct sched *s = start(f, false);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 1);
	assert_int_equal(sched_next_start(s, 0), 3);
	finish(s, 1, SCHED_DONE);
	assert_int_equal(sched_next_start(s, 0), 2);
	sched_free(s);
	free(f);
}

static void a_pool_of_one_runs_one_at_a_time_and_does_not_hold_others_back(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 3);
	f->stages[0].settings = f->stages[1].settings = 1;
	f->remaining[0] = 3;
	f->remaining[1] = 2;
	struct sched *s = start(f, false);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 0);
	assert_int_equal(sched_next_start(s, 0), 2);
	finish(s, 2, SCHED_DONE);
	assert_int_equal(sched_next_start(s, 0), NONE);
	finish(s, 0, SCHED_DONE);
	assert_int_equal(sched_next_start(s, 0), 1);
	sched_free(s);
	free(f);
}

static void a_stage_of_two_threads_waits_for_both(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 2);
	f->stages[1].settings = 2;
	f->remaining[0] = 1;
	struct sched *s = start(f, false);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 0);
	assert_int_equal(sched_next_start(s, 0), NONE);
	finish(s, 0, SCHED_DONE);
	assert_int_equal(sched_next_start(s, 0), 1);
	sched_free(s);
	free(f);
}

static void a_stage_that_wants_more_than_there_is_runs_alone(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 1);
	f->settings[0].threads = 64;
	f->settings[0].memory[0] = 1u << 30;
	struct sched *s = start(f, false);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 0);
	sched_free(s);
	free(f);
}

static void a_large_stage_is_not_starved_by_small_ones(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, STAGES_MAX);
	struct fake *g = f;
	f->stages[0].settings = 2;
	f->remaining[0] = 100;
	for (uint32_t i = 1; i < STAGES_MAX; i++)
		g->remaining[i] = i == 1 ? 200 : 1;
	struct sched *s = start(f, false);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 1);
	uint32_t running = sched_next_start(s, 0);
	uint32_t others = 0;
	/* One of the two places never empties while small stages come: patience must end that. */
	while (running != NONE) {
		uint32_t next;
		others++;
		finish(s, running, SCHED_DONE);
		next = sched_next_start(s, 0);
		running = next;
	}
	finish(s, 1, SCHED_DONE);
	assert_int_equal(sched_next_start(s, 0), 0);
	assert_true(others <= STAGES_MAX);
	sched_free(s);
	free(f);
}

static void remember_blocked(void *ctx, uint32_t stage, uint32_t by)
{
	uint32_t *seen = ctx;

	seen[stage] = by + 1;
}

/* Of two GPUs one never empties while stages come that take one: patience must end that, and must
 * keep back nothing that takes none. */
static void a_stage_with_several_gpus_is_not_starved_by_those_with_one(void **state)
{
	static const struct sched_limits limits = {
		.jobs = 9, .threads = 9, .memory = 1000, .gpus = 2};
	struct fake *f = mem_alloc(sizeof *f);
	uint32_t a, b, before = 0;
	(void)state;

	fake_init(f, STAGES_MAX);
	f->settings[0].gpu = 1;
	f->settings[2] = (struct settings){.threads = 1, .gpu = 2};
	f->stages[0].settings = 2;
	f->remaining[0] = 100;
	f->remaining[1] = f->remaining[2] = 200;
	f->stages[STAGES_MAX - 1].settings = 3; /* takes none */
	f->remaining[STAGES_MAX - 1] = 0.5;
	for (uint32_t i = 3; i < STAGES_MAX - 1; i++)
		f->remaining[i] = 1;
	fake_finish(f);
	struct sched *s = sched_new(&f->graph, f->wanted, f->remaining, &limits, false);
	check_all(s);
	a = sched_next_start(s, 0);
	b = sched_next_start(s, 0);
	assert_int_equal(sched_next_start(s, 0), STAGES_MAX - 1);
	assert_int_equal(sched_next_start(s, 0), NONE);
	for (;; before++) { /* one of the two ends, and then the other */
		uint32_t next;
		finish(s, a, SCHED_DONE);
		next = sched_next_start(s, 0);
		if (next == NONE)
			break;
		a = b;
		b = next;
	}
	assert_true(before >= 64 && before < STAGES_MAX - 4);
	finish(s, b, SCHED_DONE);
	assert_int_equal(sched_next_start(s, 0), 0);
	finish(s, 0, SCHED_DONE);
	assert_true(sched_next_start(s, 0) != NONE);
	sched_free(s);
	free(f);
}

/* The same, and what takes no GPU comes only then. */
static void gpus_that_are_kept_keep_nothing_else_back(void **state)
{
	static const struct sched_limits limits = {
		.jobs = 9, .threads = 9, .memory = 1000, .gpus = 2};
	struct fake *f = mem_alloc(sizeof *f);
	uint32_t last = STAGES_MAX - 1, a, b, next;
	(void)state;

	fake_init(f, STAGES_MAX);
	f->settings[0].gpu = 1;
	f->settings[2] = (struct settings){.threads = 1, .gpu = 2};
	f->stages[0].settings = 2;
	f->stages[last].settings = 3;
	f->needs[last][last - 1] = true; /* the last of those with one GPU that come before */
	f->remaining[0] = 100;
	for (uint32_t i = 1; i < STAGES_MAX; i++)
		f->remaining[i] = i < 3 ? 200 : i == last - 1 ? 150 : 1;
	fake_finish(f);
	struct sched *s = sched_new(&f->graph, f->wanted, f->remaining, &limits, false);
	check_all(s);
	a = sched_next_start(s, 0);
	b = sched_next_start(s, 0);
	for (;;) {
		finish(s, a, SCHED_DONE);
		next = sched_next_start(s, 0);
		if (next == NONE)
			break;
		a = b;
		b = next;
	}
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), last);
	assert_int_equal(sched_next_start(s, 0), NONE);
	finish(s, b, SCHED_DONE);
	assert_int_equal(sched_next_start(s, 0), 0);
	sched_free(s);
	free(f);
}

static void a_failure_blocks_what_is_behind_it_and_stops_the_rest(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);
	uint32_t seen[STAGES_MAX] = {0};

	fake_init(f, 5);
	f->needs[1][0] = f->needs[2][1] = true;
	struct sched *s = start(f, false);
	sched_on_blocked(s, remember_blocked, seen);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 0);
	assert_int_equal(sched_next_start(s, 0), 3);
	finish(s, 0, SCHED_FAILED);
	assert_int_equal(sched_state(s, 2), SCHED_BLOCKED);
	assert_int_equal(seen[1], 1);
	assert_int_equal(seen[2], 2);
	assert_int_equal(sched_next_start(s, 0), NONE);
	assert_false(sched_is_over(s));
	finish(s, 3, SCHED_DONE);
	assert_true(sched_is_over(s));
	sched_free(s);
	free(f);
}

static void with_keep_going_the_rest_goes_on(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 3);
	f->needs[1][0] = true;
	struct sched *s = start(f, true);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 0);
	finish(s, 0, SCHED_FAILED);
	assert_int_equal(sched_next_start(s, 0), 2);
	finish(s, 2, SCHED_DONE);
	assert_true(sched_is_over(s));
	assert_int_equal(sched_count(s, SCHED_BLOCKED), 1);
	sched_free(s);
	free(f);
}

static void an_allowed_failure_wakes_what_needs_it(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 2);
	f->needs[1][0] = true;
	f->stages[0].settings = 3;
	struct sched *s = start(f, false);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 0);
	finish(s, 0, SCHED_FAILED);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 1);
	sched_free(s);
	free(f);
}

static void a_retry_waits_for_its_time(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 1);
	struct sched *s = start(f, false);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 0);
	sched_retry(s, 0, 500);
	assert_false(sched_is_over(s));
	assert_int_equal(sched_next_start(s, 499), NONE);
	assert_int_equal(sched_wake_ms(s), 500);
	assert_int_equal(sched_next_start(s, 500), 0);
	finish(s, 0, SCHED_DONE);
	assert_true(sched_is_over(s));
	sched_free(s);
	free(f);
}

static void a_stopped_scheduler_ends_what_runs_and_starts_nothing(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 3);
	struct sched *s = start(f, true);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 0);
	sched_stop(s);
	assert_int_equal(sched_next_start(s, 0), NONE);
	assert_int_equal(sched_next_check(s), NONE);
	assert_false(sched_is_over(s));
	finish(s, 0, SCHED_DONE);
	assert_true(sched_is_over(s));
	sched_free(s);
	free(f);
}

/* Random graphs, random events: the end is always reached, nothing starts before what it needs is
 * settled, and never more runs than there is room for. */
static void random_runs_keep_every_rule(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	for (unsigned seed = 1; seed <= 3000; seed++) {
		srandom(seed);
		uint32_t count = 1 + (uint32_t)random() % 20, running[2], running_count = 0;
		int64_t clock = 0;
		bool keep_going = random() % 2;
		fake_init(f, count);
		for (uint32_t i = 0; i < count; i++) {
			f->stages[i].settings = (uint32_t)random() % 4;
			f->remaining[i] = (double)(random() % 5);
			f->wanted[i] = random() % 8 != 0;
			for (uint32_t k = 0; k < i; k++)
				f->needs[i][k] = random() % 4 == 0;
		}
		struct sched *s = start(f, keep_going);
		uint32_t steps = 0;
		while (!sched_is_over(s)) {
			uint32_t stage;
			assert_true(steps++ < 1000);
			while ((stage = sched_next_check(s)) != NONE) {
				long dice = random() % 10;
				for (uint32_t k = 0; k < count; k++) {
					enum sched_state now = sched_state(s, k);
					if (!f->needs[stage][k] || !f->wanted[k])
						continue;
					assert_true(now == SCHED_FRESH || now == SCHED_DONE ||
						    now == SCHED_SKIPPED ||
						    (now == SCHED_FAILED &&
							    f->stages[k].settings == 3));
				}
				sched_checked(s, stage,
					dice < 2    ? SCHED_FRESH
					: dice == 2 ? SCHED_FAILED
					: dice == 3 ? SCHED_SKIPPED
						    : SCHED_QUEUED);
			}
			while ((stage = sched_next_start(s, clock)) != NONE) {
				assert_true(running_count < 2);
				for (uint32_t k = 0; k < running_count; k++) {
					assert_int_not_equal(f->stages[stage].settings, 2);
					assert_int_not_equal(f->stages[running[k]].settings, 2);
					assert_false(f->stages[stage].settings == 1 &&
						     f->stages[running[k]].settings == 1);
				}
				running[running_count++] = stage;
			}
			if (running_count) {
				uint32_t which = (uint32_t)random() % running_count;
				stage = running[which];
				running[which] = running[--running_count];
				sched_ended(s, stage);
				if (random() % 6 == 0)
					sched_retry(s, stage, clock + random() % 100);
				else
					sched_settled(
						s, stage, random() % 5 ? SCHED_DONE : SCHED_FAILED);
			} else if (sched_wake_ms(s) >= 0) {
				clock = sched_wake_ms(s);
			} else {
				assert_true(sched_is_over(s) || sched_count(s, SCHED_READY));
			}
		}
		assert_int_equal(sched_count(s, SCHED_RUNNING), 0);
		sched_free(s);
	}
	free(f);
}

/* 0 is read by 1 and 2, and 3 by all; 1 must run, and needs what 0 made and is gone. */
static void a_reopened_stage_is_waited_for_again(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 4);
	f->needs[1][0] = f->needs[2][0] = f->needs[3][1] = f->needs[3][2] = true;
	struct sched *s = start(f, true);
	assert_int_equal(sched_next_check(s), 0);
	sched_checked(s, 0, SCHED_FRESH);
	assert_int_equal(sched_next_check(s), 1);
	assert_int_equal(sched_next_check(s), 2);
	sched_reopen(s, 0);
	sched_wait_again(s, 1);
	sched_checked(s, 2, SCHED_FRESH);
	assert_int_equal(sched_next_check(s), 0);
	assert_int_equal(sched_next_check(s), NONE);
	sched_checked(s, 0, SCHED_QUEUED);
	assert_int_equal(sched_next_start(s, 0), 0);
	/* It came out different. */
	sched_judge_again(s, 1);
	sched_judge_again(s, 2);
	assert_int_equal(sched_state(s, 2), SCHED_WANTED);
	finish(s, 0, SCHED_DONE);
	check_all(s);
	assert_int_equal(sched_count(s, SCHED_QUEUED), 2);
	assert_int_equal(sched_next_start(s, 0), 1);
	assert_int_equal(sched_next_start(s, 0), 2);
	/* What runs is judged again when it has ended, once. */
	sched_judge_again(s, 2);
	finish(s, 1, SCHED_DONE);
	finish(s, 2, SCHED_DONE);
	assert_int_equal(sched_state(s, 2), SCHED_READY);
	while (!sched_is_over(s)) {
		uint32_t stage = sched_next_check(s);
		assert_int_not_equal(stage, NONE);
		sched_checked(s, stage, SCHED_FRESH);
	}
	assert_int_equal(sched_count(s, SCHED_FRESH) + sched_count(s, SCHED_DONE), 4);
	sched_free(s);
	free(f);
}

static void fake_updates(struct fake *f, uint32_t stage)
{
	f->stages[stage].first_use = stage;
	f->stages[stage].output_count = 1;
}

/* 0 updates a file in place; 1, 2, 3 and 4 read it. 4 needs what is gone while 1 runs, 2 is put in
 * place from elsewhere, and 3 waits for room. */
static void what_updates_in_place_takes_turns_with_who_reads(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	for (int is_restored = 0; is_restored < 2; is_restored++) {
		fake_init(f, 5);
		fake_updates(f, 0);
		f->needs[1][0] = f->needs[2][0] = f->needs[3][0] = f->needs[4][0] = true;
		struct sched *s = start(f, true);
		assert_int_equal(sched_next_check(s), 0);
		sched_checked(s, 0, SCHED_FRESH);
		for (uint32_t i = 1; i <= 4; i++)
			assert_int_equal(sched_next_check(s), i);
		sched_checked(s, 1, SCHED_QUEUED);
		assert_int_equal(sched_next_start(s, 0), 1);
		if (!is_restored)
			sched_restored(s, 2);
		sched_checked(s, 3, SCHED_QUEUED);
		sched_reopen(s, 0);
		sched_wait_again(s, 4);
		if (is_restored)
			sched_restored(s, 2);
		assert_int_equal(sched_next_check(s), NONE);
		assert_int_equal(sched_next_start(s, 0), NONE);
		assert_int_equal(sched_state(s, 3), SCHED_WANTED);
		/* It failed, and comes again when the file is as it is to be. */
		sched_retry(s, 1, 0);
		assert_int_equal(sched_next_check(s), NONE);
		if (is_restored)
			sched_settled(s, 2, SCHED_DONE);
		else
			sched_unrestored(s, 2);
		assert_int_equal(sched_next_check(s), 0);
		assert_int_equal(sched_next_start(s, 0), NONE);
		sched_checked(s, 0, SCHED_QUEUED);
		assert_int_equal(sched_next_start(s, 0), 0);
		assert_int_equal(sched_next_start(s, 0), NONE);
		finish(s, 0, SCHED_DONE);
		check_all(s);
		for (uint32_t i = 0; i < 3u + !is_restored; i++)
			finish(s, sched_next_start(s, 0), SCHED_DONE);
		assert_true(sched_is_over(s));
		assert_int_equal(sched_count(s, SCHED_DONE), 5);
		sched_free(s);
	}
	free(f);
}

/* Random graphs in which stages that are judged find that what they read is gone: the end is always
 * reached, and nothing updates in place beside who reads it. */
static void random_turns_come_to_an_end(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);
	unsigned turns = 0;

	for (unsigned seed = 1; seed <= 3000; seed++) {
		srandom(seed);
		uint32_t count = 2 + (uint32_t)random() % 12, stage, steps = 0, reopened = 0;
		bool gone[STAGES_MAX] = {false};
		fake_init(f, count);
		for (uint32_t i = 0; i < count; i++) {
			if (random() % 2)
				fake_updates(f, i);
			f->remaining[i] = (double)(random() % 5);
			for (uint32_t k = 0; k < i; k++)
				f->needs[i][k] = random() % 3 == 0;
		}
		struct sched *s = start(f, true);
		while (!sched_is_over(s)) {
			assert_true(steps++ < 1000);
			while (random() % 4 && (stage = sched_next_check(s)) != NONE) {
				bool waits = false;
				long dice = random() % 4;
				for (uint32_t k = 0; k < stage && dice; k++) {
					enum sched_state now = sched_state(s, k);
					if (!f->needs[stage][k] || reopened >= 20)
						continue;
					gone[k] = gone[k] || random() % 4 == 0;
					waits |= gone[k];
					if (!gone[k] || (now != SCHED_FRESH && now != SCHED_DONE))
						continue;
					sched_reopen(s, k);
					gone[k] = false;
					turns += f->stages[k].output_count;
					reopened++;
				}
				if (waits && dice == 2)
					sched_restored(s, stage);
				waits = false;
				for (uint32_t k = 0; k < stage; k++) {
					enum sched_state now = sched_state(s, k);
					waits |= f->needs[stage][k] && now != SCHED_FRESH &&
						 now != SCHED_DONE;
				}
				waits = waits && random() % 2;
				if (waits)
					sched_wait_again(s, stage);
				else if (sched_state(s, stage) == SCHED_SETTLING)
					sched_unrestored(s, stage);
				else if (dice == 1)
					sched_restored(s, stage);
				else
					sched_checked(s, stage, dice ? SCHED_QUEUED : SCHED_FRESH);
			}
			if (random() % 2)
				(void)sched_next_start(s, 0);
			for (stage = 0; stage < count; stage++) {
				enum sched_state now = sched_state(s, stage);
				if (now != SCHED_RUNNING && now != SCHED_SETTLING)
					continue;
				for (uint32_t k = 0; now == SCHED_RUNNING && k < stage; k++)
					assert_false(f->needs[stage][k] &&
						     f->stages[k].output_count &&
						     sched_state(s, k) == SCHED_RUNNING);
				if (random() % 4)
					continue;
				if (now == SCHED_RUNNING && random() % 4 == 0)
					sched_retry(s, stage, 0);
				else
					sched_settled(s, stage, SCHED_DONE);
			}
		}
		assert_int_equal(sched_count(s, SCHED_DONE) + sched_count(s, SCHED_FRESH), count);
		sched_free(s);
	}
	assert_true(turns > 1000);
	free(f);
}

static void a_reopened_stage_that_fails_blocks_who_waits_for_it(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	for (int is_restored = 0; is_restored < 2; is_restored++) {
		fake_init(f, 3);
		f->needs[1][0] = f->needs[2][1] = true;
		struct sched *s = start(f, true);
		assert_int_equal(sched_next_check(s), 0);
		sched_checked(s, 0, SCHED_FRESH);
		assert_int_equal(sched_next_check(s), 1);
		if (is_restored) /* which it was not after all */
			sched_restored(s, 1);
		sched_reopen(s, 0);
		sched_wait_again(s, 1);
		check_all(s);
		assert_int_equal(sched_next_start(s, 0), 0);
		finish(s, 0, SCHED_FAILED);
		assert_int_equal(sched_count(s, SCHED_BLOCKED), 2);
		assert_true(sched_is_over(s));
		sched_free(s);
	}
	free(f);
}

/* Sizes by attempt: the second claims more. */
static void a_retry_claims_what_its_attempt_takes(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);

	fake_init(f, 2);
	f->stages[0].settings = 1;
	f->settings[1].pools[0].count = 0;
	for (int i = 0; i < ATTEMPT_VALUES; i++) {
		f->settings[0].memory[i] = 600;
		f->settings[1].memory[i] = i ? 600 : 300;
	}
	f->remaining[0] = 1;
	struct sched *s = start(f, false);
	check_all(s);
	assert_int_equal(sched_next_start(s, 0), 0);
	assert_int_equal(sched_next_start(s, 0), 1);
	sched_ended(s, 0);
	sched_retry(s, 0, 0);
	assert_int_equal(sched_next_start(s, 1), NONE);
	finish(s, 1, SCHED_DONE);
	assert_int_equal(sched_next_start(s, 1), 0);
	finish(s, 0, SCHED_DONE);
	assert_true(sched_is_over(s));
	sched_free(s);
	free(f);
}

/* A graph that gets a stage between two that it has, and loses one. */
static void a_stage_that_comes_later_is_waited_for(void **state)
{
	(void)state;
	struct fake *f = mem_alloc(sizeof *f);
	uint32_t by[STAGES_MAX] = {0};

	fake_init(f, 4);
	f->needs[1][0] = f->needs[2][0] = f->needs[2][1] = true;
	struct sched *s = start(f, true);
	sched_on_blocked(s, remember_blocked, by);
	assert_int_equal(sched_next_check(s), 0);
	assert_int_equal(sched_next_check(s), 3);
	sched_checked(s, 3, SCHED_QUEUED);
	assert_int_equal(sched_next_start(s, 0), 3);
	/* 0 is about to be settled: 1 is gone, 4 and 5 come, and 2 gathers them */
	f->graph.stage_count = 6;
	f->wanted[4] = f->wanted[5] = true;
	f->needs[1][0] = f->needs[2][1] = false;
	f->needs[4][0] = f->needs[2][4] = f->needs[2][5] = true;
	f->stages[1].flags = STAGE_GONE;
	memcpy(f->order, (const uint32_t[]){0, 1, 3, 4, 5, 2}, 6 * sizeof *f->order);
	fake_finish(f);
	sched_grow(s, f->wanted, NULL);
	assert_int_equal(sched_state(s, 1), SCHED_IDLE);
	assert_int_equal(sched_state(s, 4), SCHED_WANTED);
	assert_int_equal(sched_state(s, 5), SCHED_READY);
	assert_int_equal(sched_next_check(s), 5);
	sched_checked(s, 5, SCHED_FRESH);
	assert_int_equal(sched_next_check(s), NONE);
	sched_checked(s, 0, SCHED_FRESH);
	assert_int_equal(sched_next_check(s), 4);
	sched_checked(s, 4, SCHED_FAILED);
	assert_int_equal(sched_state(s, 2), SCHED_BLOCKED);
	assert_int_equal(by[2], 4 + 1);
	/* What comes behind a failure is blocked at once. */
	f->graph.stage_count = 7;
	f->wanted[6] = true;
	f->needs[6][4] = true;
	f->order[6] = 6;
	fake_finish(f);
	sched_grow(s, f->wanted, NULL);
	assert_int_equal(sched_state(s, 6), SCHED_BLOCKED);
	assert_int_equal(by[6], 4 + 1);
	finish(s, 3, SCHED_DONE);
	assert_true(sched_is_over(s));
	sched_free(s);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stage_that_comes_later_is_waited_for),
		cmocka_unit_test(a_reopened_stage_is_waited_for_again),
		cmocka_unit_test(what_updates_in_place_takes_turns_with_who_reads),
		cmocka_unit_test(random_turns_come_to_an_end),
		cmocka_unit_test(a_reopened_stage_that_fails_blocks_who_waits_for_it),
		cmocka_unit_test(a_retry_claims_what_its_attempt_takes),
		cmocka_unit_test(a_chain_runs_in_order),
		cmocka_unit_test(a_fresh_stage_wakes_what_needs_it),
		cmocka_unit_test(no_more_than_jobs_run_at_once),
		cmocka_unit_test(the_longest_remaining_path_goes_first),
		cmocka_unit_test(a_pool_of_one_runs_one_at_a_time_and_does_not_hold_others_back),
		cmocka_unit_test(a_stage_of_two_threads_waits_for_both),
		cmocka_unit_test(a_stage_that_wants_more_than_there_is_runs_alone),
		cmocka_unit_test(a_large_stage_is_not_starved_by_small_ones),
		cmocka_unit_test(a_stage_with_several_gpus_is_not_starved_by_those_with_one),
		cmocka_unit_test(gpus_that_are_kept_keep_nothing_else_back),
		cmocka_unit_test(a_failure_blocks_what_is_behind_it_and_stops_the_rest),
		cmocka_unit_test(with_keep_going_the_rest_goes_on),
		cmocka_unit_test(an_allowed_failure_wakes_what_needs_it),
		cmocka_unit_test(a_retry_waits_for_its_time),
		cmocka_unit_test(a_stopped_scheduler_ends_what_runs_and_starts_nothing),
		cmocka_unit_test(random_runs_keep_every_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
