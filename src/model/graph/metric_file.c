#include "model/graph/metric_file.h"

#include "base/path.h"
#include "base/text.h"

bool metric_file_has_form(const char *path)
{
	static const char *const endings[] = {".json", ".yaml", ".yml", ".csv", ".tsv"};
	bool is_one = false;

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		is_one |= text_ends(path, endings[i]);
	return is_one;
}

bool metric_file_is(const struct graph *graph, uint32_t stage, const char *word, const char *label,
	const char *path)
{
	const char *below = path_below(graph_text(graph, graph->stages[stage].dir), path);

	return text_eq(word, label) || text_eq(word, path) || (below && text_eq(word, below));
}

bool metric_file_is_named(
	const struct graph *graph, uint32_t stage, const char *label, const char *path)
{
	struct span words = stage_settings(graph, stage)->metrics;

	for (uint32_t i = 0; i < words.count; i++) {
		const char *word = graph_text(graph, graph->words[words.first + i]);
		if (metric_file_is(graph, stage, word, label, path))
			return true;
	}
	return false;
}
