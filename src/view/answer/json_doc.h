/* What several of the documents of answer.h share: members that are written to an open
 * object. */
#ifndef VIEW_JSON_DOC_H
#define VIEW_JSON_DOC_H

#include "base/json_write.h"
#include "record/manifest/record.h"

/* The members pipeline, job and job_dir. */
void json_doc_job(struct json_writer *w, const struct graph *graph);
/* A list of words of the graph. */
void json_doc_words(
	struct json_writer *w, const char *key, const struct graph *graph, struct span span);
/* Names of stages: a span of the graph's edges. */
void json_doc_stages(
	struct json_writer *w, const char *key, const struct graph *graph, struct span span);
/* The member dir, if the stage's command does not run in the root. */
void json_doc_dir(struct json_writer *w, const struct graph *graph, uint32_t stage);
/* What happened last: {"status", "run", "completed_at", "duration_seconds", "exit_code", "attempt",
 * cost, currency and costs as money.h has them}, or null if the stage has no manifest. */
void json_doc_last(struct json_writer *w, const struct record *record);
/* of nothing: null */
void json_doc_digest(struct json_writer *w, const char *key, const struct digest *digest);

/* "input", "output", "intermediate" */
const char *json_role(enum file_role role);

#endif
