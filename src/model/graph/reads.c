#include "model/graph/reads.h"

#include "base/path.h"
#include "model/graph/graph.h"

/* Of the time of what is gone nothing is recorded with its maker. */
enum reads_kind reads_of(const struct graph *graph, uint32_t stage, uint32_t file)
{
	const struct stage *s = &graph->stages[stage];
	const char *path = file_path(graph, file);
	enum reads_kind found = READS_NOT;

	for (uint32_t use = s->first_use; use < s->first_use + s->input_count; use++) {
		uint32_t input = graph->uses[use].file;
		uint8_t track = graph->labels[graph->uses[use].label].track;
		const char *read = file_path(graph, input);
		enum reads_kind kind = READS_NOT;
		if (input == file)
			kind = track == TRACK_TIME ? READS_PART : READS_FILE;
		else if (path_is_under(path, read))
			kind = track == TRACK_TIME ? READS_PART : READS_INSIDE;
		else if (path_is_under(read, path))
			kind = READS_PART;
		found = kind > found ? kind : found;
	}
	return found;
}

static const struct made_list *list_of(
	const struct graph *graph, uint32_t maker, uint32_t file, bool is_lines)
{
	struct span lists = graph->stages[maker].lists;
	uint32_t path = graph->files[file].path;

	for (uint32_t i = lists.first; i < lists.first + lists.count; i++) {
		const struct made_list *list = &graph->lists[i];
		if (list->kind != LIST_BEFORE && list->path == path &&
			(!is_lines || list->kind == LIST_LINES))
			return list;
	}
	return NULL;
}

bool reads_may(const struct graph *graph, uint32_t maker, uint32_t file)
{
	return list_of(graph, maker, file, false) || reads_any(graph, maker, file);
}

bool reads_lines(const struct graph *graph, uint32_t maker, uint32_t file)
{
	return list_of(graph, maker, file, true) != NULL;
}

bool reads_any(const struct graph *graph, uint32_t maker, uint32_t file)
{
	struct span by = graph->stages[maker].needed_by;

	for (uint32_t i = 0; i < by.count; i++) {
		uint32_t reader = graph->edges[by.first + i];
		if (!(graph->stages[reader].flags & STAGE_DISABLED) &&
			reads_of(graph, reader, file) != READS_NOT)
			return true;
	}
	return false;
}
