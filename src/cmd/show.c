#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/answer/json_view.h"
#include "view/answer/list_text.h"
#include "view/words/style.h"

struct show_values {
	bool is_json;
};

static const struct option_spec options[] = {
	{0, "json", NULL, "as JSON, one document a stage", OPTION_FLAG,
		offsetof(struct show_values, is_json), NULL},
	OPTIONS_END,
};

static void show(struct call *call, const struct plan *plan, const bool *wanted)
{
	const struct show_values *values = call->values;
	bool color = style_for_fd((enum style_choice)call->globals.color, STDOUT_FILENO);
	struct buf out = {0};

	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		if (!wanted[i])
			continue;
		if (values->is_json) {
			json_show(&out, plan->graph, i, &plan->stages[i]);
			continue;
		}
		if (out.len)
			buf_char(&out, '\n');
		show_text(&out, plan->graph, i, &plan->stages[i], color);
	}
	session_write(call, &out);
	buf_free(&out);
}

static int run(struct call *call)
{
	int code = EXIT_OK;
	struct session session;
	struct plan_request request = {0};
	struct err err = {0};
	struct plan plan;
	bool *wanted;

	if (!session_open(call, &session, &code))
		return code;
	wanted = session_select(call, session.graph, &code);
	request = (struct plan_request){
		.graph = session.graph,
		.index = session.index,
		.wanted = wanted,
		.with_records = true,
	};
	if (wanted && plan_make(&request, &plan, &err) < 0) {
		code = session_fail(&err);
	} else if (wanted) {
		show(call, &plan, wanted);
		plan_free(&plan);
	}
	free(wanted);
	session_close(&session);
	return code;
}

const struct command cmd_show = {
	.name = "show",
	.usage = "STAGE...",
	.summary = "show everything about a stage",
	.details =
		"Where it is defined, its command as it would be executed, its files, config, environment\n"
		"and limits, what it needs and what needs it, and what its last run cost.",
	.options = options,
	.values_size = sizeof(struct show_values),
	.min_args = 1,
	.max_args = ARGS_ANY,
	.run = run,
};
