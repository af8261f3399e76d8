#include "run/ask/plan_again.h"

#include "base/arena.h"
#include "model/graph/graph.h"
#include "record/judge/spent.h"
#include "record/stamp/stamp.h"
#include "run/ask/plan.h"

/* All that the maker has to make again for the reader. */
static void add_made_again(struct plan *plan, uint32_t maker, uint32_t reader)
{
	const struct graph *graph = plan->graph;
	const struct stage *s = &graph->stages[maker];
	struct verdict *verdict = &plan->stages[maker].verdict;

	*verdict = (struct verdict){
		.reasons = arena_alloc(&plan->arena, s->output_count * sizeof *verdict->reasons)};
	for (uint32_t k = 0; k < s->output_count; k++) {
		uint32_t file = graph->uses[s->first_use + s->input_count + k].file;
		if (!stamps_is_spent(plan->stamps, file))
			continue;
		verdict->reasons[verdict->reason_count++] = (struct reason){
			.code = REASON_OUTPUT_MISSING,
			.about = file_path(graph, file),
			.message = arena_fmt(&plan->arena, "output %s is made again for %s",
				file_path(graph, file), stage_name(graph, reader)),
		};
	}
}

/* The maker of something that is gone, and that a stage which will or may run reads. */
static bool make_for(struct plan *plan, uint32_t maker, uint32_t reader)
{
	struct plan_stage *p = &plan->stages[maker];
	bool is_sure = plan->stages[reader].state == PLAN_RUN;

	if (p->state != PLAN_FRESH && !(is_sure && p->state == PLAN_MAY_RUN))
		return false;
	if (!is_sure) {
		p->state = PLAN_MAY_RUN;
		p->cause = reader;
		p->is_for_cause = true;
		return true;
	}
	add_made_again(plan, maker, reader);
	p->state = PLAN_RUN;
	p->cause = NONE;
	p->is_for_cause = false;
	return true;
}

static bool make_inputs(struct plan *plan, uint32_t reader)
{
	const struct graph *graph = plan->graph;
	enum plan_state state = plan->stages[reader].state;
	bool has_changed = false;

	if ((state != PLAN_RUN && state != PLAN_MAY_RUN) || plan->stages[reader].restored)
		return false;
	for (uint32_t use = 0; (use = spent_input(graph, plan->stamps, reader, use)) != NONE;
		use++) {
		uint32_t maker = spent_maker(graph, reader, graph->uses[use].file);
		has_changed |= make_for(plan, maker, reader);
	}
	return has_changed;
}

bool plan_make_again(struct plan *plan)
{
	const struct graph *graph = plan->graph;
	bool has_any = false, has_changed = true;

	while (has_changed) {
		has_changed = false;
		for (uint32_t i = graph->stage_count; i-- > 0;)
			has_changed |= make_inputs(plan, graph->order[i]);
		has_any |= has_changed;
		plan->run_count += has_changed; /* so that makers are looked for */
		for (uint32_t i = 0; has_changed && i < graph->stage_count; i++) {
			struct plan_stage *p = &plan->stages[graph->order[i]];
			if (p->cause != NONE || (p->state != PLAN_FRESH && p->state != PLAN_RUN))
				continue;
			p->cause = plan_pending_maker(plan, graph->order[i]);
			if (p->cause != NONE && p->state == PLAN_FRESH)
				p->state = PLAN_MAY_RUN;
		}
	}
	return has_any;
}
