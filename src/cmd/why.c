#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "model/graph/select.h"
#include "run/ask/plan.h"
#include "view/answer/json_view.h"
#include "view/answer/why_text.h"
#include "view/words/style.h"

struct why_values {
	bool is_json;
};

static const struct option_spec options[] = {
	{0, "json", NULL, "as JSON, one document a stage", OPTION_FLAG,
		offsetof(struct why_values, is_json), NULL},
	OPTIONS_END,
};

static void show(struct call *call, const struct plan *plan, const bool *named)
{
	const struct why_values *values = call->values;
	bool color = style_for_fd((enum style_choice)call->globals.color, STDOUT_FILENO);
	struct arena arena = {0};
	struct why why = {
		.plan = plan,
		.arena = &arena,
		.past = arena_alloc(&arena, (plan->graph->stage_count + 1) * sizeof *why.past),
	};
	struct buf out = {0};

	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		if (!named[i])
			continue;
		if (values->is_json)
			json_why(&out, &why, i);
		else
			why_text(&out, &why, i, color);
	}
	session_write(call, &out);
	buf_free(&out);
	arena_free(&arena);
}

static int run(struct call *call)
{
	struct select_request request = {
		.targets = call->args.items,
		.target_count = call->args.count,
	};
	int code = EXIT_OK;
	struct session session;
	struct plan_request plan_request;
	struct err err = {0};
	struct plan plan;
	bool *named, *wanted;

	if (!session_open(call, &session, &code))
		return code;
	wanted = mem_alloc(session.graph->stage_count + 1);
	plan_request = (struct plan_request){
		.graph = session.graph, .index = session.index, .wanted = wanted};
	named = session_select(call, session.graph, &code);
	/* what it needs is judged too: the root cause lies there */
	if (named && (select_stages(session.graph, &request, wanted, &err) < 0 ||
			     plan_make(&plan_request, &plan, &err) < 0)) {
		code = session_fail(&err);
	} else if (named) {
		show(call, &plan, named);
		plan_free(&plan);
	}
	free(named);
	free(wanted);
	session_close(&session);
	return code;
}

const struct command cmd_why = {
	.name = "why",
	.usage = "STAGE...",
	.summary = "tell why a stage would run or last ran, back to the root cause",
	.options = options,
	.values_size = sizeof(struct why_values),
	.min_args = 1,
	.max_args = ARGS_ANY,
	.run = run,
};
