/* `metrics`: which of a stage's outputs hold numbers to compare. */
#include <stdlib.h>

#include "base/mem.h"
#include "model/graph/metric_file.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_stage.h"

static const struct use *outputs_of(const struct graph *graph, const struct stage *stage)
{
	return &graph->uses[stage->first_use + stage->input_count];
}

/* ", did you mean 'x'?" */
static const char *hint(struct expand *x, const struct stage *stage, const char *word)
{
	const struct graph *graph = x->loader->build.graph;
	const struct use *uses = outputs_of(graph, stage);
	const char **names MEM_LOCAL =
		mem_grow(NULL, (size_t)stage->output_count + 1, sizeof *names);

	for (uint32_t i = 0; i < stage->output_count; i++)
		names[i] = graph_text(graph, graph->labels[uses[i].label].name);
	const char *text = stage->output_count
				   ? hint_nearest(x->loader, word, names, stage->output_count)
				   : "; the stage has none";
	return text;
}

static void check_word(struct expand *x, const struct def_line *line, const struct stage *stage,
	uint32_t id, const char *word)
{
	const struct graph *graph = x->loader->build.graph;
	const struct use *uses = outputs_of(graph, stage);
	uint32_t found = 0;

	for (uint32_t i = 0; i < stage->output_count; i++) {
		const struct label *label = &graph->labels[uses[i].label];
		const char *path = file_path(graph, uses[i].file);
		if (!metric_file_is(graph, id, word, graph_text(graph, label->name), path))
			continue;
		found++;
		if (!metric_file_has_form(path))
			expand_mistake(x, line,
				"'metrics' takes files called .json, .yaml, .yml, .csv or .tsv: '%s' "
				"is none",
				path);
	}
	if (!found)
		expand_mistake(x, line, "'metrics' is '%s', which is no output of the stage%s",
			word, hint(x, stage, word));
}

void expand_metrics(struct expand *x, const struct stage *stage, uint32_t id)
{
	const struct graph *graph = x->loader->build.graph;
	struct span words = stage_settings(graph, id)->metrics;
	uint32_t at = x->loader->scope.single[DEF_SETTING + SETTING_METRICS];

	for (uint32_t i = 0; at != NONE && i < words.count; i++)
		check_word(x, &x->loader->text.lines[at], stage, id,
			graph_text(graph, graph->words[words.first + i]));
}
