/* A plan for three stages (demux -> asr -> mux), made by hand. */
#ifndef VIEW_PLAN_H
#define VIEW_PLAN_H

#include "run/ask/plan.h"
#include "view_test.h"

struct planned {
	struct plan plan;
	struct plan_stage stages[3];
	struct record records[3];
	struct reason reasons[3];
};

/* demux is out of date, asr may run, mux is up to date. */
static inline void planned_make(struct planned *planned)
{
	struct graph *graph = made_three();
	struct record_success known = {.is_known = true, .duration_seconds = 4.2, .memory_mb = 312};

	memset(planned, 0, sizeof *planned);
	planned->plan.graph = graph;
	planned->plan.stages = planned->stages;
	for (int i = 0; i < 3; i++) {
		planned->stages[i].cause = planned->stages[i].failure = NONE;
		planned->stages[i].state = PLAN_FRESH;
		planned->stages[i].verdict.is_fresh = true;
		planned->stages[i].dir = graph_text(graph, graph->stages[i].dir);
		planned->stages[i].record = &planned->records[i];
		planned->records[i] = (struct record){
			.status = RECORD_SUCCESS,
			.run = "20251127_140915",
			.duration_seconds = 4.2,
			.success = known,
		};
	}
	planned->reasons[0] = (struct reason){
		REASON_CONFIG_CHANGED, "rate", "config rate changed from '16000' to '8000'"};
	planned->stages[0].state = PLAN_RUN;
	planned->stages[0].verdict =
		(struct verdict){.reasons = planned->reasons, .reason_count = 1};
	planned->stages[1].state = PLAN_MAY_RUN;
	planned->stages[1].cause = 0;
	planned->plan.run_count = planned->plan.may_count = planned->plan.fresh_count = 1;
	planned->plan.run_seconds = planned->plan.may_seconds = 4.2;
}

static inline void planned_free(struct planned *planned)
{
	graph_free((struct graph *)planned->plan.graph);
}

#endif
