/* Stages whose instances are made by a list that a run may yet change. */
#include "view/answer/answer.h"

#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/answer/json_doc.h"
#include "view/words/words.h"

static bool may_change(const struct plan *plan, const struct made_list *list)
{
	enum plan_state state = plan->stages[list->stage].state;

	return !(list->flags & LIST_KNOWN) || state == PLAN_RUN || state == PLAN_MAY_RUN ||
	       state == PLAN_RUNNING;
}

static uint32_t count_instances(const struct graph *graph, uint32_t decl)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < graph->stage_count; i++)
		count += graph->stages[i].instance != 0 &&
			 strcmp(graph_text(graph, graph->stages[i].decl),
				 graph_text(graph, decl)) == 0;
	return count;
}

/* Calls tell with the first such list of each stage. */
static void each_stage(const struct plan *plan,
	void (*tell)(void *ctx, const struct plan *plan, const struct made_list *list), void *ctx)
{
	const struct graph *graph = plan->graph;
	struct map told MAP_LOCAL = {0};

	for (uint32_t i = 0; i < graph->list_count; i++) {
		const struct made_list *list = &graph->lists[i];
		if (may_change(plan, list) && map_put(&told, graph_text(graph, list->decl), i) == i)
			tell(ctx, plan, list);
	}
}

static void add_line(void *ctx, const struct plan *plan, const struct made_list *list)
{
	const struct graph *graph = plan->graph;
	uint32_t count = count_instances(graph, list->decl);
	struct buf *out = ctx;

	style_text(out, graph_text(graph, list->decl));
	if (list->flags & LIST_KNOWN || count) {
		buf_str(out, ": ");
		outcome_plural(out, count, "instance");
		buf_str(out, " by what was made last; the number may change when ");
		style_text(out, stage_name(graph, list->stage));
		buf_str(out, " has run\n");
	} else {
		buf_str(out, ": its instances are known when ");
		style_text(out, stage_name(graph, list->stage));
		buf_str(out, " has run\n");
	}
}

void lists_text(struct buf *out, const struct plan *plan)
{
	each_stage(plan, add_line, out);
}

static void write_list(void *ctx, const struct plan *plan, const struct made_list *list)
{
	const struct graph *graph = plan->graph;
	struct json_writer *w = ctx;

	json_write_object(w, NULL);
	json_write_name(w, "stage", graph_text(graph, list->decl));
	json_write_num(w, "instances", count_instances(graph, list->decl));
	json_write_name(w, "made_by", stage_name(graph, list->stage));
	json_write_end(w);
}

void json_lists(struct json_writer *w, const struct plan *plan)
{
	if (!plan->graph->list_count)
		return;
	json_write_array(w, "may_change");
	each_stage(plan, write_list, w);
	json_write_end(w);
}
