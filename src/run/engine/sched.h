/* The scheduler: which stage is judged next, which is started next. Knows no process, no disk and
 * no clock (times are given), so that a test can drive it through any order of events.
 *
 *   IDLE -> WANTED -> READY -> CHECKING -> FRESH
 *                                  |-> SETTLING -> DONE (restored; or QUEUED)
 *                                  \-> QUEUED -> RUNNING -> SETTLING -> DONE | FAILED     BLOCKED
 *
 * A stage is READY when everything that it needs is settled (FRESH, DONE, SKIPPED, or FAILED where
 * that is allowed). FRESH and DONE both wake what needs it: "ran, but nothing changed" needs no
 * code of its own. */
#ifndef RUN_SCHED_H
#define RUN_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "model/graph/executor.h"
#include "model/graph/graph.h"

enum sched_state {
	SCHED_IDLE,     /* not part of this run */
	SCHED_WANTED,   /* waits for others */
	SCHED_READY,    /* everything before it is settled */
	SCHED_CHECKING, /* its files are being looked at */
	SCHED_FRESH,    /* up to date */
	SCHED_SKIPPED,  /* disabled, or said so itself */
	SCHED_QUEUED,   /* must run; waits for room */
	SCHED_RUNNING,  /* its command runs */
	SCHED_SETTLING, /* its outputs are hashed and put in place */
	SCHED_DONE,
	SCHED_FAILED,
	SCHED_BLOCKED, /* something before it failed */
	SCHED_COUNT,
};

/* Where stages run that are elsewhere, they claim nothing of this machine: only pools, and one of
 * so many places there. */
struct sched_limits {
	enum executor executor; /* of stages that do not say it themselves */
	uint32_t away;          /* stages at once elsewhere */
	uint32_t jobs;          /* stages at once here */
	uint32_t threads;       /* that they may claim together */
	uint32_t gpus;          /* the same */
	uint64_t memory;        /* bytes that they may claim together */
};

struct sched;

/* remaining[stage]: longest remaining path, larger is started first. Borrowed for the call only. */
struct sched *sched_new(const struct graph *graph, const bool *wanted, const double *remaining,
	const struct sched_limits *limits, bool keep_going);
void sched_free(struct sched *sched);

enum sched_state sched_state(const struct sched *sched, uint32_t stage);
uint32_t sched_count(const struct sched *sched, enum sched_state state);

/* A READY stage, now CHECKING; NONE if there is none. */
uint32_t sched_next_check(struct sched *sched);
/* CHECKING -> FRESH, SKIPPED, QUEUED, or FAILED. */
void sched_checked(struct sched *sched, uint32_t stage, enum sched_state state);
/* CHECKING -> SETTLING: what it would make was there already, and is put in place. */
void sched_restored(struct sched *sched, uint32_t stage);
/* SETTLING -> QUEUED: it was not what it is to be. */
void sched_unrestored(struct sched *sched, uint32_t stage);
/* A QUEUED stage for which there is room, here or elsewhere, now RUNNING with its claims taken;
 * NONE if there is none. */
uint32_t sched_next_start(struct sched *sched, int64_t now_ms);
uint32_t sched_next_away(struct sched *sched, int64_t now_ms);
/* Does it run elsewhere? */
bool sched_is_away(const struct sched *sched, uint32_t stage);
/* How many run here. */
uint32_t sched_here(const struct sched *sched);
/* When a QUEUED stage that waits for its retry could start; -1: none does. */
int64_t sched_wake_ms(const struct sched *sched);
/* RUNNING -> SETTLING: the command has ended; its claims are given back. */
void sched_ended(struct sched *sched, uint32_t stage);
/* SETTLING or RUNNING -> QUEUED again, not before then. */
void sched_retry(struct sched *sched, uint32_t stage, int64_t not_before_ms);
/* The same at once, where it was lost without having failed: it takes what it took. */
void sched_again(struct sched *sched, uint32_t stage);
/* SETTLING or RUNNING -> DONE, SKIPPED or FAILED. A failure without keep_going stops the scheduler;
 * one that is allowed wakes what needs the stage like a success. What is behind a failure gets
 * BLOCKED. */
void sched_settled(struct sched *sched, uint32_t stage, enum sched_state state);
/* Temporary outputs that are gone: a settled stage is judged once more (-> READY, or WANTED if
 * something before it is not settled); what is WANTED behind it waits for it again. One that
 * updates a file in place waits for what runs behind it, too, and what does not run yet for it. */
void sched_reopen(struct sched *sched, uint32_t stage);
/* CHECKING, or SETTLING what was restored -> WANTED: a stage that it needs was reopened. */
void sched_wait_again(struct sched *sched, uint32_t stage);
/* After a reopened stage came out different: the stage read what it was before. It is judged once
 * more, at once if it is settled, or when it is. */
void sched_judge_again(struct sched *sched, uint32_t stage);
/* How many there are, of the limits: before there are stages that take some. */
void sched_allow_gpus(struct sched *sched, uint32_t gpus);
/* The graph has more stages than before, behind the others, or what WANTED and READY ones need is
 * not what it was; what is gone of these is IDLE now. Those of `wanted` that were IDLE are
 * WANTED. */
void sched_grow(struct sched *sched, const bool *wanted, const double *remaining);
/* Nothing more is started or judged; what runs may end. */
void sched_stop(struct sched *sched);
bool sched_is_stopped(const struct sched *sched);
/* Nothing runs, settles or is being checked, and nothing can be started any more. */
bool sched_is_over(const struct sched *sched);

/* Told of each stage as it gets BLOCKED: the failed or blocked stage before it. Set before the
 * first failure. */
void sched_on_blocked(
	struct sched *sched, void (*blocked)(void *ctx, uint32_t stage, uint32_t by), void *ctx);

#endif
