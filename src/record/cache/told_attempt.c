/* From a manifest back to what the attempt told. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "record/cache/told.h"
#include "record/manifest/manifest_read.h"

/* What is declared of a file of that path. */
static const struct label *label_of(const struct graph *graph, uint32_t stage, const char *path)
{
	const struct stage *s = &graph->stages[stage];

	for (uint32_t i = 0; i < stage_use_count(s); i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		if (strcmp(file_path(graph, use->file), path) == 0)
			return &graph->labels[use->label];
	}
	return NULL;
}

/* Members that are neither the manifest's own nor declared; NULL: none. */
static json *reported_of(const struct graph *graph, const struct label *label, const json *node,
	bool is_intermediate)
{
	json *reported = NULL;

	for (const json *own = json_first(node); own; own = json_next(own)) {
		const char *name = json_key(own);
		if (manifest_is_file_member(name, is_intermediate) ||
			(label && graph_pair(graph, label->meta, name)))
			continue;
		reported = reported ? reported : json_object();
		json_put(reported, name, json_copy(own));
	}
	return reported;
}

/* The files of one role, in the order of the record. */
static bool add_files(struct arena *arena, const struct record *record, const json *list,
	enum file_role role, struct attempt *out)
{
	const struct graph *graph = out->graph;

	for (const json *node = json_first(list); node; node = json_next(node)) {
		uint32_t at = out->file_count;
		if (at >= record->file_count || record->files[at].role != role)
			return false;
		const struct record_file *file = &record->files[at];
		const struct label *label = label_of(graph, out->stage, file->path);
		out->files[out->file_count++] = (struct attempt_file){
			.path = file->path,
			.type = arena_strdup(arena, json_get_str(node, "type", "")),
			.label = *file->label ? file->label : NULL,
			.reason = arena_strdup(arena, json_get_str(node, "reason", "")),
			.sum = file->sum,
			.size = file->size,
			.role = file->role,
			.origin = file->origin,
			.track = file->track,
			.flags = file->flags,
			.is_dir = json_get(node, "file_count"),
			.reported = reported_of(graph, label, node, role == ROLE_INTERMEDIATE),
		};
	}
	return true;
}

static void add_config(const json *manifest, struct attempt *out)
{
	const json *names = json_get(manifest, "reported_config");

	for (const json *name = json_first(names); name; name = json_next(name)) {
		const char *key = json_str(name, "");
		const json *value = json_get(json_get(manifest, "config"), key);
		if (!value)
			continue;
		out->reported_config = out->reported_config ? out->reported_config : json_object();
		json_set(out->reported_config, key, json_copy(value));
	}
}

/* Of a restored one nothing was measured; what it used where it was made stands beside that. What
 * it cost is not paid again. */
static void add_resources(const json *manifest, struct attempt *out, json **used)
{
	const json *own = json_get(manifest, "resources");
	const json *restored = json_get(manifest, "restored_from");
	const json *all = restored ? json_get(restored, "resources") : own;

	out->reported_resources = json_object();
	for (const json *one = json_first(own); one; one = json_next(one)) {
		const char *name = json_key(one);
		if (!manifest_is_measured(name) && !text_eq(name, "cost") &&
			!text_eq(name, "currency") && !text_eq(name, "costs"))
			json_put(out->reported_resources, json_key(one), json_copy(one));
	}
	*used = all ? json_copy(all) : json_object();
}

static void add_extra(const json *manifest, struct attempt *out)
{
	out->extra = json_object();
	for (const json *own = json_first(manifest); own; own = json_next(own)) {
		if (!manifest_is_member(json_key(own)))
			json_put(out->extra, json_key(own), json_copy(own));
	}
}

static void add_warnings(struct arena *arena, const json *manifest, struct attempt *out)
{
	const json *list = json_get(manifest, "warnings");
	double all = json_get_num(manifest, "warning_count", 0);

	out->warnings = arena_alloc(arena, (json_count(list) + 1) * sizeof *out->warnings);
	for (const json *node = json_first(list); node; node = json_next(node)) {
		if (out->warning_count == MANIFEST_WARNINGS_MAX)
			break;
		struct attempt_note *note = &out->warnings[out->warning_count++];
		note->message = arena_strdup(arena, json_get_str(node, "message", ""));
		clock_parse_iso(json_get_str(node, "timestamp", ""), &note->wall_ns);
	}
	if (all > (double)out->warning_count && all < 9e15)
		out->warning_count = (uint64_t)all;
}

bool told_attempt(struct arena *arena, const struct graph *graph, uint32_t stage,
	const struct record *record, struct attempt *out, json **resources)
{
	json *manifest = manifest_tree(graph_text(graph, graph->stages[stage].dir), NULL);
	bool is_good = manifest != NULL;

	*out = attempt_begin(graph, stage, record->attempt, record->run);
	out->status = RECORD_SUCCESS;
	out->files = mem_alloc(((size_t)record->file_count + 1) * sizeof *out->files);
	for (int role = ROLE_INPUT; role <= ROLE_INTERMEDIATE; role++)
		is_good = is_good &&
			  add_files(arena, record, json_get(manifest, manifest_file_lists[role]),
				  (enum file_role)role, out);
	add_resources(manifest, out, resources);
	add_config(manifest, out);
	add_extra(manifest, out);
	add_warnings(arena, manifest, out);
	json_free(manifest);
	return is_good && out->file_count == record->file_count;
}
