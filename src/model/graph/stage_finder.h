/* Finds stages by what begins a text: by the directory in which a path lies, and by name. For who
 * asks often: the tables are made when it is first asked, and take in what the graph grows by. One
 * thread. */
#ifndef MODEL_STAGE_FINDER_H
#define MODEL_STAGE_FINDER_H

#include <stdint.h>

#include "base/map.h"

struct graph;

/* All zero but the graph, which stays as long. */
struct stage_finder {
	const struct graph *graph;
	struct map by_name, by_dir;
	uint32_t count; /* stages that are in them */
};

/* The stage in whose directory the path lies; *rest: from there, "" for the directory itself. NONE:
 * in none. */
uint32_t stage_finder_around(struct stage_finder *finder, const char *path, const char **rest);
/* The stage of the longest name that is followed by a '/'; *rest: behind that. NONE: none. */
uint32_t stage_finder_named(struct stage_finder *finder, const char *text, const char **rest);
void stage_finder_end(struct stage_finder *finder);

#endif
