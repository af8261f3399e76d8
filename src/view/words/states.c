#include "base/buf.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/words/words.h"

#define LOOK(state, name, text, tone, ...) [STATE_##state] = {name, text, tone},

const struct state_look state_looks[STATE_COUNT] = {VIEW_STATES(LOOK)};

static enum view_state state_of_stale(const struct plan_stage *stage)
{
	if (stage->is_interrupted || stage->record->is_interrupted)
		return STATE_INTERRUPTED;
	if (stage->record->status == RECORD_NONE)
		return STATE_NEW;
	return stage->record->status == RECORD_FAILED ? STATE_FAILED : STATE_STALE;
}

enum view_state plan_view_state(const struct plan_stage *stage)
{
	static const enum view_state states[] = {
		[PLAN_NOT_SELECTED] = STATE_NOT_SELECTED,
		[PLAN_FRESH] = STATE_FRESH,
		[PLAN_MAY_RUN] = STATE_MAY,
		[PLAN_DISABLED] = STATE_DISABLED,
		[PLAN_RUNNING] = STATE_RUNNING,
	};

	return stage->state == PLAN_RUN ? state_of_stale(stage) : states[stage->state];
}

const struct state_look *plan_look(const struct plan_stage *stage)
{
	return &state_looks[plan_view_state(stage)];
}

/* "it never ran; behind asr, which failed" */
static void add_failure(struct buf *out, const struct plan *plan, uint32_t failure)
{
	if (failure == NONE)
		return;
	buf_str(out, out->len ? "; behind " : "behind ");
	style_text(out, stage_name(plan->graph, failure));
	buf_str(out, ", which failed");
}

void plan_reason_cause(struct buf *out, const struct plan *plan, const struct plan_stage *stage)
{
	buf_str(out, stage->is_for_cause ? "made again for " : "if ");
	style_text(out, stage_name(plan->graph, stage->cause));
	buf_str(out, stage->is_for_cause ? ", if that runs" : " comes out different");
}

void plan_reason(struct buf *out, const struct plan *plan, uint32_t id)
{
	const struct plan_stage *stage = &plan->stages[id];
	const struct graph *graph = plan->graph;
	const struct verdict *verdict = &stage->verdict;
	uint32_t first = 0;

	switch (stage->state) {
	case PLAN_RUN:
		/* the state has said it already, where something more is known */
		if (verdict->reason_count > 1 && verdict->reasons[0].code == REASON_NEVER_RAN)
			first = 1;
		if (stage->record->status != RECORD_NONE || verdict->reason_count > 1)
			reasons_short(out, verdict->reasons + first, verdict->reason_count - first);
		add_failure(out, plan, stage->failure);
		break;
	case PLAN_MAY_RUN:
		if (stage->cause == NONE) {
			reasons_short(out, verdict->reasons, verdict->reason_count);
			break;
		}
		plan_reason_cause(out, plan, stage);
		add_failure(out, plan, stage->failure);
		break;
	case PLAN_DISABLED:
		style_text(out, graph_text(graph, graph->stages[id].skip_reason));
		break;
	case PLAN_FRESH:
	case PLAN_RUNNING:
	case PLAN_NOT_SELECTED:
		break;
	}
}
