#include "model/graph/select.h"

#include <assert.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"

/* Stages of one name, as a list: several instances of a declaration, or stages with a tag. */
struct entry {
	uint32_t stage;
	uint32_t next; /* NONE: the last */
};

/* What names mean. A name is looked up in this order; what is more than one thing is the first. */
struct finder {
	const struct graph *graph;
	struct select_request *request;
	struct map stages; /* full name -> stage */
	struct map decls;  /* name -> first entry */
	struct map tags;   /* name -> first entry */
	struct map places; /* path -> the stage that makes it, or whose directory it is */
	bool has_places;   /* filled when a name is none of the others */
	struct entry *entries;
	uint32_t entry_count, entry_cap;
};

static void add_entry(struct finder *finder, struct map *map, const char *name, uint32_t stage)
{
	uint32_t next = map_get(map, name);

	MEM_ROOM(finder->entries, finder->entry_count, finder->entry_cap);
	finder->entries[finder->entry_count] = (struct entry){.stage = stage, .next = next};
	map_set(map, name, finder->entry_count++);
}

static void finder_init(struct finder *finder, const struct graph *graph)
{
	*finder = (struct finder){.graph = graph};
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *stage = &graph->stages[i];
		const struct span tags = stage_settings(graph, i)->tags;
		map_put(&finder->stages, stage_name(graph, i), i);
		if (stage->decl != stage->name)
			add_entry(finder, &finder->decls, graph_text(graph, stage->decl), i);
		for (uint32_t t = 0; t < tags.count; t++)
			add_entry(finder, &finder->tags,
				graph_text(graph, graph->words[tags.first + t]), i);
	}
}

static void finder_free(struct finder *finder)
{
	map_free(&finder->stages);
	map_free(&finder->decls);
	map_free(&finder->tags);
	map_free(&finder->places);
	free(finder->entries);
}

static void add_places(struct finder *finder)
{
	const struct graph *graph = finder->graph;

	finder->has_places = true;
	for (uint32_t i = 0; i < graph->file_count; i++) {
		if (graph->files[i].producer != NONE)
			map_put(&finder->places, file_path(graph, i), graph->files[i].producer);
	}
	for (uint32_t i = 0; i < graph->stage_count; i++)
		map_put(&finder->places, graph_text(graph, graph->stages[i].dir), i);
}

/* The stage that makes a path, or in whose output or directory it lies. */
static uint32_t find_place(struct finder *finder, const char *name)
{
	const struct graph *graph = finder->graph;
	struct arena arena ARENA_LOCAL = {0};
	uint32_t stage = NONE;

	if (!finder->has_places)
		add_places(finder);
	const char *path = path_norm(&arena, name);
	if (path[0] == '/') {
		const char *rest = path_below(graph_text(graph, graph->root), path);
		path = rest && *rest ? rest : path;
	}
	size_t len = strlen(path);
	while (len > 0 && stage == NONE) {
		stage = map_getn(&finder->places, path, len);
		while (len > 0 && path[len - 1] != '/')
			len--;
		while (len > 0 && path[len - 1] == '/')
			len--;
	}
	return stage;
}

static const char *nearest_name(const struct finder *finder, const char *name)
{
	const struct graph *graph = finder->graph;
	size_t count = 0, cap = 2 * (size_t)graph->stage_count;

	for (uint32_t i = 0; i < graph->settings_count; i++)
		cap += graph->settings[i].tags.count;
	const char **names MEM_LOCAL = mem_alloc(cap * sizeof *names);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *stage = &graph->stages[i];
		names[count++] = graph_text(graph, stage->decl);
		if (stage->name != stage->decl)
			names[count++] = graph_text(graph, stage->name);
	}
	for (uint32_t i = 0; i < graph->settings_count; i++) {
		const struct span tags = graph->settings[i].tags;
		for (uint32_t t = 0; t < tags.count; t++)
			names[count++] = graph_text(graph, graph->words[tags.first + t]);
	}
	return text_nearest(name, names, count);
}

static int unknown(const struct finder *finder, const char *name, struct err *err)
{
	const char *nearest = nearest_name(finder, name);

	if (!nearest && job_without_number(name) != name)
		nearest = nearest_name(finder, job_without_number(name));
	if (nearest)
		return err_set(err, EXIT_USAGE,
			"no stage, tag or output is called '%s'; did you mean '%s'?", name,
			nearest);
	if (graph_find_file(finder->graph, name) != NONE)
		return err_set(err, EXIT_USAGE, "'%s' is a source: no stage makes it", name);
	return err_set(err, EXIT_USAGE,
		"no stage, tag or output is called '%s'; restage list shows what there is", name);
}

static void hit_all(const struct finder *finder, uint32_t entry, bool *hit)
{
	assert(finder->entries);
	for (; entry != NONE; entry = finder->entries[entry].next)
		hit[finder->entries[entry].stage] = true;
}

/* Has the job a directory that is called like the first part of that, by a number of before? */
static bool is_dir_of_job(const struct graph *graph, const char *name)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *first = arena_strndup(&arena, name, strcspn(name, "/"));

	return fs_is_dir(job_path(&arena, graph, first));
}

/* "04_asr" and "04_asr/ep1": a stage's name with its number in front, as its directory has it, or
 * has it still; NULL if the number is another. */
static const char *without_number(const struct finder *finder, const char *name)
{
	const struct graph *graph = finder->graph;
	const char *rest = job_without_number(name);
	size_t len = strcspn(rest, "/");

	for (uint32_t i = 0; rest != name && i < graph->stage_count; i++) {
		const char *decl = graph_text(graph, graph->stages[i].decl);
		if (strncmp(decl, rest, len) == 0 && !decl[len])
			return strtoul(name, NULL, 10) == graph->stages[i].number ||
					       is_dir_of_job(graph, name)
				       ? rest
				       : NULL;
	}
	return NULL;
}

/* All stages and instances that a pattern matches: 'align/ep*', 'al*' (with all its instances). */
static bool hit_matches(const struct finder *finder, const char *pattern, bool *hit)
{
	const struct graph *graph = finder->graph;
	bool has_any = false, is_deep = strchr(pattern, '/') != NULL;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		uint32_t text = is_deep ? graph->stages[i].name : graph->stages[i].decl;
		bool is_hit = fnmatch(pattern, graph_text(graph, text), FNM_PATHNAME) == 0;
		hit[i] |= is_hit;
		has_any |= is_hit;
	}
	return has_any;
}

/* A stage that has no instances just now. */
static bool is_empty(const struct graph *graph, const char *name)
{
	for (uint32_t i = 0; i < graph->empty.count; i++) {
		if (strcmp(graph_text(graph, graph->words[graph->empty.first + i]), name) == 0)
			return true;
	}
	return false;
}

/* A stage, an instance, or a tag. */
static bool find_name(const struct finder *finder, const char *name, bool *hit)
{
	uint32_t stage = map_get(&finder->stages, name);
	uint32_t entry = map_get(&finder->decls, name);

	if (stage == NONE && entry == NONE)
		entry = map_get(&finder->tags, name);
	if (stage != NONE)
		hit[stage] = true;
	else if (entry != NONE)
		hit_all(finder, entry, hit);
	return stage != NONE || entry != NONE || is_empty(finder->graph, name);
}

/* Instances of that stage may yet come: what makes their list is needed. */
static bool hit_makers(const struct finder *finder, const char *name, bool *hit)
{
	const struct graph *graph = finder->graph;
	size_t len = strcspn(name, "/");
	bool has_any = false;

	for (uint32_t i = 0; i < graph->list_count; i++) {
		const struct made_list *list = &graph->lists[i];
		const char *decl = graph_text(graph, list->decl);
		if (strncmp(decl, name, len) != 0 || decl[len])
			continue;
		has_any = true;
		hit[list->stage] |= !finder->request->only;
	}
	return has_any;
}

static int find(struct finder *finder, const char *name, bool *hit, struct err *err)
{
	const char *bare = NULL;
	uint32_t stage;

	if (find_name(finder, name, hit)) {
		hit_makers(finder, name, hit);
		return 0;
	}
	stage = find_place(finder, name);
	if (stage != NONE) {
		hit[stage] = true;
		return 0;
	}
	bare = without_number(finder, name);
	if (bare && find_name(finder, bare, hit)) {
		hit_makers(finder, bare, hit);
		return 0;
	}
	bool has_made = strchr(bare ? bare : name, '/') && finder->request->awaits &&
			hit_makers(finder, bare ? bare : name, hit);
	if (fs_is_glob(name) && hit_matches(finder, bare ? bare : name, hit))
		return 0;
	if (has_made) {
		finder->request->awaited = name;
		return 0;
	}
	return unknown(finder, name, err);
}

/* With all that they need, directly or not. */
static void add_needs(const struct graph *graph, bool *set)
{
	for (uint32_t i = graph->stage_count; i-- > 0;) {
		const struct span needs = graph->stages[graph->order[i]].needs;
		if (!set[graph->order[i]])
			continue;
		for (uint32_t e = 0; e < needs.count; e++)
			set[graph->edges[needs.first + e]] = true;
	}
}

/* With all that needs them, directly or not. */
static void add_needed_by(const struct graph *graph, bool *set)
{
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct span by = graph->stages[graph->order[i]].needed_by;
		if (!set[graph->order[i]])
			continue;
		for (uint32_t e = 0; e < by.count; e++)
			set[graph->edges[by.first + e]] = true;
	}
}

/* Takes away what is not in the closure of `name`. */
static int restrict_to(struct finder *finder, const char *name,
	void (*close)(const struct graph *, bool *), bool *wanted, struct err *err)
{
	const struct graph *graph = finder->graph;
	bool *set;
	int result;

	if (!name)
		return 0;
	set = mem_alloc((size_t)graph->stage_count * sizeof *set);
	result = find(finder, name, set, err);
	if (result == 0) {
		close(graph, set);
		for (uint32_t i = 0; i < graph->stage_count; i++)
			wanted[i] &= set[i];
	}
	free(set);
	return result;
}

int select_stages(
	const struct graph *graph, struct select_request *request, bool *wanted, struct err *err)
{
	bool is_all = request->target_count == 0;
	struct finder finder;
	int result = 0;

	for (uint32_t i = 0; i < graph->stage_count; i++)
		wanted[i] = is_all;
	if (is_all && !request->from && !request->until)
		return 0;

	finder_init(&finder, graph);
	finder.request = request;
	for (size_t i = 0; i < request->target_count && result == 0; i++)
		result = find(&finder, request->targets[i], wanted, err);
	if (result == 0 && !request->only)
		add_needs(graph, wanted);
	if (result == 0)
		result = restrict_to(&finder, request->from, add_needed_by, wanted, err);
	if (result == 0)
		result = restrict_to(&finder, request->until, add_needs, wanted, err);
	finder_free(&finder);
	return result;
}
