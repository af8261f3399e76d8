/* A run in forms that other programs read: `restage export`. Each format is a file
 * export_<format>.c with its essay; this is the table of them. */
#ifndef VIEW_EXPORT_H
#define VIEW_EXPORT_H

#include <stdbool.h>

#include "record/manifest/record.h"
#include "record/runs/runlog.h"

struct buf;
struct graph;

/* What a format is made from. */
struct export_run {
	const struct runlog *log;
	/* the definition as it is now; names may differ from those of the run */
	const struct graph *graph;
	const struct record *records; /* by stage of the graph; NULL unless the format wants them */
	bool is_alive;                /* the run has no end yet, and its process lives */
};

struct export_format {
	const char *name;
	const char *purpose; /* what it is for, a few words */
	bool wants_records;
	void (*write)(struct buf *out, const struct export_run *run);
};

/* In the order of the command's choices; name NULL at the end. */
extern const struct export_format export_formats[];
#define EXPORT_CHOICES "trace|openlineage|ro-crate|junit|prometheus|csv"

void export_trace(struct buf *out, const struct export_run *run);
void export_openlineage(struct buf *out, const struct export_run *run);
void export_rocrate(struct buf *out, const struct export_run *run);
void export_junit(struct buf *out, const struct export_run *run);
void export_prometheus(struct buf *out, const struct export_run *run);
void export_csv(struct buf *out, const struct export_run *run);

#endif
