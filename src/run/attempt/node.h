/* The program that runs attempts on a node of a cluster:
 *
 *	restage-attempt FILE INDEX
 *
 * FILE is a batch (run/exec/jobfile.h), of which it runs the attempts of that index, one after the
 * other. Of each it takes hold first, by the file .claim in the attempt's own directory: whoever
 * comes second leaves it alone, so that it runs once however often it is submitted. What becomes of
 * it is left as a result. The scheduler is only told by the exit code: that of the last attempt
 * that failed, 128 + N of a signal; 3 of the environment, without a result.
 *
 * TERM, and the end of what started us, stop what runs, with its grace; a second one kills it. What
 * has ended by then leaves its result all the same, with digests as far as they were made. */
#ifndef RUN_NODE_H
#define RUN_NODE_H

#include <stdbool.h>

#include "base/arena.h"
#include "run/exec/jobfile.h"
#include "run/job/signals.h"

struct node {
	struct arena arena;
	struct signals signals;
	struct exec *exec;
	const char *job, *host; /* as the scheduler calls them */
};

/* Runs an attempt that was claimed, and tells of it; what it made is not looked at yet. All of the
 * result is in the node's arena. -1 with err: nobody knows what became of it. */
int node_run(
	struct node *node, const struct launch *launch, struct job_result *out, struct err *err);

#endif
