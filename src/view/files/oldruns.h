/* Removing logs and records of old runs, as `keep_runs` says. A listener.
 *
 * At the end of a run in which some stage was started, those beyond the newest N runs, or older than the
 * age, are removed; never those of a run that a manifest names (as its own, or as that of its last success),
 * nor those of the present one. */
#ifndef VIEW_OLDRUNS_H
#define VIEW_OLDRUNS_H

#include "run/engine/listener.h"

struct err;
struct oldruns;

struct oldruns *oldruns_new(void); /* never NULL */
/* To be put in the run's list; lives as long as it. */
struct listener *oldruns_listener(struct oldruns *oldruns);
/* 0, or -1 with err filled if something could not be removed. */
int oldruns_error(const struct oldruns *oldruns, struct err *err);
void oldruns_free(struct oldruns *oldruns);

/* The same by itself: `run` is the present run's id, now_ns wall time. Needs the job's lock. */
int oldruns_remove(const struct graph *graph, const char *run, int64_t now_ns, struct err *err);

#endif
