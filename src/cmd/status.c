#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/answer/answer.h"

static const struct option_spec options[] = {
	OPTION('q', "quiet", NULL, FLAG, is_quiet,
		"print nothing; exit code 1 if something is out of date"),
	OPTION(0, "json", NULL, FLAG, is_json, "as JSON"),
	OPTION_ASK,
	OPTIONS_END,
};

static bool is_up_to_date(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		enum plan_state state = plan->stages[i].state;

		if (state == PLAN_RUN || state == PLAN_MAY_RUN || state == PLAN_RUNNING)
			return false;
	}
	return true;
}

static int run(struct call *call, struct err *err)
{
	bool is_quiet = call->wishes.is_quiet || call->globals.is_quiet;
	struct plan plan;
	int code = EXIT_OK;

	if (session_plan(call, call->wishes.is_json && !is_quiet, &plan, err) < 0)
		return EXIT_WORLD;
	if (plan.notice)
		session_note(call, "%s", plan.notice);
	if (is_quiet)
		code = is_up_to_date(&plan) ? EXIT_OK : EXIT_STAGE;
	else if (call->wishes.is_json)
		json_status(&call->out, &plan);
	else
		status_text(&call->out, &plan, session_color(call));
	plan_free(&plan);
	return code;
}

const struct command cmd_status = {
	.name = "status",
	.usage = "[STAGE]...",
	.summary = "tell what is up to date, what is not and why",
	.options = options,
	.max_args = ARGS_ANY,
	.needs = NEEDS_STAGES,
	.uses_index = true,
	.takes_jobs = true,
	.needs_job = true,
	.run = run,
};
