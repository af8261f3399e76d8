/* The two ways of `restage logs` to show many logs together: one after the other in the order of time, or
 * as an interactive viewer. Both return the exit code. */
#ifndef CMD_LOGS_PARTS_H
#define CMD_LOGS_PARTS_H

#include <stdbool.h>

#include "base/logline.h"

struct call;
struct logset;

/* Prints the lines of that level and above by time; with follows until the run ends. */
int logs_merge(struct call *call, struct logset *set, enum log_level level, bool follows);

/* Is there a terminal that can show the viewer, with somebody who can type? */
bool logs_can_view(void);
/* What fits on the screen is only printed, unless a run is going on. */
int logs_view(struct call *call, struct logset *set, enum log_level level);

#endif
