/* A reopened stage that updates a file in place, and the stages that may read the file, take turns:
 * it waits for those that run, and those that do not run yet wait for it. Others are put in place
 * as a whole when they have ended, so that whoever reads them has the old or the new ones. */
#include "base/mem.h"
#include "run/engine/sched_part.h"

static bool updates_in_place(const struct graph *graph, uint32_t stage)
{
	const struct stage *s = &graph->stages[stage];
	bool does = false;

	for (uint32_t i = 0; i < s->output_count && !does; i++) {
		const struct use *use = &graph->uses[s->first_use + s->input_count + i];
		does = graph->labels[use->label].flags & LABEL_UPDATE;
	}
	return does;
}

void sched_take_turns(struct sched *s, uint32_t stage)
{
	if (!updates_in_place(s->graph, stage))
		return;
	if (!s->alone)
		s->alone = mem_alloc((size_t)s->stage_count + 1);
	s->alone[stage] = true;
}

static bool is_awaited(const struct sched *s, uint32_t stage)
{
	enum sched_state state = sched_state(s, stage);

	return state != SCHED_IDLE && !sched_is_settled(state);
}

uint32_t sched_count_waits(const struct sched *s, uint32_t stage)
{
	struct span needs = s->graph->stages[stage].needs, by = s->graph->stages[stage].needed_by;
	uint32_t count = 0;

	for (uint32_t i = 0; i < needs.count; i++)
		count += is_awaited(s, s->graph->edges[needs.first + i]);
	for (uint32_t i = 0; s->alone && s->alone[stage] && i < by.count; i++) {
		enum sched_state state = sched_state(s, s->graph->edges[by.first + i]);
		count += state == SCHED_RUNNING || state == SCHED_SETTLING;
	}
	return count;
}

/* Does the stage need it, and does it wait for what runs? */
static bool waits_for_it(const struct sched *s, uint32_t need)
{
	return s->alone[need] && s->states[need] == SCHED_WANTED;
}

void sched_hold(struct sched *s, uint32_t stage)
{
	struct span needs = s->graph->stages[stage].needs;

	for (uint32_t i = 0; s->alone && i < needs.count; i++) {
		uint32_t need = s->graph->edges[needs.first + i];
		s->waits[need] += waits_for_it(s, need);
	}
}

void sched_let_go(struct sched *s, uint32_t stage)
{
	struct span needs = s->graph->stages[stage].needs;

	for (uint32_t i = 0; s->alone && i < needs.count; i++) {
		uint32_t need = s->graph->edges[needs.first + i];
		if (waits_for_it(s, need) && --s->waits[need] == 0)
			sched_make_ready(s, need);
	}
}

bool sched_gives_way(struct sched *s, uint32_t stage)
{
	struct span needs = s->graph->stages[stage].needs;
	bool does = false;

	for (uint32_t i = 0; s->alone && i < needs.count && !does; i++) {
		uint32_t need = s->graph->edges[needs.first + i];
		does = s->alone[need] && is_awaited(s, need);
	}
	if (does) {
		s->waits[stage] = sched_count_waits(s, stage);
		sched_put(s, stage, SCHED_WANTED);
	}
	return does;
}
