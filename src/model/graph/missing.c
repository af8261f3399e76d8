#include "model/graph/missing.h"

#include "base/arena.h"
#include "model/graph/graph.h"

void missing_mark_needs(const struct graph *graph, uint32_t stage, bool *marked)
{
	/* In the order of the graph what is needed stands before what needs it. */
	marked[stage] = true;
	for (uint32_t i = graph->stage_count; i-- > 0;) {
		const struct stage *s = &graph->stages[graph->order[i]];
		for (uint32_t k = 0; marked[graph->order[i]] && k < s->needs.count; k++)
			marked[graph->edges[s->needs.first + k]] = true;
	}
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

const char *missing_advice(struct arena *arena, const struct graph *graph, uint32_t reader,
	uint32_t maker, uint32_t file)
{
	const char *label = file == NONE ? NULL : label_of(graph, maker, file);
	const char *decl = graph_text(graph, graph->stages[maker].decl);
	bool *marked = arena_alloc(arena, graph->stage_count);

	missing_mark_needs(graph, maker, marked);
	if (marked[reader])
		return "that stage needs this one and comes behind it: what is read is of an "
		       "earlier run";
	return label ? arena_fmt(arena, "add input.%s = {{%s.%s}}", label, decl, label)
		     : arena_fmt(arena, "add after = %s", decl);
}
