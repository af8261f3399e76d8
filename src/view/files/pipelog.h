/* The pipeline log, logs/99_pipeline_<run>.log: what happened in a run, stage by stage. A listener.
 *
 * The wording is fixed, people grep for it ("FAILED", "❌ Stage"); the essay is in pipelog.c. */
#ifndef VIEW_PIPELOG_H
#define VIEW_PIPELOG_H

#include "run/engine/listener.h"

struct history;

/* Writes nothing before it hears RUN_BEGIN, which names the file; it is created then, with its
 * directory. The summary has the remarks of history (NULL: none), which must hear RUN_END before,
 * and live as long. Never NULL; to be put in the run's list. */
struct listener *pipelog_new(const struct history *history);

#endif
