/* The scheduler's state, for its own files only. */
#ifndef RUN_SCHED_PART_H
#define RUN_SCHED_PART_H

#include "run/engine/sched.h"
#include "run/engine/sched_heap.h"

struct class
{ /* QUEUED stages of equal settings: they compete for the same things */
	struct stage_heap queue;
	uint32_t passed_over;
	bool is_away;
};

struct delayed {
	uint32_t stage;
	int64_t not_before_ms;
};

struct sched {
	const struct graph *graph;
	uint8_t *states;
	uint32_t *waits; /* by stage: unsettled ones that it needs */
	bool *again;     /* by stage: to be reopened when it settles; NULL: none is */
	/* by stage: reopened, and updates files in place: it and what needs it take turns; NULL:
	 * there is none */
	bool *alone;
	uint32_t *tries; /* by stage: attempts that failed and are made again */
	double *remaining;
	struct sched_limits limits;
	bool keep_going, is_stopped;
	uint32_t counts[SCHED_COUNT];
	uint32_t *ready; /* ring of READY stages, first come first served */
	uint32_t ready_first, ready_count;
	/* of the graph, as far as it is taken in */
	uint32_t stage_count, settings_count, pool_count;
	struct class *classes; /* by settings */
	struct delayed *delayed;
	uint32_t delayed_count, delayed_cap;
	bool has_away; /* a class is */
	uint32_t away;
	uint32_t jobs; /* claimed now */
	uint32_t threads;
	uint64_t memory;
	uint32_t gpus, consoles;
	uint32_t *pools; /* claimed now, by pool */
	void (*blocked)(void *ctx, uint32_t stage, uint32_t by);
	void *blocked_ctx;
};

void sched_put(struct sched *s, uint32_t stage, enum sched_state state);
void sched_make_ready(struct sched *s, uint32_t stage);
bool sched_is_settled(enum sched_state state);

/* sched_turns.c */
/* The stage is reopened. */
void sched_take_turns(struct sched *s, uint32_t stage);
/* How many it waits for: what it needs and is not settled, and what it lets end before. */
uint32_t sched_count_waits(const struct sched *s, uint32_t stage);
/* RUNNING or SETTLING begins, or ends, for a stage for which another may wait. */
void sched_hold(struct sched *s, uint32_t stage);
void sched_let_go(struct sched *s, uint32_t stage);
/* Is it to wait for one that it needs? Then it is WANTED now. */
bool sched_gives_way(struct sched *s, uint32_t stage);

/* sched_new.c */
/* Of classes from that one on: which run elsewhere. */
void sched_find_away(struct sched *s, uint32_t first);

#endif
