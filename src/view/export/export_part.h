/* What the formats of export.h share, for their own files only.
 *
 * Names (of stages, of files) stand in every format as base/name.h has them, so that each is valid
 * UTF-8 and can be undone; other text has U+FFFD for what is no UTF-8 (text_add_utf8). */
#ifndef VIEW_EXPORT_PART_H
#define VIEW_EXPORT_PART_H

#include "base/clock.h"
#include "view/export/export.h"

/* The wall time of an instant of the run, ISO 8601. */
void export_time(const struct runlog *log, double at, char text[CLOCK_ISO_SIZE]);
/* When an attempt ended, or until when it is known to have gone on. */
double export_end(const struct runlog *log, const struct runlog_attempt *attempt);
double export_seconds(const struct runlog *log, const struct runlog_attempt *attempt);
/* A figure of its resources as in the manifest; negative: not known. */
double export_resource(const struct runlog_attempt *attempt, const char *name);
double export_cpu_seconds(const struct runlog_attempt *attempt);
/* "done", "failed", "interrupted", "retried" (failed, and another attempt follows), "running" */
const char *export_state(const struct export_run *run, const struct runlog_attempt *attempt);
/* "exit code 1", "killed by SIGKILL", with ": " and what the run says of it, as far as it says
 * more. */
void export_outcome(
	struct buf *out, const struct export_run *run, const struct runlog_attempt *attempt);
/* "success", "failed", "interrupted", "error", "running", "killed" (there is no end, and no
 * process) */
const char *export_run_outcome(const struct export_run *run);
/* A figure of run_end, 0 before it. */
double export_total(const struct runlog *log, const char *name);

/* By attempt: the one of the same stage before it, NONE for the first. Caller frees. */
uint32_t *export_previous(const struct runlog *log);

#endif
