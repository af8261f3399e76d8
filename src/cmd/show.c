#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/answer/answer.h"

static const struct option_spec options[] = {
	OPTION(0, "json", NULL, FLAG, is_json, "as JSON, one document a stage"),
	OPTION_ASK,
	OPTIONS_END,
};

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	struct buf *out = &call->out;
	struct plan plan;

	if (session_plan(call, true, &plan, err) < 0)
		return EXIT_WORLD;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (!call->wanted[i])
			continue;
		if (call->wishes.is_json) {
			json_show(out, graph, i, &plan.stages[i]);
			continue;
		}
		if (out->len)
			buf_char(out, '\n');
		show_text(out, graph, i, &plan.stages[i], session_color(call));
	}
	plan_free(&plan);
	return EXIT_OK;
}

const struct command cmd_show = {
	.name = "show",
	.usage = "STAGE...",
	.summary = "show everything about a stage",
	.details =
		"Where it is defined, its command as it would be executed, its files, config, environment\n"
		"and limits, what it needs and what needs it, and what its last run cost.",
	.options = options,
	.min_args = 1,
	.max_args = ARGS_ANY,
	.needs = NEEDS_STAGES,
	.uses_index = true,
	.needs_job = true,
	.run = run,
};
