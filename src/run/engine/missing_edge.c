/* Reads of what another stage makes, without an edge between the two. */
#include <string.h>

#include "base/path.h"
#include "model/graph/missing.h"
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

bool missing_edge_tell(struct run *run, struct running *running, const char *path)
{
	const struct graph *graph = run->graph;
	uint32_t file = made_around(run, running, path);
	uint32_t maker = file == NONE ? NONE : graph->files[file].producer;
	const char *rest;

	/* the stage in whose directory it lies may make what nobody declared */
	if (maker == NONE && !path_is_under(running->dir, path))
		maker = stage_finder_around(&run->finder, path, &rest);
	if (maker == NONE)
		return false;
	if (!running->known_needs) {
		running->known_needs = arena_alloc(&running->arena, graph->stage_count);
		missing_mark_needs(graph, running->stage, running->known_needs);
	}
	if (running->known_needs[maker])
		return false;
	running->known_needs[maker] = true;
	running_warn(run, running,
		"reads '%s', which stage %s makes, but does not depend on it: %s", path,
		stage_name(graph, maker),
		missing_advice(&running->arena, graph, running->stage, maker, file));
	return true;
}
