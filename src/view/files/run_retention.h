/* Removing logs and records of old runs, as `keep_runs` says. A listener.
 *
 * At the end of a run in which some stage was started, those beyond the newest N runs, or older
 * than the age, are removed; never those of a run that a manifest names (as its own, or as that of
 * its last success), nor those of the present one. */
#ifndef VIEW_RUN_RETENTION_H
#define VIEW_RUN_RETENTION_H

#include "run/engine/listener.h"

struct err;

/* Never NULL; to be put in the run's list. */
struct listener *run_retention_new(void);

/* The same by itself: `run` is the present run's id, now_ns wall time. Needs the job's lock. */
int run_retention_remove(
	const struct graph *graph, const char *run, int64_t now_ns, struct err *err);

#endif
