/* The run record, logs/99_pipeline_<run>.jsonl: every event of a run as a line of JSON, beside the pipeline
 * log. A listener.
 *
 * The essay on the format (schema restage.run/1) is in runrecord.c; runlog.h reads it. */
#ifndef VIEW_RUNRECORD_H
#define VIEW_RUNRECORD_H

#include "run/engine/listener.h"

struct err;
struct history;
struct runrecord;

/* Writes nothing before it hears RUN_BEGIN, which names the log that it lies beside; it is created then,
 * with its directory. Never NULL. */
struct runrecord *runrecord_new(void);
/* Its remarks become notices before the end; it must hear RUN_END before, and live as long. */
void runrecord_use_history(struct runrecord *record, const struct history *history);
/* To be put in the run's list; lives as long as the record. */
struct listener *runrecord_listener(struct runrecord *record);
/* 0, or -1 with err filled if the record could not be written (the first failure: nothing is written
 * after it). Ask when the run has ended. */
int runrecord_error(const struct runrecord *record, struct err *err);
/* Writes what is left and closes. */
void runrecord_free(struct runrecord *record);

#endif
