/* What is out of the ordinary in a run: stages that took much longer, or made much more, than they
 * used to. A listener, to be put before those that ask it at RUN_END.
 *
 * A stage's history are its successful attempts in the records of earlier runs, the newest 20 of
 * which are read, at the end of a run and only if a stage took at least a second or made at least 1
 * MiB. With three attempts or more, twice their median and a second, or 1 MiB, above it is worth a
 * remark. */
#ifndef VIEW_HISTORY_H
#define VIEW_HISTORY_H

#include "run/engine/listener.h"

struct history;

struct history *history_new(void); /* never NULL */
/* To be put in the run's list; lives as long as it. */
struct listener *history_listener(struct history *history);
/* Lines such as "asr took 41.0s, 3.2 times its median of 5 runs", at most ten, and one that counts
 * the others; from RUN_END on, printable. history NULL: none. */
uint32_t history_remarks(const struct history *history, const char *const **remarks);

#endif
