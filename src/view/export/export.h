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
	bool wants_records;
	void (*write)(struct buf *out, const struct export_run *run);
};

/* FIRST for the first, X for the others: name, file (export_<file>.c), wants_records. In the order
 * of the command's choices. */
#define EXPORT_FORMATS(FIRST, X) \
	FIRST("trace", trace, false) \
	X("openlineage", openlineage, false) \
	X("ro-crate", rocrate, false) \
	X("junit", junit, false) \
	X("prometheus", prometheus, true) \
	X("csv", csv, false)

#define EXPORT_FIRST_CHOICE(name, ...) name
#define EXPORT_CHOICE(name, ...) "|" name
#define EXPORT_CHOICES EXPORT_FORMATS(EXPORT_FIRST_CHOICE, EXPORT_CHOICE)

#define EXPORT_WRITER(name, file, ...) \
	void export_##file(struct buf *out, const struct export_run *run);
EXPORT_FORMATS(EXPORT_WRITER, EXPORT_WRITER)

extern const struct export_format export_formats[]; /* name NULL at the end */

#endif
