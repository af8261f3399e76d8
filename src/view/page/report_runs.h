/* The runs that a report tells of, with their records as they are on disk. */
#ifndef VIEW_REPORT_RUNS_H
#define VIEW_REPORT_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

struct err;
struct graph;

struct report_run {
	const char *run;
	struct buf lines; /* whole, valid lines of its record, each with its newline */
	size_t end;       /* where in the record the line after them begins */
	bool has_started; /* some stage */
	bool has_ended;
};

struct report_runs {
	struct arena arena;
	struct report_run *items; /* oldest first; all have records */
	uint32_t count;
	const char *shown;    /* id of the run that the report is of; NULL: the job never ran */
	const char *log_path; /* the pipeline log of that run, or NULL */
};

/* wanted: an id, "last", "last~1", the beginning of an id; NULL: the run that goes on, if is_live,
 * else the last that ran something, else the last. The runs up to the one that is shown, if is_live
 * up to the newest; of those before it only such as ran something, and no more than a page bears.
 * -1 if there is no run `wanted`, or the disk fails. */
int report_runs_load(struct report_runs *runs, const struct graph *graph, const char *wanted,
	bool is_live, struct err *err);
void report_runs_free(struct report_runs *runs);

#endif
