/* Whether somebody follows what a run writes. Who does has a shared lock on that file, so that
 * nothing is written for it, it ends with them whatever ends them, and it holds between machines
 * where locks do. */
#ifndef RECORD_RUNS_WATCHED_H
#define RECORD_RUNS_WATCHED_H

#include <stdbool.h>

void watched_begin(int fd);     /* open for reading: it is followed until that is closed */
bool watched_by_others(int fd); /* false also where nobody can tell */

#endif
