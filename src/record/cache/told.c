#include "record/cache/told.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/name.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/cache/cache_key.h"
#include "record/manifest/manifest_read.h"

#define SCHEMA "restage.told/1"

static const char *const roles[] = {"input", "output", "intermediate"};

static bool write_file(struct json_writer *w, const struct attempt *attempt,
	struct stage_finder *finder, const struct attempt_file *file)
{
	struct buf name BUF_LOCAL = {0};
	bool has_name = true;

	if (file->role == ROLE_INPUT)
		has_name = cache_key_name(finder, 'f', file->path, &name);
	else
		stage_made_place(attempt->graph, attempt->stage, file->path, ".", &name);
	json_write_object(w, NULL);
	json_write_str(w, "role", roles[file->role]);
	json_write_str(w, "origin", manifest_origins[file->origin]);
	json_write_name(w, "name", buf_text(&name) + (file->role == ROLE_INPUT ? 0 : 2));
	json_write_str(w, "type", file->type ? file->type : "");
	if (file->label)
		json_write_str(w, "label", file->label);
	if (file->reason)
		json_write_str(w, "reason", file->reason);
	if (file->flags & RECORD_FILE_RETAINED)
		json_write_bool(w, "retained", true);
	if (file->reported)
		json_write_node(w, "reported", file->reported);
	json_write_end(w);
	return has_name;
}

bool told_write(const struct attempt *attempt, struct stage_finder *finder, const json *resources,
	struct buf *out)
{
	const struct graph *graph = attempt->graph;
	struct json_writer writer = {.out = out}, *w = &writer;
	bool is_good = true;

	json_write_document(w, SCHEMA);
	json_write_str(w, "pipeline", graph_text(graph, graph->pipeline));
	json_write_str(w, "stage", stage_name(graph, attempt->stage));
	json_write_rows(w, "files");
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];
		bool is_there = !(file->flags & RECORD_FILE_MISSING) || file->role == ROLE_INPUT;
		if ((file->reported || file->origin >= ORIGIN_DEPFILE) && is_there)
			is_good &= write_file(w, attempt, finder, file);
	}
	json_write_end(w);
	json_write_node(w, "config", attempt->reported_config);
	json_write_node(w, "extra", attempt->extra);
	json_write_node(w, "reported_resources", attempt->reported_resources);
	if (resources)
		json_write_node(w, "resources", resources);
	else
		manifest_write_resources(w, attempt);
	manifest_write_notes(w, "errors", attempt->errors, attempt->error_count, true);
	manifest_write_notes(
		w, "warnings", attempt->warnings, attempt_warnings_kept(attempt), false);
	json_write_num(w, "warning_count", (double)attempt->warning_count);
	json_write_finish(w);
	return is_good;
}

static json *take_object(json *tree, const char *name)
{
	json *node = json_detach(tree, name);

	if (json_is(node, JSON_OBJECT))
		return node;
	json_free(node);
	return NULL;
}

static const char *text_of(struct arena *arena, const json *node, const char *name)
{
	const char *text = json_get_str(node, name, NULL);

	return text ? arena_strdup(arena, text) : NULL;
}

static bool read_file(struct arena *arena, const json *node, struct told_file *out)
{
	const char *role = json_get_str(node, "role", ""), *name = json_get_str(node, "name", "");
	const char *origin = json_get_str(node, "origin", "");
	const json *reported = json_get(node, "reported");
	uint8_t r = ROLE_INPUT, o = ORIGIN_DECLARED;

	while (r <= ROLE_INTERMEDIATE && !text_eq(role, roles[r]))
		r++;
	while (o <= ORIGIN_REPORTED && !text_eq(origin, manifest_origins[o]))
		o++;
	if (r > ROLE_INTERMEDIATE || o > ORIGIN_REPORTED || !*name)
		return false;
	out->name = name_decoded(arena, name);
	const char *type = text_of(arena, node, "type");
	out->file = (struct attempt_file){
		.type = type ? type : "",
		.label = text_of(arena, node, "label"),
		.reason = text_of(arena, node, "reason"),
		.role = r,
		.origin = o,
		.reported = json_is(reported, JSON_OBJECT) ? json_copy(reported) : NULL,
	};
	if (json_is(json_get(node, "retained"), JSON_TRUE))
		out->file.flags |= RECORD_FILE_RETAINED;
	return true;
}

static struct attempt_note *read_notes(
	struct arena *arena, const json *tree, const char *name, size_t most, uint32_t *count)
{
	const json *list = json_get(tree, name);
	struct attempt_note *notes = arena_alloc(arena, (json_count(list) + 1) * sizeof *notes);

	*count = 0;
	for (const json *node = json_first(list); node && *count < most; node = json_next(node)) {
		struct attempt_note *note = &notes[(*count)++];
		const char *message = text_of(arena, node, "message");
		note->message = message ? message : "";
		note->exception_type = text_of(arena, node, "exception_type");
		note->exception_detail = text_of(arena, node, "exception_detail");
		clock_parse_iso(json_get_str(node, "timestamp", ""), &note->wall_ns);
	}
	return notes;
}

bool told_read(struct arena *arena, const char *text, size_t len, struct told *out)
{
	json *tree JSON_LOCAL = json_parse(text, len, NULL);
	const json *files = json_get(tree, "files");
	bool is_good = text_eq(json_get_str(tree, "schema", ""), SCHEMA);
	double warnings = json_get_num(tree, "warning_count", 0);

	*out = (struct told){
		.files = arena_alloc(arena, (json_count(files) + 1) * sizeof *out->files)};
	for (const json *node = json_first(files); node && is_good; node = json_next(node)) {
		is_good = read_file(arena, node, &out->files[out->file_count]);
		out->file_count += is_good;
	}
	out->config = take_object(tree, "config");
	out->extra = take_object(tree, "extra");
	out->resources = take_object(tree, "reported_resources");
	out->all_resources = take_object(tree, "resources");
	out->errors = read_notes(arena, tree, "errors", TOLD_MAX, &out->error_count);
	out->warnings =
		read_notes(arena, tree, "warnings", MANIFEST_WARNINGS_MAX, &out->warnings_kept);
	out->warning_count = warnings >= 0 && warnings < 9e15 ? (uint64_t)warnings : 0;
	if (out->warning_count < out->warnings_kept || out->warnings_kept < MANIFEST_WARNINGS_MAX)
		out->warning_count = out->warnings_kept;
	out->stage = text_of(arena, tree, "stage");
	out->pipeline = text_of(arena, tree, "pipeline");
	if (!is_good)
		told_free(out);
	return is_good;
}

void told_free(struct told *told)
{
	for (uint32_t i = 0; i < told->file_count; i++)
		json_free(told->files[i].file.reported);
	json_free(told->config);
	json_free(told->extra);
	json_free(told->resources);
	json_free(told->all_resources);
	*told = (struct told){0};
}
