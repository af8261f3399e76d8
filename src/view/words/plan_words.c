#include "view/words/plan_words.h"

#include "base/buf.h"
#include "model/graph/graph.h"
#include "view/words/reasons.h"

static struct plan_word word_of_stale(const struct plan_stage *stage)
{
	if (stage->is_interrupted || stage->record.is_interrupted)
		return (struct plan_word){"interrupted", "interrupted", TONE_BAD};
	if (stage->record.status == RECORD_NONE)
		return (struct plan_word){"never ran", "never_ran", TONE_WARN};
	if (stage->record.status == RECORD_FAILED)
		return (struct plan_word){"failed", "failed", TONE_BAD};
	return (struct plan_word){"out of date", "out_of_date", TONE_WARN};
}

struct plan_word plan_word(const struct plan_stage *stage)
{
	switch (stage->state) {
	case PLAN_FRESH:
		return (struct plan_word){"up to date", "up_to_date", TONE_GOOD};
	case PLAN_RUN:
		return word_of_stale(stage);
	case PLAN_MAY_RUN:
		return (struct plan_word){"may run", "may_run", TONE_MAYBE};
	case PLAN_DISABLED:
		return (struct plan_word){"disabled", "disabled", TONE_FAINT};
	case PLAN_RUNNING:
		return (struct plan_word){"running", "running", TONE_MAYBE};
	case PLAN_NOT_SELECTED:
		break;
	}
	return (struct plan_word){"not selected", "not_selected", TONE_FAINT};
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
		if (stage->record.status != RECORD_NONE || verdict->reason_count > 1)
			reasons_short(out, verdict->reasons + first, verdict->reason_count - first);
		break;
	case PLAN_MAY_RUN:
		if (stage->cause == NONE)
			break;
		buf_str(out, "if ");
		style_text(out, stage_name(graph, stage->cause));
		buf_str(out, " comes out different");
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
