/* What processes use while they run. */
#ifndef RUN_SAMPLE_H
#define RUN_SAMPLE_H

#include <sys/types.h>

#include "run/exec/exec.h"

/* The process tree below pid (0: nothing): its CPU time with that of those in it that have
 * ended. */
struct exec_sample sample_tree(pid_t pid);

#endif
