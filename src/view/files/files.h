/* What a run leaves behind: listeners that write it. None is NULL; each is to be put into the run's
 * list. */
#ifndef VIEW_FILES_H
#define VIEW_FILES_H

#include "run/engine/listener.h"

struct history;

/* What is out of the ordinary in a run: stages that took much longer, or made much more, than they
 * used to (the limits are in history.c). To be put before those that ask it at RUN_END. */
struct history *history_new(void);
struct listener *history_listener(struct history *history);
/* Lines such as "asr took 41.0s, 3.2 times its median of 5 runs", at most ten, and one that counts
 * the others; from RUN_END on, printable. history NULL: none. */
uint32_t history_remarks(const struct history *history, const char *const **remarks);

/* The pipeline log, logs/99_pipeline_<run>.log: what happened in a run, stage by stage. The wording
 * is fixed, people grep for it ("FAILED", "❌ Stage"); the essay is in pipelog.c. It writes nothing
 * before it hears RUN_BEGIN, which names the file; it is created then, with its directory. The
 * summary has the remarks of history (NULL: none), which must hear RUN_END before, and live as
 * long. */
struct listener *pipelog_new(const struct history *history);

/* The run record, logs/99_pipeline_<run>.jsonl: every event of a run as a line of JSON, beside the
 * pipeline log. The essay on the format (schema restage.run/1) is in runrecord.c; past.h reads
 * it. The remarks of history become notices before the end; the rest is as with the log. */
struct listener *runrecord_new(const struct history *history);

/* Removes logs and records of old runs, as `keep_runs` says: at the end of a run in which some
 * stage was started, those beyond the newest N runs, or older than the age; never those of a run
 * that a manifest names (as its own, or as that of its last success), nor those of the present
 * one. */
struct listener *run_retention_new(void);
/* The same by itself: `run` is the present run's id, now_ns wall time. Needs the job's lock. */
int run_retention_remove(
	const struct graph *graph, const char *run, int64_t now_ns, struct err *err);

#endif
