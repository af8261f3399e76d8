/* What a report says of one stage beside the graph: its manifest, and its log. */
#ifndef VIEW_REPORT_STAGE_H
#define VIEW_REPORT_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/json_write.h"

/* The member "manifest": manifest.json below dir, without what no page shows (identity, the success
 * before), and with at most `files` files in each of its lists; how many more there were is in
 * inputs_more, outputs_more, intermediate_files_more. null if there is none that can be read. */
void report_write_manifest(struct json_writer *w, const char *dir, uint32_t files);
/* How many files of a kind, if there are so many stages. */
uint32_t report_files_of_each(uint32_t stage_count);

/* The members "log", the end of stage.log below dir, at most `limit` bytes, null if it is not there
 * or empty; and "log_truncated". */
void report_write_log(struct json_writer *w, const char *dir, size_t limit);

/* Appends one JSON object on one line, the stream's event about a stage that has settled:
 * {"event": "stage", "stage": name, "manifest": ..., "log": ..., "log_truncated": ...} */
void report_stage_event(
	struct buf *out, const char *name, const char *dir, uint32_t files, size_t limit);
/* The same with the log only, of a stage that is running. */
void report_stage_log_event(struct buf *out, const char *name, const char *dir, size_t limit);

#endif
