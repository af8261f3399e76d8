/* The numbers of jobs, a row of a table each: those of the last success of each stage, beside the
 * parameters that the job's definition gives it now. */
#ifndef CMD_JOB_METRICS_H
#define CMD_JOB_METRICS_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct call;
struct err;
struct graph;
struct metrics_table;

struct job_metrics {
	struct call *call;
	int started_in; /* where the user stands: definitions are found from there */
	struct metrics_table *table;
	struct arena *arena;
	const struct graph *beside; /* NULL, or: only of its stages that are in `stages` */
	const bool *stages;
	uint32_t manifest_count; /* that were read */
	struct err *err;
};

/* The row of a job, by its definition; the process stands in the root afterwards. Exit code; if it
 * cannot be loaded, that has been told. */
int job_metrics_take(struct job_metrics *from, const char *job);

/* For report_wish: the rows of the jobs beside this one. ctx: struct job_metrics_place. Says
 * nothing of jobs that cannot be loaded. */
struct job_metrics_place {
	const struct call *call;
	int started_in;
};
uint32_t job_metrics_beside(
	void *ctx, const struct graph *graph, const bool *stages, struct metrics_table *table);

#endif
