/* The run record, logs/99_pipeline_<run>.jsonl: every event of a run as a line of JSON, beside the
 * pipeline log. A listener.
 *
 * The essay on the format (schema restage.run/1) is in runrecord.c; runlog.h reads it. */
#ifndef VIEW_RUNRECORD_H
#define VIEW_RUNRECORD_H

#include "run/engine/listener.h"

struct history;

/* Writes nothing before it hears RUN_BEGIN, which names the log that it lies beside; it is created
 * then, with its directory. The remarks of history (NULL: none) become notices before the end; it
 * must hear RUN_END before, and live as long. Never NULL; to be put in the run's list. */
struct listener *runrecord_new(const struct history *history);

#endif
