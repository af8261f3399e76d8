#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cmd/inputs.h"
#include "cmd/run_told.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "model/graph/select.h"
#include "run/ask/plan.h"
#include "view/answer/json_view.h"
#include "view/answer/status_text.h"
#include "view/words/style.h"

struct run_values {
	uint32_t jobs, threads;
	uint64_t memory;
	const char *from, *until;
	int jobpool; /* enum jobpool_style */
	bool keep_going, is_forced, is_only, is_dry, is_json, no_wait, is_audit;
};

#define AT(member) offsetof(struct run_values, member)

static const struct option_spec options[] = {
	{'j', "jobs", "N", "run up to N stages at once (default: as many as processors)",
		OPTION_NUMBER, AT(jobs), NULL},
	{'k', "keep-going", NULL, "go on with what does not depend on a failed stage", OPTION_FLAG,
		AT(keep_going), NULL},
	{'B', "always", NULL, "run all that is selected, up to date or not", OPTION_FLAG,
		AT(is_forced), NULL},
	{0, "from", "STAGE", "only this stage and what needs it", OPTION_TEXT, AT(from), NULL},
	{0, "until", "STAGE", "only this stage and what it needs", OPTION_TEXT, AT(until), NULL},
	{0, "only", NULL, "only the targets, not what they need", OPTION_FLAG, AT(is_only), NULL},
	{'n', "dry-run", NULL, "show what would run and why, and run nothing", OPTION_FLAG,
		AT(is_dry), NULL},
	{0, "json", NULL, "with -n: as JSON", OPTION_FLAG, AT(is_json), NULL},
	{0, "no-wait", NULL, "end at once if another run is in this job", OPTION_FLAG, AT(no_wait),
		NULL},
	{0, "threads", "N", "threads that running stages may claim together", OPTION_NUMBER,
		AT(threads), NULL},
	{0, "memory", "SIZE", "memory that running stages may claim together", OPTION_SIZE,
		AT(memory), NULL},
	{0, "jobserver", "STYLE", "share -j with the makes in stages: none (default), pipe or fifo",
		OPTION_CHOICE, AT(jobpool), "none|pipe|fifo"},
	{0, "audit", NULL, "run stages under strace and name what they open undeclared",
		OPTION_FLAG, AT(is_audit), NULL},
	OPTIONS_END,
};

static int show_plan(struct call *call, const struct session *session, const bool *wanted)
{
	const struct run_values *values = call->values;
	struct plan_request request = {
		.graph = session->graph,
		.index = session->index,
		.wanted = wanted,
		.forced = values->is_forced ? wanted : NULL,
	};
	struct err err = {0};
	struct buf out = {0};
	struct plan plan;

	if (plan_make(&request, &plan, &err) < 0)
		return session_fail(&err);
	if (inputs_check(session->graph, plan.stamps, wanted) != EXIT_OK) {
		plan_free(&plan);
		return EXIT_USAGE;
	}
	if (plan.notice)
		session_note(call, "%s", plan.notice);
	if (values->is_json)
		json_plan(&out, &plan);
	else
		plan_text(&out, &plan,
			style_for_fd((enum style_choice)call->globals.color, STDOUT_FILENO));
	session_write(call, &out);
	buf_free(&out);
	plan_free(&plan);
	return EXIT_OK;
}

static int run_selected(const struct call *call, const struct session *session, const bool *wanted)
{
	const struct run_values *values = call->values;
	struct run_options run_options = {
		.wanted = wanted,
		.forced = values->is_forced ? wanted : NULL,
		.jobs = values->jobs,
		.threads = values->threads,
		.memory = values->memory,
		.jobpool = (enum jobpool_style)values->jobpool,
		.keep_going = values->keep_going,
		.no_wait = values->no_wait,
		.index = session->index,
		.request = digest_is_zero(&session->request) ? NULL : &session->request,
		.checks_inputs = true,
		.audit = values->is_audit,
	};

	return run_told(call, session->graph, &run_options);
}

static int run(struct call *call)
{
	const struct run_values *values = call->values;
	struct select_request request = {
		.targets = call->args.items,
		.target_count = call->args.count,
		.from = values->from,
		.until = values->until,
		.only = values->is_only,
	};
	struct err err = {0};
	struct session session;
	bool *wanted;
	int code = EXIT_OK;

	if (values->is_json && !values->is_dry)
		return session_mistake("option '--json' goes with '-n' only");
	if (values->is_only && call->args.count == 0)
		return session_mistake("option '--only' needs a target: restage run --only TARGET");
	if (!session_open(call, &session, &code))
		return code;
	wanted = mem_alloc(session.graph->stage_count + 1);
	if (select_stages(session.graph, &request, wanted, &err) < 0)
		code = session_fail(&err);
	/* A compiled graph was run before, and its inputs were there: the run itself looks at them
	 * once. */
	if (code == EXIT_OK && !values->is_dry && !session.index)
		code = inputs_check(session.graph, NULL, wanted);
	if (code == EXIT_OK && values->is_dry)
		code = show_plan(call, &session, wanted);
	else if (code == EXIT_OK)
		code = run_selected(call, &session, wanted);
	if (code == EXIT_USAGE && session.index && !values->is_dry)
		inputs_check(session.graph, NULL, wanted);
	free(wanted);
	session_close(&session);
	return code;
}

const struct command cmd_run = {
	.name = "run",
	.usage = "[TARGET]...",
	.summary = "run what is out of date",
	.details =
		"A target is a stage, an instance of one (asr/ep1), a tag, or a file that a stage makes.\n"
		"Without a target everything is meant. A stage runs when its command, config, environment,\n"
		"tools or the content of its files differ from what its manifest records.",
	.options = options,
	.values_size = sizeof(struct run_values),
	.max_args = ARGS_ANY,
	.run = run,
};
