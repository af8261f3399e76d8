#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/answer/json_view.h"
#include "view/answer/status_text.h"
#include "view/words/style.h"

struct status_values {
	bool is_quiet, is_json;
};

#define AT(member) offsetof(struct status_values, member)

static const struct option_spec options[] = {
	{'q', "quiet", NULL, "print nothing; exit code 1 if something is out of date", OPTION_FLAG,
		AT(is_quiet), NULL},
	{0, "json", NULL, "as JSON", OPTION_FLAG, AT(is_json), NULL},
	OPTIONS_END,
};

static int show(struct call *call, const struct plan *plan)
{
	const struct status_values *values = call->values;
	struct buf out = {0};

	if (values->is_json)
		json_status(&out, plan);
	else
		status_text(&out, plan,
			style_for_fd((enum style_choice)call->globals.color, STDOUT_FILENO));
	session_write(call, &out);
	buf_free(&out);
	return EXIT_OK;
}

static bool is_up_to_date(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		enum plan_state state = plan->stages[i].state;

		if (state == PLAN_RUN || state == PLAN_MAY_RUN || state == PLAN_RUNNING)
			return false;
	}
	return true;
}

static int run(struct call *call)
{
	const struct status_values *values = call->values;
	bool is_quiet = values->is_quiet || call->globals.is_quiet;
	int code = EXIT_OK;
	struct session session;
	struct plan_request request;
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
		.with_records = values->is_json && !is_quiet,
	};
	if (wanted && plan_make(&request, &plan, &err) < 0) {
		code = session_fail(&err);
	} else if (wanted) {
		if (plan.notice)
			session_note(call, "%s", plan.notice);
		if (is_quiet)
			code = is_up_to_date(&plan) ? EXIT_OK : EXIT_STAGE;
		else
			code = show(call, &plan);
		plan_free(&plan);
	}
	free(wanted);
	session_close(&session);
	return code;
}

const struct command cmd_status = {
	.name = "status",
	.usage = "[STAGE]...",
	.summary = "tell what is up to date, what is not and why",
	.options = options,
	.values_size = sizeof(struct status_values),
	.max_args = ARGS_ANY,
	.run = run,
};
