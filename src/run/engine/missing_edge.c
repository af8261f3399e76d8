/* Reads of what another stage makes, without an edge between the two: nothing keeps the reader from
 * running before the maker, or beside it. */
#include <string.h>

#include "base/path.h"
#include "run/engine/context.h"

/* What stages make, itself or as the directory around it. NONE: nothing. */
static uint32_t made_around(struct run *run, struct running *running, const char *path)
{
	const struct graph *graph = run->graph;

	for (const char *at = path;; at = path_dir(&running->arena, at)) {
		uint32_t id = stamps_find(run->stamps, at);
		if (id < graph->file_count && graph->files[id].producer != NONE)
			return id;
		if (!strchr(at, '/') || strcmp(at, "/") == 0)
			return NONE;
	}
}

/* The stage in whose directory it lies: it may make what nobody declared. NONE: none. */
static uint32_t stage_around(const struct run *run, const char *path)
{
	const struct graph *graph = run->graph;

	if (!path_is_under(graph_text(graph, graph->job_dir), path))
		return NONE;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (path_is_under(graph_text(graph, graph->stages[i].dir), path))
			return i;
	}
	return NONE;
}

static void mark_needs(const struct graph *graph, uint32_t stage, bool *marked)
{
	/* In the order of the graph what is needed stands before what needs it. */
	marked[stage] = true;
	for (uint32_t i = graph->stage_count; i-- > 0;) {
		const struct stage *s = &graph->stages[graph->order[i]];
		for (uint32_t k = 0; marked[graph->order[i]] && k < s->needs.count; k++)
			marked[graph->edges[s->needs.first + k]] = true;
	}
}

static bool is_behind(struct running *running, const struct graph *graph, uint32_t maker)
{
	bool *marked = arena_alloc(&running->arena, graph->stage_count);

	mark_needs(graph, maker, marked);
	return marked[running->stage];
}

static const char *label_of(const struct graph *graph, uint32_t maker, uint32_t file)
{
	const struct stage *s = &graph->stages[maker];

	for (uint32_t i = s->input_count; i < stage_use_count(s); i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		if (use->file == file)
			return graph_text(graph, graph->labels[use->label].name);
	}
	return NULL;
}

/* What to write, so that the maker comes first. */
static const char *advice(
	struct running *running, const struct graph *graph, uint32_t maker, uint32_t file)
{
	const char *label = file == NONE ? NULL : label_of(graph, maker, file);
	const char *decl = graph_text(graph, graph->stages[maker].decl);

	if (is_behind(running, graph, maker))
		return "that stage needs this one and comes behind it: what is read is of an "
		       "earlier run";
	return label ? arena_fmt(&running->arena, "add input.%s = {{%s.%s}}", label, decl, label)
		     : arena_fmt(&running->arena, "add after = %s", decl);
}

bool missing_edge_tell(struct run *run, struct running *running, const char *path)
{
	const struct graph *graph = run->graph;
	uint32_t file = made_around(run, running, path);
	uint32_t maker = file == NONE ? NONE : graph->files[file].producer;

	if (maker == NONE && !path_is_under(running->dir, path))
		maker = stage_around(run, path);
	if (maker == NONE)
		return false;
	if (!running->known_needs) {
		running->known_needs = arena_alloc(&running->arena, graph->stage_count);
		mark_needs(graph, running->stage, running->known_needs);
	}
	if (running->known_needs[maker])
		return false;
	running->known_needs[maker] = true;
	running_warn(run, running,
		"reads '%s', which stage %s makes, but does not depend on it: %s", path,
		stage_name(graph, maker), advice(running, graph, maker, file));
	return true;
}
