/* A manifest is not trusted: every member may be absent, of another type, or say what cannot be;
 * what cannot be used is left out, which at worst makes the stage run again. */
#include "record/manifest/manifest_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/name.h"
#include "base/order.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/job_paths.h"

const char *const manifest_file_lists[] = {
	[ROLE_INPUT] = "inputs",
	[ROLE_OUTPUT] = "outputs",
	[ROLE_INTERMEDIATE] = "intermediate_files",
};

const char *const manifest_statuses[] = {
	[RECORD_RUNNING] = "running",
	[RECORD_SUCCESS] = "success",
	[RECORD_FAILED] = "failed",
	[RECORD_SKIPPED] = "skipped",
	[RECORD_UNREADABLE] = "unreadable",
};

const char *const manifest_origins[] = {
	[ORIGIN_DECLARED] = "declared",
	[ORIGIN_COMMAND] = "command",
	[ORIGIN_DEPFILE] = "depfile",
	[ORIGIN_REPORTED] = "reported",
};

const char *const manifest_key_parts[RECORD_KEY_COUNT] = {
	[RECORD_KEY_COMMAND] = "command",
	[RECORD_KEY_CONFIG] = "config",
	[RECORD_KEY_ENV] = "env",
	[RECORD_KEY_INPUTS] = "inputs",
	[RECORD_KEY_DEFINITION] = "definition",
	[RECORD_KEY_TOOLS] = "tools",
};

int manifest_text(const char *dir, struct buf *out, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};

	return fs_read(stage_path(&arena, dir, MANIFEST_FILE), MANIFEST_MAX, out, err);
}

json *manifest_tree(const char *dir, struct err *err)
{
	struct buf text BUF_LOCAL = {0};
	json *tree = NULL;

	if (manifest_text(dir, &text, err) == 0)
		tree = json_parse(buf_text(&text), text.len, err);
	if (!tree || json_is(tree, JSON_OBJECT))
		return tree;
	json_free(tree);
	return NULL;
}

struct value {
	const char *key, *value;
};

static void add_values(struct value *values, uint32_t count, struct buf *out)
{
	if (count)
		qsort(values, count, sizeof *values, order_texts);
	for (uint32_t i = 0; i < count; i++)
		buf_fmt(out, "%s=%s\n", values[i].key, values[i].value);
}

bool manifest_values(struct arena *arena, const json *manifest, struct buf *out)
{
	const json *each = json_get(manifest, "each");
	uint32_t count = 0;

	if (!json_is(each, JSON_OBJECT) || !json_count(each))
		return false;
	struct value *values = arena_alloc(arena, json_count(each) * sizeof *values);
	for (const json *node = json_first(each); node; node = json_next(node))
		values[count++] = (struct value){arena_strdup(arena, json_key(node)),
			name_decoded(arena, json_str(node, ""))};
	add_values(values, count, out);
	return true;
}

void stage_values(const struct graph *graph, uint32_t stage, struct buf *out)
{
	struct span each = graph->stages[stage].each;
	struct value *values MEM_LOCAL = mem_alloc((each.count + 1) * sizeof *values);

	for (uint32_t i = 0; i < each.count; i++) {
		const struct pair *pair = &graph->pairs[each.first + i];
		values[i] = (struct value){
			graph_text(graph, pair->name), graph_text(graph, pair->value)};
	}
	add_values(values, each.count, out);
}

bool manifest_is_of(
	struct arena *arena, const struct graph *graph, uint32_t stage, const json *manifest)
{
	const struct stage *s = &graph->stages[stage];
	const char *name = json_get_str(manifest, "stage", ""), *slash = strchr(name, '/');
	struct buf recorded BUF_LOCAL = {0}, own BUF_LOCAL = {0};
	bool is_of = strcmp(name, stage_name(graph, stage)) == 0;

	if (is_of || !s->instance || !slash)
		return is_of;
	const char *decl = graph_text(graph, s->decl);
	if (strncmp(name, decl, (size_t)(slash - name)) != 0 || decl[slash - name])
		return false;
	if (manifest_values(arena, manifest, &recorded)) {
		stage_values(graph, stage, &own);
		is_of = strcmp(buf_text(&recorded), buf_text(&own)) == 0;
	} else {
		/* of before values were recorded */
		is_of = s->plain && strcmp(slash + 1, graph_text(graph, s->plain)) == 0;
	}
	return is_of;
}

enum record_status manifest_status(const json *manifest)
{
	const char *status = json_get_str(manifest, "status", "");

	for (int i = RECORD_RUNNING; i <= RECORD_SKIPPED; i++) {
		if (text_eq(status, manifest_statuses[i]))
			return (enum record_status)i;
	}
	return RECORD_UNREADABLE;
}

const json *manifest_judged(const json *manifest)
{
	enum record_status status = manifest_status(manifest);

	if ((status == RECORD_SUCCESS || status == RECORD_SKIPPED) &&
		json_is(json_get(manifest, "key"), JSON_OBJECT))
		return manifest;
	return json_get(manifest, "last_success");
}

static uint8_t read_origin(const char *text)
{
	uint8_t origin = ORIGIN_REPORTED;

	while (origin > ORIGIN_DECLARED && !text_eq(text, manifest_origins[origin]))
		origin--;
	return origin;
}

bool manifest_file(
	struct arena *arena, const json *node, enum file_role role, struct record_file *out)
{
	const char *path = json_get_str(node, "path", NULL);
	double size;

	*out = (struct record_file){.role = (uint8_t)role};
	if (!path || !*path)
		return false;
	out->path = name_decoded(arena, path);
	out->label = arena_strdup(arena, json_get_str(node, "label", ""));
	const char *view = json_get_str(node, "view_command", NULL);
	if (view && digest_parse(json_get_str(node, "view", ""), &out->view))
		out->view_command = name_decoded(arena, view);
	const char *exclude = json_get_str(node, "exclude", NULL);
	out->exclude = exclude ? name_decoded(arena, exclude) : NULL;
	size = json_get_num(node, "size_bytes", 0);
	out->size = size > 0 && size < 9e15 ? (uint64_t)size : 0;
	if (!text_to_i64(json_get_str(node, "mtime_ns", ""), &out->mtime_ns))
		out->mtime_ns = 0;
	out->origin = read_origin(json_get_str(node, "origin", NULL));
	out->track = (uint8_t)(track_parse(json_get_str(node, "track", "")) % TRACK_COUNT);
	if (!digest_parse(json_get_str(node, "checksum", ""), &out->sum))
		out->flags |= RECORD_FILE_NO_SUM;
	if (json_is(json_get(node, "missing"), JSON_TRUE))
		out->flags |= RECORD_FILE_MISSING;
	if (json_is(json_get(node, "changed_during_run"), JSON_TRUE))
		out->flags |= RECORD_FILE_CHANGED;
	if (json_is(json_get(node, "changed_by_stage"), JSON_TRUE))
		out->flags |= RECORD_FILE_OWN;
	if (json_is(json_get(node, "executable"), JSON_TRUE))
		out->flags |= RECORD_FILE_EXECUTABLE;
	if (json_is(json_get(node, "retained"), JSON_TRUE))
		out->flags |= RECORD_FILE_RETAINED;
	return true;
}

const struct reason *manifest_reasons(struct arena *arena, const json *list, uint32_t *count)
{
	struct reason *reasons;

	*count = 0;
	if (!json_is(list, JSON_ARRAY))
		return NULL;
	reasons = arena_alloc(arena, (json_count(list) + 1) * sizeof *reasons);
	for (const json *node = json_first(list); node; node = json_next(node)) {
		struct reason *reason = &reasons[*count];

		if (!reason_parse(json_get_str(node, "code", ""), &reason->code))
			continue;
		reason->about = name_decoded(arena, json_get_str(node, "about", NULL));
		reason->message = name_decoded(arena, json_get_str(node, "message", ""));
		++*count;
	}
	return reasons;
}

struct walk {
	struct arena arena;
	const char *dir; /* of a stage */
	int (*visit)(void *ctx, const char *dir);
	void *ctx;
};

static int see(void *ctx, const char *rel, char type)
{
	struct walk *walk = ctx;

	if (type != 'f' || strcmp(path_base(rel), MANIFEST_FILE) != 0)
		return 0;
	return walk->visit(
		walk->ctx, path_join(&walk->arena, walk->dir, path_dir(&walk->arena, rel)));
}

int manifest_each(
	const char *job_dir, int (*visit)(void *ctx, const char *dir), void *ctx, struct err *err)
{
	struct walk walk = {.visit = visit, .ctx = ctx};
	char **names;
	size_t count;
	int status = fs_list(&walk.arena, job_dir, &names, &count, err);

	for (size_t i = 0; status == 0 && i < count; i++) {
		walk.dir = stage_path(&walk.arena, job_dir, names[i]);
		if (job_without_number(names[i]) != names[i] && fs_is_dir(walk.dir))
			status = fs_walk(walk.dir, see, &walk, err);
	}
	arena_free(&walk.arena);
	return status;
}
