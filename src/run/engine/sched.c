#include "run/engine/sched.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/engine/sched_part.h"

/* How often a stage that needs more room than is free may be passed over by smaller ones before
 * nothing else is started until it fits. */
#define PATIENCE 64

/* The one place where a state changes. */
void sched_put(struct sched *s, uint32_t stage, enum sched_state state)
{
	s->counts[s->states[stage]]--;
	s->counts[state]++;
	s->states[stage] = (uint8_t)state;
}

bool sched_is_settled(enum sched_state state)
{
	return state == SCHED_FRESH || state == SCHED_DONE || state == SCHED_SKIPPED ||
	       state == SCHED_FAILED || state == SCHED_BLOCKED;
}

void sched_make_ready(struct sched *s, uint32_t stage)
{
	sched_put(s, stage, SCHED_READY);
	s->ready[(s->ready_first + s->ready_count++) % s->stage_count] = stage;
}

enum sched_state sched_state(const struct sched *s, uint32_t stage)
{
	return (enum sched_state)s->states[stage];
}

uint32_t sched_count(const struct sched *s, enum sched_state state)
{
	return s->counts[state];
}

bool sched_is_away(const struct sched *s, uint32_t stage)
{
	return s->has_away && s->classes[s->graph->stages[stage].settings].is_away;
}

uint32_t sched_here(const struct sched *s)
{
	return s->jobs;
}

uint32_t sched_next_check(struct sched *s)
{
	while (s->ready_count > 0 && !s->is_stopped) {
		uint32_t stage = s->ready[s->ready_first];
		s->ready_first = (s->ready_first + 1) % s->stage_count;
		s->ready_count--;
		if (sched_gives_way(s, stage))
			continue;
		sched_put(s, stage, SCHED_CHECKING);
		return stage;
	}
	return NONE;
}

static void queue_push(struct sched *s, uint32_t stage)
{
	stage_heap_push(&s->classes[s->graph->stages[stage].settings].queue, s->remaining, stage);
}

/* What a stage claims, cut to what there is at all: one that wants more than everything runs
 * alone. */
struct claim {
	uint32_t threads, gpu;
	uint64_t memory;
};

static struct claim claim_of(const struct sched *s, uint32_t stage)
{
	const struct settings *settings = stage_settings(s->graph, stage);
	struct claim claim = {
		.threads = settings->threads,
		.gpu = settings->gpu,
		.memory = settings->memory[settings_nth(s->tries[stage] + 1)],
	};

	if (claim.threads > s->limits.threads)
		claim.threads = s->limits.threads;
	if (claim.memory > s->limits.memory)
		claim.memory = s->limits.memory;
	if (claim.gpu > s->limits.gpus)
		claim.gpu = s->limits.gpus;
	return claim;
}

static bool has_pools(const struct sched *s, const struct settings *settings)
{
	for (uint32_t i = 0; i < POOLS_MAX && settings->pools[i].count; i++) {
		const struct pool_claim *wish = &settings->pools[i];
		if (s->pools[wish->pool] + wish->count > s->graph->pools[wish->pool].capacity)
			return false;
	}
	return true;
}

static bool has_room(const struct sched *s, uint32_t stage)
{
	const struct settings *settings = stage_settings(s->graph, stage);

	if (sched_is_away(s, stage))
		return s->away < s->limits.away && has_pools(s, settings);
	struct claim claim = claim_of(s, stage);
	if (s->jobs >= s->limits.jobs || s->threads + claim.threads > s->limits.threads)
		return false;
	if (claim.memory && s->memory + claim.memory > s->limits.memory)
		return false;
	if (claim.gpu && s->gpus + claim.gpu > s->limits.gpus)
		return false;
	if ((settings->flags & SET_CONSOLE) && s->consoles)
		return false;
	return has_pools(s, settings);
}

static bool lacks_gpus(const struct sched *s, uint32_t stage)
{
	return !sched_is_away(s, stage) && s->gpus + claim_of(s, stage).gpu > s->limits.gpus;
}

static void take_claims(struct sched *s, uint32_t stage)
{
	const struct settings *settings = stage_settings(s->graph, stage);
	struct claim claim = claim_of(s, stage);

	for (uint32_t i = 0; i < POOLS_MAX && settings->pools[i].count; i++)
		s->pools[settings->pools[i].pool] += settings->pools[i].count;
	if (sched_is_away(s, stage)) {
		s->away++;
		return;
	}
	s->jobs++;
	s->threads += claim.threads;
	s->memory += claim.memory;
	s->gpus += claim.gpu;
	s->consoles += settings->flags & SET_CONSOLE ? 1 : 0;
}

static void give_claims(struct sched *s, uint32_t stage)
{
	const struct settings *settings = stage_settings(s->graph, stage);
	struct claim claim = claim_of(s, stage);

	for (uint32_t i = 0; i < POOLS_MAX && settings->pools[i].count; i++)
		s->pools[settings->pools[i].pool] -= settings->pools[i].count;
	if (sched_is_away(s, stage)) {
		s->away--;
		return;
	}
	s->jobs--;
	s->threads -= claim.threads;
	s->memory -= claim.memory;
	s->gpus -= claim.gpu;
	s->consoles -= settings->flags & SET_CONSOLE ? 1 : 0;
}

/* Only a lack of what is shared by all (threads, memory), or of several GPUs or places in a pool at
 * once, is worth keeping others back for: a place in a full pool comes by itself. */
static bool is_worth_patience(const struct settings *settings)
{
	bool is_single = settings->pools[0].count && settings->gpu <= 1;

	for (uint32_t i = 0; i < POOLS_MAX && settings->pools[i].count; i++)
		is_single = is_single && settings->pools[i].count == 1 && i == 0;
	return !is_single && !(settings->flags & SET_CONSOLE) && settings->gpu != 1;
}

static void wake_delayed(struct sched *s, int64_t now_ms)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->delayed_count; i++) {
		if (s->delayed[i].not_before_ms <= now_ms)
			queue_push(s, s->delayed[i].stage);
		else
			s->delayed[kept++] = s->delayed[i];
	}
	s->delayed_count = kept;
}

/* Is there one that several GPUs are kept for? */
static bool keeps_gpus(const struct sched *s)
{
	for (uint32_t i = 0; s->limits.gpus > 1 && i < s->graph->settings_count; i++) {
		const struct class *class = &s->classes[i];
		if (class->queue.count && class->passed_over > PATIENCE &&
			lacks_gpus(s, class->queue.items[0]))
			return true;
	}
	return false;
}

/* Those of here and those of elsewhere compete among themselves. What comes is out of its queue. */
static uint32_t next_queued(struct sched *s, int64_t now_ms, bool is_away)
{
	uint32_t best = NONE, first = NONE;

	if (s->delayed_count)
		wake_delayed(s, now_ms);
	if (s->counts[SCHED_QUEUED] == s->delayed_count)
		return NONE;
	bool are_kept = !is_away && keeps_gpus(s);
	for (uint32_t i = 0; i < s->graph->settings_count; i++) {
		struct class *class = &s->classes[i];
		if (class->queue.count == 0 || class->is_away != is_away ||
			(are_kept && s->graph->settings[i].gpu && class->passed_over <= PATIENCE))
			continue;
		uint32_t top = class->queue.items[0];
		if (class->passed_over > PATIENCE && !has_room(s, top)) {
			if (!lacks_gpus(s, top))
				return NONE;
			continue;
		}
		if (first == NONE || stage_goes_before(s->remaining, top, first))
			first = top;
		if (has_room(s, top) &&
			(best == NONE || stage_goes_before(s->remaining, top, best)))
			best = top;
	}
	if (best == NONE)
		return NONE;
	/* those that take no GPU do not keep it from one */
	bool is_in_its_way = !lacks_gpus(s, first) || stage_settings(s->graph, best)->gpu;
	if (first != best && is_in_its_way && is_worth_patience(stage_settings(s->graph, first)))
		s->classes[s->graph->stages[first].settings].passed_over++;
	struct class *class = &s->classes[s->graph->stages[best].settings];
	class->passed_over = 0;
	stage_heap_pop(&class->queue, s->remaining);
	return best;
}

static uint32_t next_start(struct sched *s, int64_t now_ms, bool is_away)
{
	uint32_t stage;

	do {
		stage = next_queued(s, now_ms, is_away);
	} while (stage != NONE && sched_gives_way(s, stage));
	if (stage != NONE) {
		take_claims(s, stage);
		sched_put(s, stage, SCHED_RUNNING);
	}
	return stage;
}

uint32_t sched_next_start(struct sched *s, int64_t now_ms)
{
	return s->is_stopped || s->jobs >= s->limits.jobs ? NONE : next_start(s, now_ms, false);
}

uint32_t sched_next_away(struct sched *s, int64_t now_ms)
{
	return !s->has_away || s->is_stopped || s->away >= s->limits.away
		       ? NONE
		       : next_start(s, now_ms, true);
}

int64_t sched_wake_ms(const struct sched *s)
{
	int64_t wake = -1;

	for (uint32_t i = 0; i < s->delayed_count && !s->is_stopped; i++) {
		if (wake < 0 || s->delayed[i].not_before_ms < wake)
			wake = s->delayed[i].not_before_ms;
	}
	return wake;
}

static void wake_dependents(struct sched *s, uint32_t stage)
{
	struct span by = s->graph->stages[stage].needed_by;

	for (uint32_t i = 0; i < by.count; i++) {
		uint32_t other = s->graph->edges[by.first + i];
		if (s->states[other] == SCHED_WANTED && --s->waits[other] == 0)
			sched_make_ready(s, other);
	}
}

/* Everything behind the stage, breadth first, without recursion. */
static void block_dependents(struct sched *s, uint32_t stage)
{
	uint32_t *queue MEM_LOCAL = NULL, count = 0, cap = 0;

	MEM_PUSH(queue, count, cap, stage);
	for (uint32_t next = 0; next < count; next++) {
		struct span by = s->graph->stages[queue[next]].needed_by;
		for (uint32_t i = 0; i < by.count; i++) {
			uint32_t other = s->graph->edges[by.first + i];
			if (s->states[other] != SCHED_WANTED)
				continue;
			sched_put(s, other, SCHED_BLOCKED);
			if (s->blocked)
				s->blocked(s->blocked_ctx, other, queue[next]);
			MEM_PUSH(queue, count, cap, other);
		}
	}
}

void sched_reopen(struct sched *s, uint32_t stage)
{
	struct span by = s->graph->stages[stage].needed_by;

	assert(sched_is_settled(sched_state(s, stage)));
	sched_take_turns(s, stage);
	for (uint32_t i = 0; i < by.count; i++) {
		uint32_t other = s->graph->edges[by.first + i];
		s->waits[other] += s->states[other] == SCHED_WANTED;
	}
	s->waits[stage] = sched_count_waits(s, stage);
	if (s->waits[stage])
		sched_put(s, stage, SCHED_WANTED);
	else
		sched_make_ready(s, stage);
}

void sched_wait_again(struct sched *s, uint32_t stage)
{
	bool runs = s->states[stage] == SCHED_SETTLING;

	assert(runs || s->states[stage] == SCHED_CHECKING);
	s->waits[stage] = sched_count_waits(s, stage);
	assert(s->waits[stage]);
	sched_put(s, stage, SCHED_WANTED);
	if (runs)
		sched_let_go(s, stage);
}

void sched_judge_again(struct sched *s, uint32_t stage)
{
	enum sched_state state = sched_state(s, stage);

	if (state == SCHED_FRESH || state == SCHED_DONE || state == SCHED_SKIPPED) {
		sched_reopen(s, stage);
	} else if (state == SCHED_CHECKING || state == SCHED_RUNNING || state == SCHED_SETTLING) {
		if (!s->again)
			s->again = mem_alloc((size_t)s->graph->stage_count + 1);
		s->again[stage] = true;
	}
}

static void settle(struct sched *s, uint32_t stage, enum sched_state state)
{
	assert(sched_is_settled(state));
	bool ran = s->states[stage] == SCHED_SETTLING;
	sched_put(s, stage, state);
	if (s->alone)
		s->alone[stage] = false;
	if (ran)
		sched_let_go(s, stage);
	bool is_allowed = stage_settings(s->graph, stage)->flags & SET_ALLOW_FAILURE;
	if (state == SCHED_FAILED && !is_allowed) {
		block_dependents(s, stage);
		if (!s->keep_going)
			s->is_stopped = true;
		return;
	}
	wake_dependents(s, stage);
	if (s->again && s->again[stage] && state != SCHED_FAILED) {
		s->again[stage] = false;
		sched_reopen(s, stage);
	}
}

void sched_checked(struct sched *s, uint32_t stage, enum sched_state state)
{
	assert(s->states[stage] == SCHED_CHECKING);
	if (state != SCHED_QUEUED) {
		settle(s, stage, state);
		return;
	}
	sched_put(s, stage, SCHED_QUEUED);
	queue_push(s, stage);
}

void sched_restored(struct sched *s, uint32_t stage)
{
	assert(s->states[stage] == SCHED_CHECKING);
	sched_put(s, stage, SCHED_SETTLING);
	sched_hold(s, stage);
}

void sched_unrestored(struct sched *s, uint32_t stage)
{
	assert(s->states[stage] == SCHED_SETTLING);
	sched_put(s, stage, SCHED_QUEUED);
	queue_push(s, stage);
	sched_let_go(s, stage);
}

void sched_ended(struct sched *s, uint32_t stage)
{
	assert(s->states[stage] == SCHED_RUNNING);
	give_claims(s, stage);
	sched_put(s, stage, SCHED_SETTLING);
}

void sched_retry(struct sched *s, uint32_t stage, int64_t not_before_ms)
{
	if (s->states[stage] == SCHED_RUNNING)
		sched_ended(s, stage);
	assert(s->states[stage] == SCHED_SETTLING);
	sched_put(s, stage, SCHED_QUEUED);
	s->tries[stage]++;
	MEM_ROOM(s->delayed, s->delayed_count, s->delayed_cap);
	s->delayed[s->delayed_count++] = (struct delayed){stage, not_before_ms};
	sched_let_go(s, stage);
}

void sched_again(struct sched *s, uint32_t stage)
{
	sched_retry(s, stage, 0);
	s->tries[stage]--;
}

void sched_settled(struct sched *s, uint32_t stage, enum sched_state state)
{
	if (s->states[stage] == SCHED_RUNNING)
		sched_ended(s, stage);
	assert(s->states[stage] == SCHED_SETTLING);
	settle(s, stage, state);
}

static void enlarge(struct sched *s)
{
	uint32_t old = s->stage_count, n = s->graph->stage_count;
	uint32_t *ready = mem_alloc(((size_t)n + 1) * sizeof *ready);

	for (uint32_t i = 0; i < s->ready_count; i++)
		ready[i] = s->ready[(s->ready_first + i) % old];
	free(s->ready);
	s->ready = ready;
	s->ready_first = 0;
	s->states = mem_enlarge(s->states, old, n, sizeof *s->states);
	s->waits = mem_enlarge(s->waits, old, n, sizeof *s->waits);
	s->tries = mem_enlarge(s->tries, old, n, sizeof *s->tries);
	s->remaining = mem_enlarge(s->remaining, old, n, sizeof *s->remaining);
	if (s->again)
		s->again = mem_enlarge(s->again, old, n, sizeof *s->again);
	if (s->alone)
		s->alone = mem_enlarge(s->alone, old, n, sizeof *s->alone);
	s->classes = mem_enlarge(
		s->classes, s->settings_count, s->graph->settings_count, sizeof *s->classes);
	s->pools = mem_enlarge(s->pools, s->pool_count, s->graph->pool_count, sizeof *s->pools);
	sched_find_away(s, s->settings_count);
	s->counts[SCHED_IDLE] += n - old;
	s->stage_count = n;
	s->settings_count = s->graph->settings_count;
	s->pool_count = s->graph->pool_count;
}

static void leave_out_gone(struct sched *s)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->stage_count; i++) {
		enum sched_state state = sched_state(s, i);
		if ((s->graph->stages[i].flags & STAGE_GONE) &&
			(state == SCHED_WANTED || state == SCHED_READY))
			sched_put(s, i, SCHED_IDLE);
	}
	for (uint32_t i = 0; i < s->ready_count; i++) {
		uint32_t stage = s->ready[i];
		if (s->states[stage] == SCHED_READY && sched_count_waits(s, stage))
			sched_put(s, stage, SCHED_WANTED);
		if (s->states[stage] == SCHED_READY)
			s->ready[kept++] = stage;
	}
	s->ready_count = kept;
}

/* The failed or blocked stage before one; NONE. */
static uint32_t failed_before(const struct sched *s, uint32_t stage)
{
	struct span needs = s->graph->stages[stage].needs;

	for (uint32_t i = 0; i < needs.count; i++) {
		uint32_t need = s->graph->edges[needs.first + i];
		bool is_allowed = stage_settings(s->graph, need)->flags & SET_ALLOW_FAILURE;
		if (s->states[need] == SCHED_BLOCKED ||
			(s->states[need] == SCHED_FAILED && !is_allowed))
			return need;
	}
	return NONE;
}

void sched_allow_gpus(struct sched *s, uint32_t gpus)
{
	s->limits.gpus = gpus;
}

void sched_grow(struct sched *s, const bool *wanted, const double *remaining)
{
	enlarge(s);
	leave_out_gone(s);
	for (uint32_t i = 0; i < s->stage_count; i++) {
		uint32_t stage = s->graph->order[i];
		enum sched_state state = sched_state(s, stage);
		bool is_gone = s->graph->stages[stage].flags & STAGE_GONE;
		if (state == SCHED_IDLE && wanted[stage] && !is_gone)
			sched_put(s, stage, state = SCHED_WANTED);
		if (state == SCHED_IDLE || state == SCHED_WANTED || state == SCHED_READY)
			s->remaining[stage] = remaining ? remaining[stage] : 0;
		if (state != SCHED_WANTED)
			continue;
		uint32_t by = failed_before(s, stage);
		s->waits[stage] = sched_count_waits(s, stage);
		if (by != NONE) {
			sched_put(s, stage, SCHED_BLOCKED);
			if (s->blocked)
				s->blocked(s->blocked_ctx, stage, by);
		} else if (!s->waits[stage]) {
			sched_make_ready(s, stage);
		}
	}
}

void sched_stop(struct sched *s)
{
	s->is_stopped = true;
}

bool sched_is_stopped(const struct sched *s)
{
	return s->is_stopped;
}

bool sched_is_over(const struct sched *s)
{
	if (s->counts[SCHED_CHECKING] || s->counts[SCHED_RUNNING] || s->counts[SCHED_SETTLING])
		return false;
	return s->is_stopped || (s->counts[SCHED_READY] == 0 && s->counts[SCHED_QUEUED] == 0);
}

void sched_on_blocked(
	struct sched *s, void (*blocked)(void *ctx, uint32_t stage, uint32_t by), void *ctx)
{
	s->blocked = blocked;
	s->blocked_ctx = ctx;
}
