/* Many logs as one, line by line in the order of time. */
#ifndef CMD_LOGS_MERGED_H
#define CMD_LOGS_MERGED_H

#include <stdbool.h>

#include "base/logline.h"

struct logset;
struct pager;

/* Prints the lines of that level and above; with follows until the run ends. Returns the exit
 * code. */
int logs_merge(struct pager *pager, struct logset *set, enum log_level level, bool follows);

#endif
