/* Looking stages up in the shared cache, and taking what fits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "model/graph/cache_settings.h"
#include "record/cache/cache_now.h"
#include "run/engine/context.h"
#include "run/engine/reuse.h"

#define ASKS_MAX 4 /* for what a stage read: files that change all the time are not waited for */
#define TAKING_MAX 16u
#define ACTIVE_MAX 64u /* each has memory, and what is looked up early is taken late */
/* A result is waited for so many times the cache's timeout, or what the stage took when it was made
 * so many times; seconds at most. */
#define PATIENCE_TIMEOUTS 6
#define PATIENCE_TIMES 3
#define PATIENCE_MOST 1e8
#define TAKERS_LEAST 4u /* they wait for disks and servers more than they compute */

void reuse_begin(struct run *run)
{
	if (!run->options->cache || !cache_settings_on(run->options->cache))
		return;
	run->reuse = mem_alloc(sizeof *run->reuse);
}

static void free_left(struct left_dir *dir)
{
	while (dir) {
		struct left_dir *next = dir->next;
		cache_listing_free(&dir->list);
		free(dir);
		dir = next;
	}
}

static struct reuse_stage *stage_of(struct reuse *reuse, uint32_t stage)
{
	uint32_t old = reuse->stage_cap;

	MEM_ROOM(reuse->stages, stage, reuse->stage_cap);
	if (reuse->stage_cap > old)
		memset(reuse->stages + old, 0, (reuse->stage_cap - old) * sizeof *reuse->stages);
	return &reuse->stages[stage];
}

void restore_free(struct restore *restore)
{
	for (uint32_t k = 0; k < restore->left_count; k++)
		cache_listing_free(&restore->left_out[k].list);
	told_free(&restore->told);
	buf_free(&restore->log);
	buf_free(&restore->text);
	arena_free(&restore->arena);
	free(restore);
}

void reuse_end(struct run *run)
{
	struct reuse *reuse = run->reuse;

	if (!reuse)
		return;
	workers_free(reuse->takers);
	workers_free(reuse->givers);
	for (uint32_t i = 0; i < reuse->stage_cap; i++) {
		/* what is taken belongs to its attempt */
		if (reuse->stages[i].restore && reuse->stages[i].restore->step != RESTORE_TAKEN)
			restore_free(reuse->stages[i].restore);
		free_left(reuse->stages[i].left);
	}
	cache_close(reuse->cache);
	free(reuse->waiting);
	free(reuse->stages);
	free(reuse);
	run->reuse = NULL;
}

int reuse_taking_fd(const struct run *run)
{
	return run->reuse && run->reuse->takers ? workers_fd(run->reuse->takers) : -1;
}

int reuse_giving_fd(const struct run *run)
{
	return run->reuse && run->reuse->givers ? workers_fd(run->reuse->givers) : -1;
}

bool reuse_wants(const struct run *run, uint32_t stage)
{
	return run->reuse && !run->reuse->is_off && cache_key_may(run->graph, stage);
}

void reuse_want(void *ctx)
{
	struct run *run = ctx;
	const struct graph *graph = run->graph;

	for (uint32_t stage = 0; stage < graph->stage_count; stage++) {
		const struct stage *s = &graph->stages[stage];
		if (!run->wanted[stage] || !reuse_wants(run, stage))
			continue;
		for (uint32_t i = 0; i < s->input_count; i++)
			stamps_want_content(run->stamps, graph->uses[s->first_use + i].file);
	}
}

static void refuse(struct run *run, const struct err *err)
{
	run->reuse->is_off = true;
	notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "no cache is used: %s", err->text);
}

static bool open_cache(struct run *run)
{
	struct reuse *reuse = run->reuse;
	struct err err = {0};

	if (reuse->cache || reuse->is_off)
		return !reuse->is_off;
	unsigned count = process_processors();
	reuse->cache = cache_open(run->options->cache, &err);
	if (reuse->cache)
		reuse->takers = workers_new(count > TAKERS_LEAST ? count : TAKERS_LEAST, &err);
	if (reuse->takers)
		reuse->givers = workers_new(TAKERS_LEAST, &err);
	if (!reuse->givers)
		refuse(run, &err);
	return reuse->givers;
}

void reuse_missed(struct run *run, const struct restore *restore)
{
	struct reuse_stage *known = stage_of(run->reuse, restore->stage);

	known->missed = restore->key;
	known->has_missed = true;
}

/* It comes again when what it reads was made again; what it made itself meanwhile is there. */
static bool has_missed(const struct run *run, const struct restore *restore)
{
	const struct reuse_stage *known = &run->reuse->stages[restore->stage];

	return known->has_missed && !run->stages[restore->stage].has_run &&
	       sha256_eq(&known->missed, &restore->key);
}

/* It is none that is looked up any more. */
static void forget(struct reuse *reuse, uint32_t stage)
{
	stage_of(reuse, stage)->restore = NULL;
	reuse->active--;
}

static void miss(struct run *run, struct restore *restore)
{
	uint32_t stage = restore->stage;
	bool is_pushed = restore->is_pushed;

	if (restore->step != RESTORE_KEY)
		reuse_missed(run, restore);
	forget(run->reuse, stage);
	restore_free(restore);
	if (is_pushed)
		check_fresh(run, stage);
	else
		check_queue(run, stage);
}

static void submit(struct run *run, struct restore *restore, enum restore_step step,
	void (*work)(struct work *work))
{
	restore->step = step;
	restore->asked = 0;
	restore->cache = run->reuse->cache;
	restore->work.run = work;
	workers_submit(run->reuse->takers, &restore->work);
}

/* In a worker. */
static void look_up(struct work *work)
{
	struct restore *restore = (struct restore *)work;

	restore->is_found =
		cache_find(restore->cache, &restore->arena, &restore->key, &restore->entry);
}

/* In a worker. */
static void take(struct work *work)
{
	struct restore *restore = (struct restore *)work;
	const struct entry_variant *variant = restore->variant;
	int64_t until_ns = restore->limit_ns ? clock_mono_ns() + restore->limit_ns : 0;

	restored_choose(restore, until_ns);
	/* first, so that those which a server spoilt are seen, and put anew */
	restore->result = cache_take_outputs(
		restore->cache, &restore->taken, restore->into, until_ns, &restore->err);
	if (restore->result == CACHE_TAKEN)
		restore->result = cache_take_bytes(
			restore->cache, &variant->manifest, TOLD_MAX, until_ns, &restore->text);
	if (restore->result == CACHE_TAKEN)
		restore->result = cache_take_bytes(
			restore->cache, &variant->log, REUSE_LOG_MAX, until_ns, &restore->log);
}

static void find_key(struct run *run, struct restore *restore)
{
	bool waits;

	if (restore->asked++ == ASKS_MAX || sched_is_stopped(run->sched)) {
		miss(run, restore);
		return;
	}
	if (!reuse_key(run, restore->stage, &restore->key, &waits)) {
		if (!waits)
			miss(run, restore);
		return;
	}
	struct reuse_stage *known = stage_of(run->reuse, restore->stage);
	known->key = restore->key;
	known->has_key = true;
	if (restore->is_pushed)
		offer_record(run, restore->stage);
	if (restore->only_key || has_missed(run, restore))
		miss(run, restore);
	else
		submit(run, restore, RESTORE_LOOKED_UP, look_up);
}

static void begin(struct run *run, uint32_t stage, bool only_key, bool is_pushed)
{
	struct restore *restore = mem_alloc(sizeof *restore);
	struct reuse_stage *known = stage_of(run->reuse, stage);

	restore->stage = stage;
	restore->only_key = only_key;
	restore->is_pushed = is_pushed;
	known->restore = restore;
	run->reuse->active++;
	find_key(run, restore);
}

static void begin_waiting(struct run *run)
{
	struct reuse *reuse = run->reuse;

	while (reuse->begun < reuse->waiting_count &&
		(reuse->active < ACTIVE_MAX || sched_is_stopped(run->sched))) {
		uint32_t stage = reuse->waiting[reuse->begun++];
		if (sched_is_stopped(run->sched))
			check_queue(run, stage);
		else
			begin(run, stage, false, false);
	}
	if (reuse->begun == reuse->waiting_count)
		reuse->begun = reuse->waiting_count = 0;
}

bool restore_push(struct run *run, uint32_t stage)
{
	if (!reuse_wants(run, stage) || !open_cache(run) || !cache_writes(run->reuse->cache))
		return false;
	begin(run, stage, true, true);
	return true;
}

bool restore_begin(struct run *run, uint32_t stage, bool is_forced)
{
	struct reuse *reuse = run->reuse;

	if (!reuse_wants(run, stage) || !open_cache(run))
		return false;
	stage_of(reuse, stage)->has_key = false;
	bool is_read = cache_reads(reuse->cache) && !is_forced && !run->options->audit;
	if (!is_read && !cache_writes(reuse->cache))
		return false;
	if (!is_read) {
		begin(run, stage, true, false);
		return true;
	}
	MEM_ROOM(reuse->waiting, reuse->waiting_count, reuse->waiting_cap);
	reuse->waiting[reuse->waiting_count++] = stage;
	begin_waiting(run);
	return true;
}

/* Asks for what is not known of a variant. */
static enum cache_fit variant_fits(
	struct run *run, struct restore *restore, const struct entry_variant *variant)
{
	uint32_t *ids = mem_grow(NULL, (size_t)variant->input_count + 1, sizeof *ids);
	enum cache_fit fit = CACHE_FITS;
	uint32_t count = 0;

	for (uint32_t i = 0; i < variant->input_count && fit != CACHE_FITS_NOT; i++) {
		enum cache_fit one =
			cache_now_fits(&run->finder, run->stamps, &variant->inputs[i], &ids[count]);
		count += one == CACHE_FITS_PERHAPS;
		fit = one == CACHE_FITS ? fit : one;
	}
	if (fit == CACHE_FITS_PERHAPS && !stamps_ask(run->stamps, ids, count, true, restore->stage))
		restore->step = RESTORE_FITTING; /* it is resumed */
	free(ids);
	return fit;
}

bool restore_fits(struct run *run, struct restore *restore)
{
	uint32_t id;

	for (uint32_t i = 0; i < restore->variant->input_count; i++) {
		if (cache_now_fits(&run->finder, run->stamps, &restore->variant->inputs[i], &id) !=
			CACHE_FITS)
			return false;
	}
	return true;
}

static void choose(
	struct reuse *reuse, struct restore *restore, const struct entry_variant *variant)
{
	restore->variant = variant;
	restore->step = RESTORE_CHOSEN;
	if (!reuse->chosen)
		reuse->chosen_end = &reuse->chosen;
	*reuse->chosen_end = restore;
	reuse->chosen_end = &restore->next;
}

/* How long what is taken may take: a server that sends little, but always something, must not hold
 * up a stage that would have run by then. */
static int64_t limit_of(const struct run *run, const struct entry_variant *variant)
{
	double least = (double)run->options->cache->timeout_ms / 1000 * PATIENCE_TIMEOUTS;
	double seconds = variant->seconds * PATIENCE_TIMES;

	if (run->options->only_restores) /* nothing would run in its place */
		return 0;
	seconds = seconds > least ? seconds : least;
	return (int64_t)((seconds < PATIENCE_MOST ? seconds : PATIENCE_MOST) * 1e9);
}

static void begin_taking(struct run *run, struct restore *restore)
{
	struct err err = {0};

	restore->limit_ns = limit_of(run, restore->variant);
	restore->origin = (struct attempt_origin){
		.run = restore->variant->run,
		.job = restore->variant->job,
		.host = restore->variant->host,
		.completed_at = restore->variant->when,
		.seconds = restore->variant->seconds,
	};
	restore->running = restored_new(run, restore, &err);
	if (restore->running) {
		run->reuse->taking++;
		submit(run, restore, RESTORE_TAKEN, take);
		return;
	}
	if (err.sys != EXDEV && err.sys != ELOOP) /* which whoever starts it comes to again */
		run_fail(run, &err);
	miss(run, restore);
}

static void fit(struct run *run, struct restore *restore)
{
	for (uint32_t i = 0; i < restore->entry.count && !sched_is_stopped(run->sched); i++) {
		const struct entry_variant *variant = &restore->entry.variants[i];
		enum cache_fit fit = CACHE_FITS_PERHAPS;
		restore->step = RESTORE_LOOKED_UP;
		/* small files are read at once */
		while (fit == CACHE_FITS_PERHAPS && restore->step != RESTORE_FITTING &&
			restore->asked++ < ASKS_MAX * ENTRY_VARIANTS)
			fit = variant_fits(run, restore, variant);
		if (restore->step == RESTORE_FITTING)
			return;
		if (fit == CACHE_FITS) {
			choose(run->reuse, restore, variant);
			return;
		}
	}
	miss(run, restore);
}

/* So many at once that no taker waits, and no more: each holds descriptors. */
static void take_chosen(struct run *run)
{
	struct reuse *reuse = run->reuse;

	while (reuse->chosen && (reuse->taking < TAKING_MAX || sched_is_stopped(run->sched))) {
		struct restore *restore = reuse->chosen;
		reuse->chosen = restore->next;
		if (sched_is_stopped(run->sched))
			miss(run, restore);
		else
			begin_taking(run, restore);
	}
}

bool restore_resume(struct run *run, uint32_t stage)
{
	struct restore *restore = run->reuse ? stage_of(run->reuse, stage)->restore : NULL;

	if (restore && restore->step == RESTORE_KEY)
		find_key(run, restore);
	else if (restore && restore->step == RESTORE_FITTING)
		fit(run, restore);
	else
		return false;
	take_chosen(run); /* no worker need come back before */
	begin_waiting(run);
	return true;
}

static void taken(struct run *run, struct restore *restore)
{
	struct running *running = restore->running;

	forget(run->reuse, restore->stage);
	run->reuse->taking--;
	running->is_settling = false;
	if (restore->result == CACHE_TAKEN && !running->is_cancelled &&
		!sched_is_stopped(run->sched) && restored_fill(run, running)) {
		restore->step = RESTORE_SETTLING;
		sched_restored(run->sched, restore->stage);
		running_tell_start(run, running);
		attempt_finish(run, running);
		return;
	}
	if (restore->result == CACHE_FAILED)
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "stage %s is not restored: %s",
			stage_name(run->graph, restore->stage), restore->err.text);
	restored_drop(run, running);
}

void reuse_stop(struct run *run)
{
	if (run->reuse && run->reuse->cache)
		cache_stop(run->reuse->cache);
}

void reuse_step(struct run *run)
{
	struct reuse *reuse = run->reuse;
	struct work *work;

	if (!reuse || !reuse->givers)
		return;
	while ((work = workers_collect(reuse->takers))) {
		struct restore *restore = (struct restore *)work;
		if (restore->step == RESTORE_TAKEN)
			taken(run, restore);
		else if (restore->is_found)
			fit(run, restore);
		else
			miss(run, restore);
	}
	take_chosen(run);
	begin_waiting(run);
	offer_step(run);
	const char *complaint = cache_complaint(reuse->cache);
	if (complaint)
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "%s", complaint);
}
