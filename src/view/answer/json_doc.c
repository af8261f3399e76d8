#include "view/answer/json_doc.h"

#include "model/graph/graph.h"
#include "record/manifest/attempt.h"
#include "record/manifest/manifest_read.h"

void json_doc_job(struct json_writer *w, const struct graph *graph)
{
	json_write_name(w, "pipeline", graph_text(graph, graph->pipeline));
	json_write_name(w, "job", graph_text(graph, graph->job));
	json_write_name(w, "job_dir", graph_text(graph, graph->job_dir));
}

void json_doc_words(
	struct json_writer *w, const char *key, const struct graph *graph, struct span span)
{
	json_write_array(w, key);
	for (uint32_t i = 0; i < span.count; i++)
		json_write_name(w, NULL, graph_text(graph, graph->words[span.first + i]));
	json_write_end(w);
}

void json_doc_stages(
	struct json_writer *w, const char *key, const struct graph *graph, struct span span)
{
	json_write_array(w, key);
	for (uint32_t i = 0; i < span.count; i++)
		json_write_name(w, NULL, stage_name(graph, graph->edges[span.first + i]));
	json_write_end(w);
}

void json_doc_dir(struct json_writer *w, const struct graph *graph, uint32_t stage)
{
	uint32_t dir = stage_settings(graph, stage)->dir;

	if (dir)
		json_write_name(w, "dir", graph_text(graph, dir));
}

void json_doc_last(struct json_writer *w, const struct record *record)
{
	if (record->status == RECORD_NONE) {
		json_write_null(w, "last");
		return;
	}
	json_write_object(w, "last");
	json_write_str(w, "status", manifest_statuses[record->status]);
	if (record->status == RECORD_UNREADABLE) {
		json_write_str(w, "error", record->why_unreadable);
	} else {
		json_write_str(w, "run", record->run);
		json_write_str(w, "started_at", record->timestamp);
		json_write_str(w, "completed_at", record->completed_at);
		json_write_known(w, "duration_seconds", record->duration_seconds);
		json_write_known(w, "exit_code", record->exit_code);
		json_write_num(w, "attempt", record->attempt);
		money_write(w, record->costs);
	}
	if (record->success.restored)
		manifest_write_origin(w, record->success.restored);
	json_write_end(w);
}

void json_doc_digest(struct json_writer *w, const char *key, const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	if (!digest_is_zero(digest))
		digest_format(digest, text);
	json_write_str(w, key, digest_is_zero(digest) ? NULL : text);
}

const char *json_role(enum file_role role)
{
	static const char *const names[] = {
		[ROLE_INPUT] = "input",
		[ROLE_OUTPUT] = "output",
		[ROLE_INTERMEDIATE] = "intermediate",
	};

	_Static_assert(sizeof names / sizeof *names == ROLE_INTERMEDIATE + 1, "each its own");
	return names[role];
}
