/* Promise 24, by trying everything: the scheduler with a fake executor and a fake clock.
 *
 *   sched_explore STAGES BUDGET [SEED]    all graphs of 1 to STAGES stages; of four and more at most BUDGET
 *                                         million steps for each number of stages
 *
 * For each graph, kind of stages, number of jobs, with and without keep-going, and (up to four
 * stages) whether it grows, every order of events with every outcome is walked through: judged (at
 * once or later) as fresh, failed, or to be
 * run; ended as done, failed, to be tried again (once), or with outputs that are hashed aside; time
 * passing; one signal at any moment. When a run has ended, it is taken back to the last choice that
 * has another option left (sched_frozen.h), and goes on from there; where it comes to a state that
 * was seen before, it is left. A state is what is seen from outside: the state of each stage,
 * whether it was tried again and whether it waits for that, whether there was a failure or a signal
 * that stops; not the order in which queued stages came to that.
 *
 * Where the budget of a graph (what is left, shared out among the graphs that are left; the same
 * with CAMPAIGN_SECONDS) is too small for that, the last quarter of it goes to runs with random
 * choices, so that what comes late is not all that is tried. Graphs of four stages need some six
 * seconds together.
 *
 * A graph that grows lacks its last stage until the first one is about to be settled well: then
 * that comes, behind the first and before all others that need it. Or (a list that shrinks, too)
 * the second stage, which needed the first, is gone at that moment.
 *
 * After each step is checked, against sums of our own: nothing is judged before what it needs is
 * settled well; jobs, threads, memory, pools, GPUs and the console are never exceeded; nothing that
 * could be started is held back; nothing is started or judged after a stop; and there is always a
 * next event until the end, at which everything wanted is settled, what is behind a failure and
 * only that being blocked. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "result.h"
#include "run/engine/sched.h"
#include "sched_case.h"
#include "sched_frozen.h"

#define DEPTH_MAX 256
#define RETRY_MS 10
#define SEEN_MAX ((size_t)1 << 21)

/* Choices of the run under way, and how many options each had. */
static uint8_t choices[DEPTH_MAX], options[DEPTH_MAX];
static unsigned depth, known; /* taken so far in this run; taken over from the last */

static uint64_t seen[SEEN_MAX];
static uint32_t seen_slots[SEEN_MAX / 2];
static size_t seen_count;
static uint64_t steps, runs, failures;
/* Graphs by number of stages: all, those that were begun, those that were done to the end. */
static uint64_t wholes[STAGES_MAX + 1], begun[STAGES_MAX + 1], complete[STAGES_MAX + 1];

static uint64_t chance = 1;
static bool is_by_chance; /* choices are random ones, not those that were not tried yet */
static double end_s = INFINITY;
static bool is_out_of_time;

static struct sched *sched;
static int64_t clock_ms;
static bool is_stopped, is_signalled, is_bad;
static bool is_retried[STAGES_MAX], is_blocked[STAGES_MAX];
static int64_t not_before[STAGES_MAX];

/* How the graph of the case grows, and what of it is there now. */
enum growth {
	STAYS,
	GROWS,
	GROWS_AND_SHRINKS,
	GROWTHS,
};
static enum growth growth;
static bool has_grown;
static bool needs_now[STAGES_MAX][STAGES_MAX];

static bool is_gone(uint32_t stage)
{
	return has_grown && growth == GROWS_AND_SHRINKS && stage == 1 && needs[1][0];
}

/* Is the stage behind the first one? */
static bool is_behind_first(uint32_t stage)
{
	bool is_behind = stage && needs[stage][0];

	for (uint32_t k = 1; k < stage && !is_behind; k++)
		is_behind = needs[stage][k] && is_behind_first(k);
	return is_behind;
}

static void fill_needs(uint32_t last)
{
	memset(needs_now, 0, sizeof needs_now);
	for (uint32_t i = 0; i < graph.stage_count; i++) {
		for (uint32_t k = 0; k < i; k++)
			needs_now[i][k] = needs[i][k];
	}
	if (!has_grown)
		return;
	for (uint32_t i = 1; i < last; i++) {
		needs_now[last][i] = needs[last][i] && !is_behind_first(i);
		needs_now[i][last] = needs[i][0];
	}
	needs_now[last][0] = true;
	for (uint32_t i = 0; is_gone(1) && i < count; i++)
		needs_now[i][1] = needs_now[1][i] = false;
}

/* Each behind all that it needs. */
static void find_order(void)
{
	bool is_placed[STAGES_MAX] = {false};

	for (uint32_t n = 0; n < graph.stage_count;) {
		for (uint32_t i = 0; i < graph.stage_count; i++) {
			bool is_next = !is_placed[i];
			for (uint32_t k = 0; k < graph.stage_count; k++)
				is_next = is_next && (!needs_now[i][k] || is_placed[k]);
			if (!is_next)
				continue;
			is_placed[i] = true;
			order[n++] = i;
		}
	}
}

/* Makes the graph as it is now. */
static void link_now(void)
{
	uint32_t n = 0;

	graph.stage_count = growth == STAYS || has_grown ? count : count - 1;
	fill_needs(count - 1);
	for (uint32_t i = 0; i < graph.stage_count; i++) {
		stages[i].flags = is_gone(i) ? STAGE_GONE : 0;
		stages[i].needs.first = n;
		for (uint32_t k = 0; k < graph.stage_count; k++) {
			if (needs_now[i][k])
				edges[n++] = k;
		}
		stages[i].needs.count = n - stages[i].needs.first;
		stages[i].needed_by.first = n;
		for (uint32_t k = 0; k < graph.stage_count; k++) {
			if (needs_now[k][i])
				edges[n++] = k;
		}
		stages[i].needed_by.count = n - stages[i].needed_by.first;
	}
	find_order();
}

/* A run before one of its steps: all of the above. */
struct mark {
	unsigned depth;
	int64_t clock_ms;
	bool is_stopped, is_signalled, is_retried[STAGES_MAX], is_blocked[STAGES_MAX], has_grown;
	int64_t not_before[STAGES_MAX];
	size_t size;
	char memory[FROZEN_MAX];
};
static struct mark marks[DEPTH_MAX + 1];
static unsigned mark_count;

static void describe(void)
{
	fprintf(stderr, "  %u stages, growth %d%s, %u jobs, %s; needs:", count, (int)growth,
		has_grown ? " (over)" : "", limits.jobs,
		keep_going ? "keeps going" : "stops at a failure");
	for (uint32_t i = 0; i < count; i++) {
		fprintf(stderr, " %u(kind %u%s):", i, stages[i].settings,
			wanted[i] ? "" : ", unwanted");
		for (uint32_t k = 0; k < i; k++) {
			if (needs[i][k])
				fprintf(stderr, "%u", k);
		}
	}
	fprintf(stderr, "; lives:");
	for (uint32_t i = 0; i < graph.stage_count; i++)
		fprintf(stderr, " %d", (int)sched_state(sched, i));
	fprintf(stderr, "; choices:");
	for (unsigned i = 0; i < depth; i++)
		fprintf(stderr, " %u/%u", choices[i], options[i]);
	fprintf(stderr, "\n");
}

__attribute__((format(printf, 1, 2))) static void violated(const char *fmt, ...)
{
	va_list args;

	is_bad = true;
	if (failures++ >= 5)
		return;
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	describe();
}

static unsigned choose(unsigned n)
{
	if (depth == DEPTH_MAX) {
		violated("a run of more than %d choices: no end is reached", DEPTH_MAX);
		return 0;
	}
	if (is_by_chance) {
		chance ^= chance << 13;
		chance ^= chance >> 7;
		chance ^= chance << 17;
		choices[depth] = (uint8_t)(chance % n);
		options[depth] = (uint8_t)n;
	} else if (depth >= known) {
		choices[depth] = 0;
		options[depth] = (uint8_t)n;
	}
	return choices[depth++];
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ (hash >> 29);
}

/* All that decides what may come, as far as one can see it from outside. */
static bool is_seen(void)
{
	uint64_t hash = mix(is_stopped, (uint64_t)is_signalled << 1 | has_grown);

	for (uint32_t i = 0; i < graph.stage_count; i++) {
		bool is_waiting = not_before[i] > clock_ms;
		hash = mix(hash, (uint64_t)sched_state(sched, i) << 2 |
					 (uint64_t)is_retried[i] << 1 | is_waiting);
	}
	hash |= hash == 0;
	for (size_t i = hash % SEEN_MAX;; i = (i + 1) % SEEN_MAX) {
		if (seen[i] == hash)
			return true;
		if (seen[i])
			continue;
		if (seen_count == SEEN_MAX / 2) {
			violated("too many states to remember");
			return true;
		}
		seen[i] = hash;
		seen_slots[seen_count++] = (uint32_t)i;
		return false;
	}
}

static void forget_seen(void)
{
	while (seen_count)
		seen[seen_slots[--seen_count]] = 0;
}

static bool is_well(uint32_t stage)
{
	enum sched_state now = sched_state(sched, stage);

	return now == SCHED_FRESH || now == SCHED_DONE || now == SCHED_SKIPPED ||
	       (now == SCHED_FAILED && stages[stage].settings == ALLOWED);
}

/* Has the stage a failed one before it, however far? */
static bool is_behind_failure(uint32_t stage)
{
	for (uint32_t k = 0; k < graph.stage_count; k++) {
		if (!needs_now[stage][k] || !wanted[k])
			continue;
		if (sched_state(sched, k) == SCHED_FAILED && stages[k].settings != ALLOWED)
			return true;
		if (is_behind_failure(k))
			return true;
	}
	return false;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Would one more of this kind fit beside what runs? KINDS: does what runs fit? */
static bool fits(uint32_t kind)
{
	uint32_t jobs = 0, threads = 0, pooled = 0, gpus = 0, consoles = 0;
	uint64_t memory = 0;

	for (uint32_t i = 0; i <= graph.stage_count; i++) {
		if (i < graph.stage_count && sched_state(sched, i) != SCHED_RUNNING)
			continue;
		uint32_t k = i < graph.stage_count ? stages[i].settings : kind;
		if (k == KINDS)
			continue;
		uint64_t claimed = settings[k].memory[0];
		jobs++;
		threads += least(settings[k].threads, limits.threads);
		memory += claimed < limits.memory ? claimed : limits.memory;
		pooled += k == POOLED;
		gpus += k == GPU;
		consoles += k == CONSOLE;
	}
	return jobs <= limits.jobs && threads <= limits.threads && memory <= limits.memory &&
	       pooled <= 1 && gpus <= 1 && consoles <= 1;
}

static void note_blocked(void *ctx, uint32_t stage, uint32_t by)
{
	(void)ctx;
	(void)by;
	if (is_blocked[stage])
		violated("stage %u is told to be blocked twice", stage);
	is_blocked[stage] = true;
}

/* What is about to be settled may make the graph grow. */
static void grow(uint32_t stage, enum sched_state now)
{
	bool is_well = now == SCHED_FRESH || now == SCHED_DONE;

	if (growth == STAYS || has_grown || stage != 0 || !is_well || is_stopped)
		return;
	has_grown = true;
	link_now();
	sched_grow(sched, wanted, remaining);
}

static void settle(uint32_t stage, enum sched_state now)
{
	grow(stage, now);
	sched_settled(sched, stage, now);
	if (now == SCHED_FAILED && stages[stage].settings != ALLOWED && !keep_going)
		is_stopped = true;
}

static void judge(uint32_t stage)
{
	static const enum sched_state outcomes[] = {SCHED_QUEUED, SCHED_FRESH, SCHED_FAILED};
	enum sched_state now = outcomes[choose(3)];

	grow(stage, now);
	sched_checked(sched, stage, now);
	if (now == SCHED_FAILED && stages[stage].settings != ALLOWED && !keep_going)
		is_stopped = true;
}

/* As the loop of a run does it: judge what is ready, start what there is room for. */
static void judge_and_start(void)
{
	uint32_t stage;

	while ((stage = sched_next_check(sched)) != NONE && !is_bad) {
		if (is_stopped)
			violated("stage %u is judged after the stop", stage);
		if (is_gone(stage))
			violated("stage %u is judged, and gone", stage);
		for (uint32_t k = 0; k < graph.stage_count; k++) {
			if (needs_now[stage][k] && wanted[k] && !is_well(k))
				violated("stage %u is judged before %u is settled", stage, k);
		}
		/* Large inputs are hashed aside: judged by a later event. */
		if (choose(2) == 0)
			judge(stage);
	}
	while ((stage = sched_next_start(sched, clock_ms)) != NONE && !is_bad) {
		if (is_stopped)
			violated("stage %u is started after the stop", stage);
		if (not_before[stage] > clock_ms)
			violated("stage %u is started before its delay is over", stage);
		if (!fits(KINDS))
			violated("stage %u is started without room for it", stage);
	}
	for (uint32_t i = 0; i < graph.stage_count && !is_stopped && !is_bad; i++) {
		if (sched_state(sched, i) == SCHED_QUEUED && not_before[i] <= clock_ms &&
			fits(stages[i].settings))
			violated("stage %u is not started though there is room", i);
	}
}

static void end_command(uint32_t stage)
{
	switch (choose(is_retried[stage] ? 3 : 4)) {
	case 0:
		settle(stage, SCHED_DONE);
		break;
	case 1:
		settle(stage, SCHED_FAILED);
		break;
	case 2: /* its outputs are hashed aside */
		sched_ended(sched, stage);
		break;
	default:
		is_retried[stage] = true;
		not_before[stage] = clock_ms + RETRY_MS;
		sched_retry(sched, stage, not_before[stage]);
	}
}

/* One of the things that may come next; false: nothing can. */
static bool take_event(void)
{
	uint32_t candidates[STAGES_MAX], n = 0;
	int64_t wake = sched_wake_ms(sched);

	for (uint32_t i = 0; i < graph.stage_count; i++) {
		enum sched_state now = sched_state(sched, i);
		if (now == SCHED_RUNNING || now == SCHED_SETTLING || now == SCHED_CHECKING)
			candidates[n++] = i;
	}
	uint32_t all = n + (wake > clock_ms) + (is_signalled ? 0 : 1);
	if (n == 0 && wake <= clock_ms)
		return false;
	uint32_t which = choose(all);
	if (which >= n) {
		if (which == n && wake > clock_ms) {
			clock_ms = wake;
			return true;
		}
		is_signalled = is_stopped = true;
		sched_stop(sched);
		return true;
	}
	uint32_t stage = candidates[which];
	switch (sched_state(sched, stage)) {
	case SCHED_CHECKING:
		judge(stage);
		break;
	case SCHED_SETTLING:
		settle(stage, choose(2) ? SCHED_FAILED : SCHED_DONE);
		break;
	default:
		end_command(stage);
	}
	return true;
}

static void check_end(void)
{
	for (uint32_t i = 0; i < graph.stage_count; i++) {
		enum sched_state now = sched_state(sched, i);
		bool is_settled = is_well(i) || now == SCHED_FAILED || now == SCHED_BLOCKED;
		if (!wanted[i] || is_gone(i)) {
			if (now != SCHED_IDLE)
				violated("stage %u was not wanted", i);
			continue;
		}
		if (!is_stopped && !is_settled)
			violated("the end is reached without stage %u", i);
		if (now == SCHED_BLOCKED && !is_behind_failure(i))
			violated("stage %u is blocked without a failure before it", i);
		if (now != SCHED_BLOCKED && is_behind_failure(i))
			violated("stage %u is behind a failure and not blocked", i);
		if (is_blocked[i] != (now == SCHED_BLOCKED))
			violated("stage %u: being blocked is not told", i);
	}
}

static void set_mark(void)
{
	if (mark_count && marks[mark_count - 1].depth == depth)
		return;
	struct mark *mark = &marks[mark_count++];
	mark->depth = depth;
	mark->clock_ms = clock_ms;
	mark->is_stopped = is_stopped;
	mark->is_signalled = is_signalled;
	memcpy(mark->is_retried, is_retried, sizeof is_retried);
	memcpy(mark->is_blocked, is_blocked, sizeof is_blocked);
	mark->has_grown = has_grown;
	memcpy(mark->not_before, not_before, sizeof not_before);
	mark->size = frozen_save(mark->memory);
}

/* To the last mark at which choice number `known` - 1 was still to come. */
static void go_back(void)
{
	while (marks[mark_count - 1].depth >= known)
		mark_count--;
	const struct mark *mark = &marks[mark_count - 1];
	depth = mark->depth;
	clock_ms = mark->clock_ms;
	is_stopped = mark->is_stopped;
	is_signalled = mark->is_signalled;
	memcpy(is_retried, mark->is_retried, sizeof is_retried);
	memcpy(is_blocked, mark->is_blocked, sizeof is_blocked);
	if (has_grown != mark->has_grown) {
		has_grown = mark->has_grown;
		link_now();
	}
	memcpy(not_before, mark->not_before, sizeof not_before);
	frozen_load(mark->memory, mark->size);
}

static void begin_run(void)
{
	frozen_reset();
	has_grown = false;
	link_now();
	sched = sched_new(&graph, wanted, remaining, &limits, keep_going);
	sched_on_blocked(sched, note_blocked, NULL);
	memset(is_retried, 0, sizeof is_retried);
	memset(is_blocked, 0, sizeof is_blocked);
	memset(not_before, 0, sizeof not_before);
	clock_ms = 0;
	depth = mark_count = 0;
	is_stopped = is_signalled = false;
}

/* From where the run is, with the choices so far; left where it comes to what was seen. */
static void end_run(void)
{
	is_bad = false;
	while (!is_bad) {
		if (!is_by_chance)
			set_mark();
		judge_and_start();
		steps++;
		if (sched_is_over(sched)) {
			check_end();
			break;
		}
		if (!is_by_chance && depth >= known && is_seen())
			break;
		/* A stage that failed to be judged or started may have made others ready. */
		if (sched_count(sched, SCHED_READY) && !is_stopped)
			continue;
		if (!take_event())
			violated("nothing can happen any more, and it is not over");
	}
	runs++;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Looks at the clock only now and then. */
static bool is_past(double until_s)
{
	return until_s < INFINITY && runs % 64 == 0 && now_s() > until_s;
}

/* At most so many steps and seconds, three quarters of each for what is tried in order. */
static void explore(uint64_t budget, double seconds)
{
	uint64_t end = steps + budget / 4 * 3;
	double until_s = now_s() + seconds * 3 / 4;

	forget_seen();
	known = 0;
	begun[count]++;
	begin_run();
	do {
		if (known)
			go_back();
		end_run();
		known = depth;
		while (known > 0 && choices[known - 1] + 1u >= options[known - 1])
			known--;
		if (known > 0)
			choices[known - 1]++;
	} while (known > 0 && failures < 5 && steps < end && !is_past(until_s));
	complete[count] += known == 0;
	if (known == 0)
		return;
	is_by_chance = true;
	until_s += seconds / 4;
	for (end += budget / 4; failures < 5 && steps < end && !is_past(until_s);) {
		begin_run();
		end_run();
	}
	is_by_chance = false;
}

/* At most so many million steps, and so many seconds. */
static void explore_graphs(uint64_t budget, double seconds)
{
	uint32_t pairs = count * (count - 1) / 2;
	uint64_t kinds = count <= 2 ? (count == 1 ? KINDS : KINDS * KINDS) : 4;
	uint32_t growths = count == 1 || count > 4 ? 1 : count == 2 ? 2 : GROWTHS;
	uint64_t left = ((uint64_t)1 << pairs) * kinds * 6 * growths, end = steps + budget;
	double until_s = now_s() + seconds;

	wholes[count] = left;
	for (uint32_t turn = 0; turn < 1u << pairs && failures < 5; turn++) {
		/* Each once, in no order: those that time is left for are of every kind. */
		uint32_t shape = (turn * 0x9e3779b1u + (uint32_t)chance) & ((1u << pairs) - 1);
		uint32_t bit = 0;
		for (uint32_t i = 0; i < count; i++) {
			for (uint32_t k = 0; k < i; k++)
				needs[i][k] = shape >> bit++ & 1;
			remaining[i] = (double)(i * 7 % 3);
		}

		for (uint32_t number = 0; number < kinds && case_set_kinds(number); number++) {
			for (uint32_t way = 0; way < 6 * growths; way++) {
				keep_going = way % 2;
				growth = (enum growth)(way / 6);
				limits = (struct sched_limits){
					.jobs = 1 + way % 6 / 2,
					.threads = 1 + way % 6 / 2,
					.memory = 1000,
					.gpus = 1,
				};
				double left_s = until_s - now_s();
				if (left_s <= 0) {
					is_out_of_time = true;
					return;
				}
				uint64_t left_steps = end > steps ? end - steps : 0;
				explore(count <= 3 ? UINT64_MAX - steps : left_steps / left,
					count <= 3 ? left_s : left_s / (double)left);
				left--;
			}
		}
	}
}

static int report(uint32_t most)
{
	char note[1000];
	size_t size = (size_t)snprintf(note, sizeof note,
		"orders of events; to the end in this many graphs (with kinds of stages, 1 to 3 jobs, "
		"keep-going): ");

	for (uint32_t i = 1; i <= most; i++) {
		size += (size_t)snprintf(note + size, sizeof note - size,
			"%s%" PRIu64 " of %" PRIu64 " with %u", i > 1 ? ", " : "", complete[i],
			wholes[i], i);
		if (begun[i] > complete[i])
			size += (size_t)snprintf(note + size, sizeof note - size,
				" (%" PRIu64 " more in part)", begun[i] - complete[i]);
	}
	snprintf(note + size, sizeof note - size, " stages%s",
		is_out_of_time ? "; stopped by its time" : "");
	return result_report(24, "scheduler", runs, failures, note);
}

int main(int argc, char **argv)
{
	uint32_t most = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 3;
	uint64_t budget = (argc > 2 ? strtoull(argv[2], NULL, 10) : 1) * 1000000;
	const char *seconds = getenv("CAMPAIGN_SECONDS");

	if (most < 1 || most > STAGES_MAX) {
		fprintf(stderr, "usage: sched_explore STAGES BUDGET [SEED]\n");
		return 2;
	}
	chance = (argc > 3 ? strtoull(argv[3], NULL, 10) : 1) * 0x9e3779b97f4a7c15u;
	if (seconds && *seconds)
		end_s = now_s() + strtod(seconds, NULL);
	case_set_up();
	for (count = 1; count <= most; count++) {
		uint64_t before = steps;
		double left_s = end_s - now_s();
		explore_graphs(budget, count <= 3 ? left_s : left_s / (double)(most + 1 - count));
		printf("%u stages: %" PRIu64 " steps\n", count, steps - before);
	}
	return report(most);
}
