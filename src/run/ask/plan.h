/* What a run would do, without doing it: for run -n, status, why, graph. Starts no process and
 * writes nothing; works while a run is going on. */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "record/judge/judge.h"
#include "record/judge/known.h"
#include "record/manifest/record.h"

struct cache_settings;
struct err;
struct graph;
struct stamps;
struct tools;
struct viewer_sight;
struct views;
struct workers;

enum plan_state {
	PLAN_NOT_SELECTED,
	PLAN_FRESH, /* up to date */
	PLAN_RUN,   /* out of date: verdict says why */
	/* Up to date now, but something before it will run: it runs if its inputs come out
	 * different. Or it depends on what its tools say, which was not asked (no cause then, and
	 * the verdict has the reason). */
	PLAN_MAY_RUN,
	PLAN_DISABLED,
	PLAN_RUNNING, /* another process is running it right now */
};

struct plan_stage {
	struct verdict verdict;
	const struct record *record; /* never NULL */
	const char *dir;             /* where its directory is now (before renumbering) */
	/* PLAN_RUN: no command runs, since the results of that attempt are in the shared cache;
	 * NULL: they are not there, as far as is known, or not looked for */
	const struct attempt_origin *restored;
	enum plan_state state;
	/* PLAN_MAY_RUN, or PLAN_RUN because of missing outputs before it: a stage that it waits
	 * for; else NONE */
	uint32_t cause;
	uint32_t failure; /* a failed stage in front of it, without which it cannot run; NONE */
	/* PLAN_MAY_RUN: the cause is a stage that reads what this one made, which is temporary and
	 * gone: it is made again if that one runs */
	bool is_for_cause;
	/* of the record only the status and what the last success took are there */
	bool is_from_index;
	bool is_interrupted; /* a work directory lies there without a living owner */
};

struct plan {
	const struct graph *graph; /* with its places as they are: see stage_dirs_follow */
	struct plan_stage *stages; /* by stage */
	struct stamps *stamps;
	struct workers *workers; /* of the stamps */
	struct known known;
	bool *has_dir;       /* by stage; NULL: not looked for */
	struct tools *tools; /* NULL: not asked */
	struct views *views; /* NULL: there are none */
	struct viewer_sight *sight;
	int64_t now_ns; /* wall */
	struct arena arena;
	uint32_t run_count, may_count, fresh_count, disabled_count;
	uint32_t restored_count;         /* none of run_count */
	double run_seconds, may_seconds; /* what those cost when they last ran, as far as known */
	double restored_seconds;         /* that they took where they were made, as far as known */
	/* of those that will or may run, how many have no earlier duration */
	uint32_t unknown_count;
	bool is_job_running;  /* a run holds the lock */
	char run_holder[128]; /* "pid 1234 since 2025-11-27 14:09:15", "" if none */
	const char *notice;   /* about what is kept of earlier runs, or the shared cache; or NULL */
};

struct plan_request {
	const struct graph *graph;
	/* that the graph came from, or NULL; stays the caller's, for as long as the plan */
	const struct index *index;
	const bool *wanted;
	const bool *forced; /* by stage, or NULL */
	const bool *named;  /* by stage: a run's target itself; or NULL */
	/* All manifests are read. Else those of stages that are up to date by the index are not,
	 * nor those of stages that are not wanted: see is_from_index. Warnings of the last attempts
	 * are there nevertheless. */
	bool with_records;
	/* Version commands are run. Else what they say is taken as recorded, and a stage that has
	 * some may run. */
	bool asks;
	/* The shared cache, in whose directory stages that will run are looked up; NULL: they are
	 * not. Nothing is touched there, and no server is asked. Of inputs that are large, of which
	 * no run knows the names of contents, these are made if `asks` alone: without it such a
	 * stage runs, as far as is known. */
	const struct cache_settings *cache;
};

/* Reading a manifest that fails is RECORD_UNREADABLE; -1 only for what makes a plan impossible. */
int plan_make(const struct plan_request *request, struct plan *plan, struct err *err);
void plan_free(struct plan *plan);

/* Inputs that are made by no stage and are not there, of wanted stages; calls missing(ctx, stage,
 * use). */
void plan_missing_inputs(const struct graph *graph, struct stamps *stamps, const bool *wanted,
	void (*missing)(void *ctx, uint32_t stage, uint32_t use), void *ctx);

#endif
