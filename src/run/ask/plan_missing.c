/* Inputs that nobody makes and that are not there. */
#include "model/graph/graph.h"
#include "record/stamp/stamp.h"
#include "run/ask/plan.h"

static bool must_be_there(const struct graph *graph, uint32_t use)
{
	return !(graph->labels[graph->uses[use].label].flags & (LABEL_OPTIONAL | LABEL_ELSE)) &&
	       graph->files[graph->uses[use].file].producer == NONE;
}

void plan_missing_inputs(const struct graph *graph, struct stamps *stamps, const bool *wanted,
	void (*missing)(void *ctx, uint32_t stage, uint32_t use), void *ctx)
{
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *s = &graph->stages[i];
		if (!wanted[i] || (s->flags & STAGE_DISABLED))
			continue;
		for (uint32_t use = s->first_use; use < s->first_use + s->input_count; use++) {
			uint32_t file = graph->uses[use].file;
			if (!must_be_there(graph, use))
				continue;
			stamps_look(stamps, &file, 1, false);
			const struct stamp *stamp = stamps_get(stamps, file);
			bool is_mistake = stamp->state == STAMP_FAILED && stamp->is_mistake;
			if ((is_mistake || stamp->stat.type == 0) &&
				!graph_makes_around(graph, i, file))
				missing(ctx, i, use);
		}
	}
}
