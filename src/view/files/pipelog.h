/* The pipeline log, logs/99_pipeline_<run>.log: what happened in a run, stage by stage. A listener.
 *
 * The wording is fixed, people grep for it ("FAILED", "❌ Stage"); the essay is in pipelog.c. */
#ifndef VIEW_PIPELOG_H
#define VIEW_PIPELOG_H

#include "run/engine/listener.h"

struct err;
struct history;
struct pipelog;

/* Writes nothing before it hears RUN_BEGIN, which names the file; it is created then, with its
 * directory. Never NULL. */
struct pipelog *pipelog_new(void);
/* The summary has its remarks; it must hear RUN_END before, and live as long. */
void pipelog_use_history(struct pipelog *log, const struct history *history);
/* To be put in the run's list; lives as long as the log. */
struct listener *pipelog_listener(struct pipelog *log);
/* 0, or -1 with err filled if the log could not be written (the first failure: nothing is written after
 * it). Ask when the run has ended. */
int pipelog_error(const struct pipelog *log, struct err *err);
/* Writes what is left and closes. */
void pipelog_free(struct pipelog *log);

#endif
