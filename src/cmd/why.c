#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "model/graph/select.h"
#include "run/ask/plan.h"
#include "view/answer/answer.h"

static const struct option_spec options[] = {
	OPTION(0, "json", NULL, FLAG, is_json, "as JSON, one document a stage"),
	OPTION_ASK,
	OPTIONS_END,
};

/* What the named stages need is judged too: the root cause lies there. */
static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	struct select_request request = {
		.targets = call->args.items,
		.target_count = call->args.count,
		.only = true,
	};
	bool *named MEM_LOCAL = mem_alloc(graph->stage_count + 1);
	struct arena arena ARENA_LOCAL = {0};
	struct plan plan;
	struct why why = {
		.plan = &plan,
		.arena = &arena,
		.past = arena_alloc(&arena, (graph->stage_count + 1) * sizeof *why.past),
	};

	/* What is temporary is made again for stages behind it. */
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (graph->stages[i].flags & STAGE_TEMPORARY)
			memset(call->wanted, true, graph->stage_count);
	}
	if (select_stages(graph, &request, named, err) == 0 &&
		session_plan(call, false, &plan, err) == 0) {
		for (uint32_t i = 0; i < graph->stage_count; i++) {
			if (named[i] && call->wishes.is_json)
				json_why(&call->out, &why, i);
			else if (named[i])
				why_text(&call->out, &why, i, session_color(call));
		}
		plan_free(&plan);
	}
	return EXIT_OK;
}

const struct command cmd_why = {
	.name = "why",
	.usage = "STAGE...",
	.summary = "tell why a stage would run or last ran, back to the root cause",
	.options = options,
	.min_args = 1,
	.max_args = ARGS_ANY,
	.needs = NEEDS_TARGETS,
	.uses_index = true,
	.needs_job = true,
	.run = run,
};
