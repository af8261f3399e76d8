#include "run/ask/accept_rename.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/manifest/key.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/places.h"
#include "run/ask/orphans.h"

/* The declaration's directory. */
static const char *decl_dir(struct arena *arena, const struct graph *graph, uint32_t stage)
{
	const char *dir = graph_text(graph, graph->stages[stage].dir);

	return graph->stages[stage].instance ? path_dir(arena, dir) : dir;
}

static bool is_defined(const struct graph *graph, const char *decl)
{
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (text_eq(graph_text(graph, graph->stages[i].decl), decl))
			return true;
	}
	for (uint32_t i = 0; i < graph->empty.count; i++) {
		if (text_eq(graph_text(graph, graph->words[graph->empty.first + i]), decl))
			return true;
	}
	return false;
}

/* The one declaration that is meant; NONE with err. */
static uint32_t find_wanted(const struct graph *graph, const bool *wanted, struct err *err)
{
	uint32_t first = NONE;

	for (uint32_t i = 0; i < graph->stage_count && first == NONE; i++)
		first = wanted[i] ? i : NONE;
	for (uint32_t i = 0; i < graph->stage_count && first != NONE; i++) {
		bool is_of = graph->stages[i].decl == graph->stages[first].decl;
		if (is_of != wanted[i])
			first = NONE;
	}
	if (first == NONE)
		err_set(err, EXIT_USAGE,
			"--was is for one stage, with all its instances: accept NEW --was OLD");
	return first;
}

/* Where the stages called `was` lie: *has_instances, if they are some. */
static const char *find_old(struct arena *arena, const struct graph *graph, const char *was,
	bool *has_instances, struct err *err)
{
	const char *dir = NULL, **names;
	struct orphans orphans;

	if (orphans_find(arena, graph, &orphans, err) < 0)
		return NULL;
	names = arena_alloc(arena, (orphans.count + 1) * sizeof *names);
	for (uint32_t i = orphans.first; i < orphans.first + orphans.count; i++) {
		const struct stage *orphan = &orphans.graph->stages[i];
		const char *own = decl_dir(arena, orphans.graph, i);

		names[i - orphans.first] = graph_text(orphans.graph, orphan->decl);
		if (!text_eq(names[i - orphans.first], was))
			continue;
		if (dir && !text_eq(dir, own)) {
			err_set(err, EXIT_USAGE,
				"stage '%s' has two directories, '%s' and '%s': remove one", was,
				dir, own);
			return NULL;
		}
		dir = own;
		*has_instances |= orphan->instance != 0;
	}
	const char *near = dir ? NULL : text_nearest(was, names, orphans.count);
	if (!dir)
		err_set(err, EXIT_USAGE, "job '%s' has nothing that a stage '%s' made%s%s%s",
			graph_text(graph, graph->job), was, near ? "; did you mean '" : "",
			near ? near : "", near ? "'?" : "");
	return dir;
}

static int check(const struct renaming *rename, uint32_t stage, bool had_instances, struct err *err)
{
	const struct graph *graph = rename->now;
	bool has_instances = graph->stages[stage].instance != 0;
	struct arena arena ARENA_LOCAL = {0};
	char **names;
	size_t count = 0;

	if (had_instances != has_instances)
		return err_set(err, EXIT_USAGE, "stage '%s' %s instances, and '%s' %s: run it",
			rename->is, has_instances ? "has" : "has no", rename->was,
			had_instances ? "had some" : "had none");
	if (fs_is_dir(rename->new_dir))
		fs_list(&arena, rename->new_dir, &names, &count, err);
	if (count)
		return err_set(err, EXIT_USAGE,
			"stage '%s' has files of its own in '%s': 'restage clean %s' first",
			rename->is, rename->new_dir, rename->is);
	return err->code ? -1 : 0;
}

static uint32_t add_text(struct buf *text, const char *add)
{
	uint32_t at = (uint32_t)text->len;

	buf_add(text, add, strlen(add) + 1);
	return at;
}

static void set_place(struct arena *arena, const struct renaming *rename, struct buf *text,
	uint32_t *offset, const char *path)
{
	const char *rest = path_below(rename->new_dir, path);

	if (rest)
		*offset = add_text(
			text, *rest ? path_join(arena, rename->old_dir, rest) : rename->old_dir);
}

/* The graph under the old name. */
static const struct graph *as_before(struct arena *arena, const struct renaming *rename)
{
	const struct graph *graph = rename->now;
	struct graph *out = arena_alloc(arena, sizeof *out);
	struct buf text BUF_LOCAL = {0};

	*out = *graph;
	out->stages = arena_alloc(arena, (graph->stage_count + 1) * sizeof *out->stages);
	out->files = arena_alloc(arena, (graph->file_count + 1) * sizeof *out->files);
	memcpy(out->stages, graph->stages, graph->stage_count * sizeof *out->stages);
	if (graph->file_count)
		memcpy(out->files, graph->files, graph->file_count * sizeof *out->files);
	buf_add(&text, graph->text, graph->text_size);
	uint32_t decl = add_text(&text, rename->was);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		struct stage *stage = &out->stages[i];
		if (!text_eq(graph_text(graph, stage->decl), rename->is))
			continue;
		stage->decl = decl;
		stage->name = decl;
		if (stage->instance)
			stage->name = add_text(&text, arena_fmt(arena, "%s/%s", rename->was,
							      graph_text(graph, stage->instance)));
		set_place(arena, rename, &text, &stage->dir, graph_text(graph, stage->dir));
	}
	for (uint32_t i = 0; i < graph->file_count; i++)
		set_place(arena, rename, &text, &out->files[i].path, file_path(graph, i));
	out->lists = arena_alloc(arena, (graph->list_count + 1) * sizeof *out->lists);
	for (uint32_t i = 0; i < graph->list_count; i++) {
		out->lists[i] = graph->lists[i];
		set_place(arena, rename, &text, &out->lists[i].path,
			graph_text(graph, graph->lists[i].path));
	}
	out->parts = arena_alloc(arena, GRAPH_KEYS_PARTS(graph) * sizeof *out->parts);
	if (graph->part_count)
		memcpy(out->parts, graph->parts, graph->part_count * sizeof *out->parts);
	out->text = arena_alloc(arena, text.len + 1);
	memcpy(out->text, text.data, text.len);
	out->text_size = (uint32_t)text.len;
	graph_keys(out);
	return out;
}

int rename_find(struct arena *arena, const struct graph *graph, const bool *wanted, const char *was,
	struct renaming *out, struct err *err)
{
	uint32_t stage = find_wanted(graph, wanted, err);
	bool had_instances = false;

	*out = (struct renaming){.now = graph, .was = job_without_number(was)};
	if (stage == NONE)
		return -1;
	if (is_defined(graph, out->was))
		return err_set(err, EXIT_USAGE,
			"stage '%s' is still in the definition: what it made is its own", out->was);
	out->is = graph_text(graph, graph->stages[stage].decl);
	out->new_dir = decl_dir(arena, graph, stage);
	out->old_dir = find_old(arena, graph, out->was, &had_instances, err);
	if (!out->old_dir || check(out, stage, had_instances, err) < 0)
		return -1;
	out->before = as_before(arena, out);
	return 0;
}

bool rename_concerns(const struct renaming *rename, uint32_t stage)
{
	const struct stage *was = &rename->before->stages[stage];
	const struct stage *now = &rename->now->stages[stage];

	return was->name != now->name || !digest_eq(stage_key(rename->before, was, KEY_INPUTS),
						 stage_key(rename->now, now, KEY_INPUTS));
}

/* The key of an attempt that was given just what the definition under the old name says, and so
 * what it says now. */
static void rekey(const struct renaming *rename, uint32_t stage, const json *object)
{
	json *key = (json *)(uintptr_t)json_get(object, "key");
	struct record_key_set set;
	char text[DIGEST_TEXT_SIZE];

	for (int i = 0; i < RECORD_KEY_COUNT; i++) {
		if (!digest_parse(json_get_str(key, manifest_key_parts[i], ""), &set.part[i]))
			return;
	}
	for (enum key_part i = KEY_INPUTS; i <= KEY_DEFINITION; i++) {
		const struct graph *before = rename->before, *now = rename->now;
		if (!digest_eq(&set.part[i], stage_key(before, &before->stages[stage], i)))
			continue;
		set.part[i] = *stage_key(now, &now->stages[stage], i);
		digest_format(&set.part[i], text);
		json_set(key, manifest_key_parts[i], json_string(text));
	}
	struct digest all = key_all(&set);
	digest_format(&all, text);
	json_set(key, "all", json_string(text));
}

/* Of an acceptance that was made for other reasons, too, or one of its own. */
static void say_so(const struct renaming *rename, json *object, bool is_accepted)
{
	json *accepted = json_detach(object, "accepted");
	json *renamed = json_object();
	char at[CLOCK_ISO_SIZE];

	json_put(renamed, "from", json_string(rename->was));
	json_put(renamed, "to", json_string(rename->is));
	if (!is_accepted) {
		json *before = accepted;
		clock_iso(clock_wall_ns(), at);
		accepted = json_object();
		json_put(accepted, "at", json_string(at));
		json_put(accepted, "reasons", json_array());
		if (before)
			json_put(accepted, "before", before);
	}
	json_put(accepted, "renamed", renamed);
	json_set(object, "accepted", accepted);
}

int rename_manifest(struct arena *arena, const struct renaming *rename, uint32_t stage,
	bool is_accepted, struct buf *text, struct err *err)
{
	struct places places = {
		.arena = arena,
		.graph = rename->now,
		.stage = stage,
		.dir = graph_text(rename->now, rename->now->stages[stage].dir),
		.was = rename->was,
		.is = rename->is,
	};
	json *manifest JSON_LOCAL = json_parse(buf_text(text), text->len, err);
	json *judged;

	if (!manifest)
		return -1;
	judged = (json *)(uintptr_t)manifest_judged(manifest);
	if (judged) {
		rekey(rename, stage, judged);
		say_so(rename, judged, is_accepted);
	}
	buf_reset(text);
	places_rewrite(&places, manifest, text);
	return 0;
}
