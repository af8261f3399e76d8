/* What a run tells those who watch it: the console, the pipeline log, the run record. The run knows
 * none of them. Strings and pointers are borrowed for the call only. */
#ifndef RUN_LISTENER_H
#define RUN_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/logline.h"
#include "base/money.h"
#include "record/manifest/attempt.h"

struct err;
struct graph;

enum run_event_kind {
	/* run: selected counts are known; before anything is judged; count: 1 if the run before was
	 * killed; total: 1 if the definition is another than that run's */
	RUN_BEGIN,
	/* level and text: about the run itself (index rebuilt, waiting for a lock, ...) */
	RUN_NOTICE,
	RUN_WAIT, /* text: another run holds the lock; who */
	/* count, total: bytes hashed and to hash; at most a few a second, after one second */
	RUN_HASHING,
	/* stage is up to date; count: 1 if its manifest was written back to that success */
	STAGE_FRESH,
	/* stage is disabled, or said so itself; text: reason; count: 1 if it was not so before */
	STAGE_SKIP,
	/* stage is not run because `other` failed or was blocked; NONE: text says why */
	STAGE_BLOCKED,
	/* stage and job wait elsewhere for their turn; text: for what, or NULL. Told again when
	 * that changes */
	STAGE_QUEUED,
	/* stage, attempt (what is known of it by now), attempt number, reasons, command */
	STAGE_START,
	/* a line of the stage's output: level and text; for followers; count: 1 for a state of
	 * progress that what follows replaces */
	STAGE_LINE,
	STAGE_LOG,      /* the stage logged with StageIO: level and text */
	STAGE_PROGRESS, /* fraction 0..1 (negative: unknown), text: what it said */
	STAGE_SAMPLE,   /* resources so far of a stage that lasts over a second */
	STAGE_RETRY,    /* an attempt failed, another follows after delay_ms; attempt tells */
	STAGE_DONE,     /* attempt tells all; also of one that was restored */
	/* attempt tells all; tail: the last lines that the command put out, text: one line of what
	 * went wrong */
	STAGE_FAIL,
	STAGE_WARNING, /* text: warning about the stage, also in its manifest */
	RUN_SIGNAL,    /* a signal came: number in count; the run winds down */
	RUN_END,       /* totals; text: what of the world failed, NULL if nothing did */
};

/* How the text of a failure begins that is known by its code or signal alone. */
#define FAILED_BY_CODE "exit code "
#define FAILED_BY_SIGNAL "killed by "

struct run_totals {
	uint32_t selected; /* stages that the run is about */
	uint32_t ran, restored, fresh, skipped, failed, blocked, interrupted, allowed_failures;
	uint32_t done;        /* settled so far, whatever came of them */
	double seconds;       /* so far */
	double saved_seconds; /* what the fresh ones cost when they last ran */
	double cpu_seconds;
	double read_mb, written_mb;
	double memory_mb;      /* the most that a stage had at once ... */
	uint32_t memory_stage; /* ... and which it was */
	struct money costs;
	bool is_over_budget;     /* so not all was started */
	double eta_seconds;      /* negative: not known */
	uint64_t warnings;       /* of the last attempts of stages */
	uint32_t audit_findings; /* undeclared inputs, writes outside of outputs */
};

struct run_event {
	enum run_event_kind kind;
	const struct graph *graph;
	int64_t wall_ns, mono_ns;
	const char *run_id;
	const char *log_path; /* of the pipeline log, relative to the root */
	uint32_t stage;       /* NONE if not about one */
	uint32_t other;       /* STAGE_BLOCKED */
	uint32_t attempt_number;
	enum log_level level;
	const char *text;
	uint64_t text_len; /* of a line, which has no NUL at its end */
	const char *command;
	const char *job, *host; /* of STAGE_QUEUED and STAGE_START elsewhere; NULL: not known */
	const struct reason *reasons;
	uint32_t reason_count;
	const struct attempt *attempt;
	double before_seconds; /* how long the stage took when it last ran; negative: not known */
	const char *const *tail;
	uint32_t tail_count;
	double fraction;
	uint64_t count, total;
	int64_t delay_ms;
	/* RUN_END: the graph as the definition gives it now, if it has grown; else NULL */
	const struct graph *normal;
	bool is_lost; /* RUN_END: another run may be in the job, nothing more is written there */
	const struct run_totals *totals; /* always */
};

struct listener {
	void (*hear)(void *ctx, const struct run_event *event);
	/* Called when nothing happened for a while, for redrawing; next wish in ms, -1: none. May
	 * be NULL. */
	int (*tick)(void *ctx, int64_t mono_ns, const struct run_totals *totals);
	/* Does somebody follow what it writes, at this moment? NULL: nobody, unless it wants
	 * lines. */
	bool (*is_watched)(void *ctx);
	void (*free)(void *ctx); /* with ctx; writes what is left */
	const struct err *err;   /* what it could not do, the first thing; NULL: it cannot fail */
	bool wants_lines;        /* STAGE_LINE for each line of the stages' output */
	void *ctx;
	struct listener *next;
};

/* 0, or -1 with err filled if the listener could not do what it is for. Ask when the run has
 * ended. */
int listener_error(const struct listener *listener, struct err *err);
void listener_free(struct listener *listener); /* NULL is fine */

#endif
