/* A JSON document that is written member by member, so that one about 100,000 stages never lies in memory
 * as a tree: each member, and each row of a list, is a line of its own.
 *
 *	{
 *	  "schema": "restage.status/1",
 *	  "stages": [
 *	    {"name": "demux", ...},
 *	    {"name": "asr", ...}
 *	  ]
 *	}
 */
#ifndef VIEW_JSON_DOC_H
#define VIEW_JSON_DOC_H

#include <stdbool.h>

#include "base/json.h"
#include "record/manifest/reason.h"
#include "record/manifest/record.h"

struct buf;

struct json_doc {
	struct buf *out;
	bool has_members, has_rows;
};

void json_doc_begin(struct json_doc *doc, struct buf *out, const char *schema);
/* One member; takes the value. Keys need no escapes. */
void json_doc_put(struct json_doc *doc, const char *key, json *value);
/* A member whose value the caller writes to doc->out. */
void json_doc_key(struct json_doc *doc, const char *key);
/* A member that is a list, and its rows; takes them. */
void json_doc_list(struct json_doc *doc, const char *key);
void json_doc_row(struct json_doc *doc, json *row);
void json_doc_row_begin(struct json_doc *doc); /* of a row that the caller writes to doc->out */
void json_doc_list_end(struct json_doc *doc);
void json_doc_end(struct json_doc *doc);

/* The members pipeline, job and job_dir. */
void json_doc_job(struct json_doc *doc, const struct graph *graph);

/* "input", "output", "intermediate" */
const char *json_role(enum file_role role);
/* What is not known (negative) is null. */
json *json_known(double value);
json *json_seconds(double seconds); /* the same, to the microsecond */
/* A file name, or null for NULL. */
json *json_path(const char *path);
/* [{"code": "input_changed", "about": "in/a.mp4", "message": "input in/a.mp4 changed"}, ...] */
json *json_reasons(const struct reason *reasons, uint32_t count);
/* What happened last: {"status", "run", "completed_at", "duration_seconds", "exit_code", "attempt", "cost"},
 * or null if the stage has no manifest. */
json *json_last(const struct record *record);

#endif
