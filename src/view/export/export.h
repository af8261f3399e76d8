/* A run in forms that other programs read: `restage export`. Each format is a file
 * export_<format>.c with its essay; this is the table of them. */
#ifndef VIEW_EXPORT_H
#define VIEW_EXPORT_H

#include <stdbool.h>

#include "base/clock.h"
#include "record/manifest/record.h"
#include "record/runs/past.h"

/* What a format is made from. */
struct export_run {
	const struct past_run *log;
	/* the definition as it is now; names may differ from those of the run */
	const struct graph *graph;
	const struct record *records; /* by stage of the graph; NULL unless the format wants them */
	bool is_alive;                /* the run has no end yet, and its process lives */
};

struct export_format {
	const char *name;
	bool wants_records;
	bool is_of_job; /* unless a run is asked for: of the job as it was made */
	void (*write)(struct buf *out, const struct export_run *run);
};

/* FIRST for the first, X for the others: name, file (export_<file>.c), wants_records, is_of_job. In
 * the order of the command's choices. */
#define EXPORT_FORMATS(FIRST, X) \
	FIRST("trace", trace, false, false) \
	X("openlineage", openlineage, false, false) \
	X("ro-crate", rocrate, false, true) \
	X("junit", junit, false, false) \
	X("prometheus", prometheus, true, false) \
	X("csv", csv, false, false)

#define EXPORT_FIRST_CHOICE(name, ...) name
#define EXPORT_CHOICE(name, ...) "|" name
#define EXPORT_CHOICES EXPORT_FORMATS(EXPORT_FIRST_CHOICE, EXPORT_CHOICE)

#define EXPORT_WRITER(name, file, ...) \
	void export_##file(struct buf *out, const struct export_run *run);
EXPORT_FORMATS(EXPORT_WRITER, EXPORT_WRITER)

extern const struct export_format export_formats[]; /* name NULL at the end */

/* What the formats share. Names (of stages, of files) stand in every format as base/name.h has
 * them, so that each is valid UTF-8 and can be undone; other text has U+FFFD for what is no UTF-8
 * (text_add_utf8). */

/* The wall time of an instant of the run, ISO 8601. */
void export_time(const struct past_run *log, double at, char text[CLOCK_ISO_SIZE]);
/* When an attempt ended, or until when it is known to have gone on. */
double export_end(const struct past_run *log, const struct past_attempt *attempt);
double export_seconds(const struct past_run *log, const struct past_attempt *attempt);
/* A figure of its resources as in the manifest; negative: not known. */
double export_resource(const struct past_attempt *attempt, const char *name);
double export_cpu_seconds(const struct past_attempt *attempt);
/* "done", "failed", "interrupted", "retried" (failed, and another attempt follows), "running" */
const char *export_state(const struct export_run *run, const struct past_attempt *attempt);
/* "exit code 1", "killed by SIGKILL", with ": " and what the run says of it, as far as it says
 * more. */
void export_outcome(
	struct buf *out, const struct export_run *run, const struct past_attempt *attempt);
/* A figure of run_end, 0 before it. */
double export_total(const struct past_run *log, const char *name);

/* By attempt: the one of the same stage before it, NONE for the first. Caller frees. */
uint32_t *export_previous(const struct past_run *log);

#endif
