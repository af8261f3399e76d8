#include "model/graph/stage_finder.h"

#include <string.h>

#include "base/path.h"
#include "model/graph/graph.h"

static void take_in(struct stage_finder *finder)
{
	const struct graph *graph = finder->graph;

	for (; finder->count < graph->stage_count; finder->count++) {
		map_put(&finder->by_name, stage_name(graph, finder->count), finder->count);
		map_put(&finder->by_dir, graph_text(graph, graph->stages[finder->count].dir),
			finder->count);
	}
}

/* The longest beginning of the text that the map has, of up to `len` bytes, of which what follows
 * is not part of a name. */
static uint32_t find_longest(const struct map *map, const char *text, size_t len, size_t *found_len)
{
	for (;;) {
		uint32_t found = map_getn(map, text, len);
		if (found != NONE) {
			*found_len = len;
			return found;
		}
		while (len && text[len - 1] != '/')
			len--;
		if (!len)
			return NONE;
		len--;
	}
}

uint32_t stage_finder_around(struct stage_finder *finder, const char *path, const char **rest)
{
	size_t len;

	if (!path_is_under(graph_text(finder->graph, finder->graph->job_dir), path))
		return NONE;
	take_in(finder);
	uint32_t found = find_longest(&finder->by_dir, path, strlen(path), &len);
	if (found != NONE)
		*rest = path + len + (path[len] == '/');
	return found;
}

uint32_t stage_finder_named(struct stage_finder *finder, const char *text, const char **rest)
{
	const char *slash = strrchr(text, '/');
	size_t len;

	if (!slash)
		return NONE;
	take_in(finder);
	uint32_t found = find_longest(&finder->by_name, text, (size_t)(slash - text), &len);
	if (found != NONE)
		*rest = text + len + 1;
	return found;
}

void stage_finder_end(struct stage_finder *finder)
{
	map_free(&finder->by_name);
	map_free(&finder->by_dir);
	finder->count = 0;
}
