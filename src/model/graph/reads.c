#include "model/graph/reads.h"

#include "base/path.h"
#include "model/graph/graph.h"

/* Of what lies in a directory that is gone nothing is recorded with its maker, nor of a time. */
enum reads_kind reads_of(const struct graph *graph, uint32_t stage, uint32_t file)
{
	const struct stage *s = &graph->stages[stage];
	const char *path = file_path(graph, file);
	enum reads_kind found = READS_NOT;

	for (uint32_t use = s->first_use; use < s->first_use + s->input_count; use++) {
		uint32_t input = graph->uses[use].file;
		const char *read = file_path(graph, input);
		if (input == file && graph->labels[graph->uses[use].label].track != TRACK_TIME)
			found = READS_FILE;
		else if (path_is_under(path, read) || path_is_under(read, path))
			return READS_PART;
	}
	return found;
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
