/* What was handed to a cluster and is not settled: whoever would change a job's files waits for its
 * end, as for a run of this machine, which the job's lock tells of. */
#ifndef RUN_HANDED_H
#define RUN_HANDED_H

struct err;
struct graph;

/* Does something of the job still work elsewhere, as far as files tell? Then -1 with err
 * (EXIT_WORLD), which names it and says what to do. For the holder of the job's lock. */
int handed_check(const struct graph *graph, struct err *err);

#endif
