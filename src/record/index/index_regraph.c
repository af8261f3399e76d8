#include "record/index/index_regraph.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "model/graph/graph.h"

/* A path has a file for each list of what is left out of it. */
static const char *key_of(struct arena *arena, const char *path, const char *exclude)
{
	return arena_fmt(arena, "%s//%s", path, exclude ? exclude : "");
}

static const char *exclude_of(const struct index *index, uint32_t file)
{
	return file < index->graph->file_count ? file_exclude(index->graph, file) : NULL;
}

/* The graph's files first, then those that only the index has. One that is a directory is read in
 * another way if other things are left out of it. */
static void take_files(
	const struct index *from, const struct graph *graph, struct index *to, uint32_t *number_of)
{
	struct arena arena ARENA_LOCAL = {0};
	struct map ids MAP_LOCAL = {0}, paths MAP_LOCAL = {0};
	struct buf extra = {0};

	for (uint32_t i = 0; i < graph->file_count; i++) {
		map_put(&ids, key_of(&arena, file_path(graph, i), file_exclude(graph, i)), i);
		if (!graph->files[i].exclude)
			map_put(&paths, file_path(graph, i), i);
	}
	to->files =
		mem_alloc(((size_t)graph->file_count + from->file_count + 1) * sizeof *to->files);
	to->file_count = graph->file_count;
	buf_char(&extra, 0);
	for (uint32_t i = 0; i < from->file_count; i++) {
		const char *path = index_path(from, i);
		uint32_t id = map_get(&ids, key_of(&arena, path, exclude_of(from, i)));
		bool is_same = id != NONE || from->files[i].stat.type != 'd';
		id = id == NONE ? map_get(&paths, path) : id;
		uint32_t number = id == NONE ? to->file_count++ : id;
		if (is_same || id == NONE)
			to->files[number] = from->files[i];
		to->files[number].path = 0;
		number_of[i] = number;
		if (id != NONE)
			continue;
		to->files[number].path = (uint32_t)extra.len;
		buf_add(&extra, path, strlen(path) + 1);
	}
	to->extra_text = extra.data;
	to->extra_size = (uint32_t)extra.len;
}

static bool has_same_files(const struct index *from, uint32_t stage, const struct graph *graph,
	uint32_t other, const uint32_t *number_of)
{
	const struct stage *a = &from->graph->stages[stage], *b = &graph->stages[other];
	bool is_same = a->input_count == b->input_count && a->output_count == b->output_count;

	for (uint32_t i = 0; is_same && i < a->input_count + a->output_count; i++)
		is_same = number_of[from->graph->uses[a->first_use + i].file] ==
			  graph->uses[b->first_use + i].file;
	return is_same;
}

static void take_stages(const struct index *from, const struct graph *graph, struct index *to,
	const uint32_t *number_of)
{
	struct map ids MAP_LOCAL = {0};

	for (uint32_t i = 0; i < from->graph->stage_count; i++)
		map_put(&ids, stage_name(from->graph, i), i);
	to->stages = mem_alloc(((size_t)graph->stage_count + 1) * sizeof *to->stages);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		uint32_t id = map_get(&ids, stage_name(graph, i));
		to->stages[i].seconds = -1;
		if (id == NONE)
			continue;
		to->stages[i] = from->stages[id];
		if (!has_same_files(from, id, graph, i, number_of))
			to->stages[i] = (struct index_stage){.seconds = from->stages[id].seconds};
	}
}

void index_regraph(const struct index *from, struct graph *graph, struct index *to)
{
	uint32_t *number_of MEM_LOCAL =
		mem_alloc(((size_t)from->file_count + 1) * sizeof *number_of);

	*to = *from;
	to->graph = graph;
	take_files(from, graph, to, number_of);
	take_stages(from, graph, to, number_of);
	to->versions = mem_alloc(((size_t)from->version_count + 1) * sizeof *to->versions);
	for (uint32_t i = 0; i < from->version_count; i++) {
		to->versions[i] = from->versions[i];
		to->versions[i].file = number_of[from->versions[i].file];
	}
}

void index_regraph_free(struct index *to)
{
	free(to->files);
	free(to->stages);
	free(to->versions);
	free(to->extra_text);
}
