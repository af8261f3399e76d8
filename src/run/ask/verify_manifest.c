#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/manifest_schema.h"
#include "record/manifest/sum.h"
#include "run/ask/verify_tree.h"
#include "run/job/lock.h"

struct reading {
	struct verify_tree *tree;
	struct json_schema *schema;
	uint32_t stage;
	const char *dir;
	bool is_alive; /* a run is going on */
};

static void advise(struct reading *r, const char *path, const char *text)
{
	findings_add(r->tree->findings, &(struct verify_finding){
						.kind = VERIFY_PRACTICE,
						.stage = r->stage,
						.path = path,
						.text = text,
					});
}

static bool has_metadata(const json *file)
{
	for (const json *member = json_first(file); member; member = json_next(member)) {
		if (!manifest_is_file_member(json_key(member), false))
			return true;
	}
	return false;
}

static void advise_file(struct reading *r, const json *file, enum file_role role)
{
	static const char *const roles[] = {"input", "output", "intermediate"};
	struct arena *arena = r->tree->arena;
	const char *type = json_get_str(file, "type", ""),
		   *label = json_get_str(file, "label", "X");
	const char *path = arena_strdup(arena, json_get_str(file, "path", ""));

	if (role != ROLE_INTERMEDIATE && (text_eq(type, "file") || strlen(type) == 1))
		advise(r, path,
			arena_fmt(arena, "its type is '%s', which says little: %s.%s.type = ...",
				type, roles[role], label));
	if (role == ROLE_OUTPUT && !has_metadata(file))
		advise(r, path,
			arena_fmt(arena, "it has no metadata: output.%s.format = ..., say", label));
	if (role == ROLE_INTERMEDIATE && !*json_get_str(file, "reason", ""))
		advise(r, path,
			arena_fmt(arena, "why it exists is not told: intermediate.%s.reason = ...",
				label));
}

static size_t count_of(const json *manifest, const char *name)
{
	return json_count(json_get(manifest, name));
}

static void advise_success(struct reading *r, const json *manifest)
{
	bool is_bare = !count_of(manifest, "inputs") && !count_of(manifest, "config") &&
		       !count_of(manifest, "env") && !count_of(manifest, "tools");

	if (is_bare)
		advise(r, NULL,
			"nothing is recorded that its result depends on: input.X, config.X");
	else if (!count_of(manifest, "config"))
		advise(r, NULL, "no configuration is recorded: config.X = ...");
	if (!count_of(manifest, "outputs"))
		advise(r, NULL, "no output is tracked: output.X = ...");
	for (int role = ROLE_INPUT; role <= ROLE_INTERMEDIATE; role++) {
		const json *list = json_get(manifest, manifest_file_lists[role]);
		for (const json *file = json_first(list); file; file = json_next(file))
			advise_file(r, file, (enum file_role)role);
	}
}

/* "Best Practices" of the logging architecture, as far as a manifest shows them. */
static void advise_all(struct reading *r, const json *manifest)
{
	enum record_status status = manifest_status(manifest);

	if (status == RECORD_SUCCESS)
		advise_success(r, manifest);
	if (status == RECORD_RUNNING && !r->is_alive)
		advise(r, NULL, "its last attempt was not finalized: it was interrupted");
	if (status == RECORD_FAILED && !count_of(manifest, "errors"))
		advise(r, NULL, "it failed, and no error is recorded");
	if (status != RECORD_SKIPPED &&
		!fs_exists(stage_path(r->tree->arena, r->dir, STAGE_LOG_FILE)))
		advise(r, NULL, "it has no " STAGE_LOG_FILE);
}

static void check(struct reading *r, const json *manifest)
{
	struct buf wrong BUF_LOCAL = {0};

	if (!json_schema_check(r->schema, manifest, &wrong))
		findings_add(r->tree->findings,
			&(struct verify_finding){
				.kind = VERIFY_INVALID,
				.stage = r->stage,
				.path = stage_path(r->tree->arena, r->dir, MANIFEST_FILE),
				.text = arena_strdup(r->tree->arena, buf_text(&wrong)),
			});
}

static void read_stage(struct reading *r, bool is_strict)
{
	json *manifest JSON_LOCAL = manifest_tree(r->dir, NULL);

	if (manifest && !sum_is(manifest)) {
		check(r, manifest);
		if (is_strict)
			advise_all(r, manifest);
	}
}

static void read_sum(struct reading *r)
{
	json *manifest JSON_LOCAL = manifest_tree(r->dir, NULL);

	if (sum_is(manifest))
		check(r, manifest);
}

void verify_manifests(struct verify_tree *tree, bool is_strict)
{
	const struct graph *graph = tree->graph;
	struct reading r = {.tree = tree, .schema = manifest_schema_new()};
	struct map sums MAP_LOCAL = {0};
	char who[128];

	r.is_alive = job_lock_held(graph, who, sizeof who) == 1;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		enum record_status status = tree->records[i].status;
		const char *dir = graph_text(graph, graph->stages[i].dir);

		if (!tree->wanted[i] || status == RECORD_NONE || status == RECORD_UNREADABLE)
			continue;
		r.stage = i;
		if (graph->stages[i].instance) {
			r.dir = path_dir(tree->arena, dir);
			if (map_put(&sums, r.dir, i) == i)
				read_sum(&r);
		}
		r.dir = dir;
		read_stage(&r, is_strict);
	}
	json_schema_free(r.schema);
}
