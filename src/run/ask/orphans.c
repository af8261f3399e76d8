#include "run/ask/orphans.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/sum.h"

struct orphan {
	const char *dir, *name, *decl, *instance;
};

struct search {
	struct arena *arena;
	const struct graph *graph;
	struct map dirs;  /* of stages -> stage */
	struct map decls; /* names of stages -> one of them */
	struct orphan *found;
	uint32_t count, cap;
};

/* Is it the directory of a stage that has instances, which may be none just now? */
static bool has_instances(const struct search *search, const char *dir, const char *decl)
{
	uint32_t stage = map_get(&search->decls, decl);
	const struct graph *graph = search->graph;

	for (uint32_t i = 0; i < graph->empty.count; i++) {
		if (text_eq(graph_text(graph, graph->words[graph->empty.first + i]), decl))
			return true;
	}
	return stage != NONE && graph->stages[stage].instance &&
	       text_eq(dir, path_dir(search->arena, graph_text(graph, graph->stages[stage].dir)));
}

/* The stage that the manifest in dir is of, if it is one of ours for such a directory; NULL. */
static const char *stage_of(struct search *search, const char *dir, const char *decl,
	bool is_instance, bool has_instances)
{
	json *manifest JSON_LOCAL = manifest_tree(dir, NULL);
	const char *name = json_get_str(manifest, "stage", "");
	size_t len = strlen(decl);
	bool is_sum = has_instances && sum_is(manifest);
	bool is_ours = !is_sum && text_eq(json_get_str(manifest, "schema", ""), MANIFEST_SCHEMA) &&
		       strncmp(name, decl, len) == 0 && name[len] == (is_instance ? '/' : '\0');

	name = is_ours ? arena_strdup(search->arena, name) : NULL;
	return name;
}

bool orphans_may_not_be(const struct graph *graph, const char *decl)
{
	for (uint32_t i = 0; i < graph->list_count; i++) {
		if (!(graph->lists[i].flags & LIST_KNOWN) &&
			text_eq(graph_text(graph, graph->lists[i].decl), decl))
			return true;
	}
	return false;
}

static void look_at(struct search *search, const char *dir, const char *decl, const char *instance)
{
	if (map_get(&search->dirs, dir) != NONE ||
		(instance && orphans_may_not_be(search->graph, decl)) ||
		!fs_exists(stage_path(search->arena, dir, MANIFEST_FILE)))
		return;
	const char *name = stage_of(
		search, dir, decl, instance != NULL, !instance && has_instances(search, dir, decl));
	if (!name)
		return;
	MEM_ROOM(search->found, search->count, search->cap);
	search->found[search->count++] =
		(struct orphan){.dir = dir, .name = name, .decl = decl, .instance = instance};
}

/* Is it in something that the stage makes? */
static bool is_made(const struct graph *graph, uint32_t stage, const char *dir)
{
	const struct stage *s = &graph->stages[stage];

	for (uint32_t i = s->input_count; i < stage_use_count(s); i++) {
		if (path_is_under(file_path(graph, graph->uses[s->first_use + i].file), dir))
			return true;
	}
	return false;
}

static int look_below(struct search *search, const char *dir, const char *decl, struct err *err)
{
	uint32_t stage = map_get(&search->dirs, dir);
	char **names;
	size_t count;

	if (fs_list(search->arena, dir, &names, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *path = path_join(search->arena, dir, names[i]);
		if (names[i][0] != '.' && (stage == NONE || !is_made(search->graph, stage, path)))
			look_at(search, path, decl, names[i]);
	}
	return 0;
}

static int search_job(struct search *search, const char *job_dir, struct err *err)
{
	char **names;
	size_t count;

	if (fs_list(search->arena, job_dir, &names, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *dir = path_join(search->arena, job_dir, names[i]);
		const char *decl = job_without_number(names[i]);
		if (decl == names[i] || !fs_is_dir(dir))
			continue;
		if (look_below(search, dir, decl, err) < 0)
			return -1;
		look_at(search, dir, decl, NULL);
	}
	return 0;
}

static uint32_t add_text(struct buf *text, const char *add)
{
	uint32_t at = (uint32_t)text->len;

	if (!add)
		return 0;
	buf_add(text, add, strlen(add) + 1);
	return at;
}

/* The graph with the orphans behind its stages. */
static const struct graph *extended(const struct search *search)
{
	const struct graph *graph = search->graph;
	uint32_t first = graph->stage_count, count = first + search->count;
	struct graph *out = arena_alloc(search->arena, sizeof *out);
	struct buf text BUF_LOCAL = {0};

	*out = *graph;
	out->stage_count = count;
	out->stages = arena_alloc(search->arena, (count + 1) * sizeof *out->stages);
	out->order = arena_alloc(search->arena, (count + 1) * sizeof *out->order);
	if (first) {
		memcpy(out->stages, graph->stages, first * sizeof *out->stages);
		memcpy(out->order, graph->order, first * sizeof *out->order);
	}
	buf_add(&text, graph->text, graph->text_size);
	for (uint32_t i = 0; i < search->count; i++) {
		const struct orphan *orphan = &search->found[i];
		const char *number = path_base(orphan->dir);
		if (orphan->instance)
			number = path_base(path_dir(search->arena, orphan->dir));
		out->order[first + i] = first + i;
		out->stages[first + i] = (struct stage){
			.name = add_text(&text, orphan->name),
			.decl = add_text(&text, orphan->decl),
			.instance = add_text(&text, orphan->instance),
			.dir = add_text(&text, orphan->dir),
			.number = (uint32_t)strtoul(number, NULL, 10),
		};
	}
	out->text = arena_alloc(search->arena, text.len + 1);
	memcpy(out->text, text.data, text.len);
	out->text_size = (uint32_t)text.len;
	return out;
}

int orphans_find(struct arena *arena, const struct graph *now, struct orphans *out, struct err *err)
{
	struct search search = {.arena = arena, .graph = now};
	const char *job_dir = graph_text(now, now->job_dir);
	int status = 0;

	for (uint32_t i = 0; i < now->stage_count; i++) {
		map_put(&search.dirs, graph_text(now, now->stages[i].dir), i);
		map_put(&search.decls, graph_text(now, now->stages[i].decl), i);
	}
	if (fs_is_dir(job_dir))
		status = search_job(&search, job_dir, err);
	*out = (struct orphans){.graph = now, .first = now->stage_count, .count = search.count};
	if (status == 0 && search.count)
		out->graph = extended(&search);
	map_free(&search.dirs);
	map_free(&search.decls);
	free(search.found);
	return status;
}
