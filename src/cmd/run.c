#include "run/engine/run.h"

#include "base/err.h"
#include "cmd/session.h"
#include "cmd/watch.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "run/engine/gpus.h"
#include "view/answer/answer.h"

static const struct option_spec options[] = {
	OPTION('j', "jobs", "N", NUMBER, jobs,
		"run up to N stages at once (default: as many as processors)"),
	OPTION('k', "keep-going", NULL, FLAG, keep_going,
		"go on with what does not depend on a failed stage"),
	OPTION('B', "always", NULL, FLAG, is_forced, "run all that is selected, up to date or not"),
	OPTION(0, "from", "STAGE", TEXT, from, "only this stage and what needs it"),
	OPTION(0, "until", "STAGE", TEXT, until, "only this stage and what it needs"),
	OPTION(0, "only", NULL, FLAG, is_only, "only the targets, not what they need"),
	OPTION('n', "dry-run", NULL, FLAG, is_dry,
		"show what would run or be restored, and why, and run nothing"),
	OPTION(0, "json", NULL, FLAG, is_json, "with -n: as JSON"),
	OPTION(0, "watch", NULL, FLAG, watches,
		"stay, and run again when something changes that is tracked"),
	OPTION(0, "ask", NULL, FLAG, asks,
		"with -n: run version commands and views, on which stages depend"),
	OPTION(0, "no-wait", NULL, FLAG, no_wait, "end at once if another run is in this job"),
	OPTION(0, "threads", "N", NUMBER, threads,
		"threads that running stages may claim together"),
	OPTION(0, "memory", "SIZE", SIZE, memory, "memory that running stages may claim together"),
	CHOICE("executor", "NAME", executor, "auto|local|slurm",
		"where stages run that do not say it: local or slurm"),
	OPTION(0, "leave", NULL, FLAG, leaves, "a signal ends the run alone, and its jobs go on"),
	CHOICE("jobserver", "STYLE", jobpool, "none|pipe|fifo",
		"share -j with the makes in stages: none (default), pipe or fifo"),
	OPTION(0, "audit", NULL, FLAG, is_audit,
		"run stages under strace and name what they open undeclared"),
	OPTIONS_END,
};

/* Stages that could not run for lack of GPUs: a mistake where a run would take it for one, else
 * noted. */
static int check_gpus(const struct call *call, const struct plan *plan, struct err *err)
{
	const struct graph *graph = plan->graph;
	struct gpus *gpus = gpus_new(graph);

	for (uint32_t i = 0; gpus && i < graph->stage_count; i++) {
		if (plan->stages[i].state != PLAN_RUN || gpus_suffice(gpus, graph, i, err))
			continue;
		if (call->wishes.is_forced || plan->stages[i].record->status != RECORD_SUCCESS)
			break;
		session_note(call, "%s", err->text);
		err_clear(err);
	}
	gpus_free(gpus);
	return err->code ? EXIT_USAGE : EXIT_OK;
}

static int show_plan(struct call *call, struct err *err)
{
	struct plan plan;
	int code;

	if (session_plan(call, false, &plan, err) < 0)
		return EXIT_WORLD;
	code = session_inputs(call, plan.stamps);
	if (code == EXIT_OK)
		code = check_gpus(call, &plan, err);
	if (code == EXIT_OK && plan.notice)
		session_note(call, "%s", plan.notice);
	if (code == EXIT_OK && call->wishes.is_json)
		json_plan(&call->out, &plan);
	else if (code == EXIT_OK)
		plan_text(&call->out, &plan, session_color(call));
	plan_free(&plan);
	return code;
}

static int check(struct call *call, struct err *err)
{
	if ((call->wishes.is_json || call->wishes.asks) && !call->wishes.is_dry)
		return err_set(err, EXIT_USAGE, "option '%s' goes with '-n' only",
			call->wishes.asks ? "--ask" : "--json");
	if (call->wishes.watches && call->wishes.is_dry)
		return err_set(err, EXIT_USAGE, "options '--watch' and '-n' exclude each other");
	if (call->wishes.is_only && call->args.count == 0)
		return err_set(err, EXIT_USAGE,
			"option '--only' needs a target: restage run --only TARGET");
	return EXIT_OK;
}

/* The targets themselves: what they make is asked for. */
static int select_named(struct call *call, struct err *err)
{
	call->named = session_select(call, call->session.graph, STAGES_NAMED, err);
	return err->code ? -1 : 0;
}

static int run_once(struct call *call, struct err *err)
{
	const struct wishes *wishes = &call->wishes;
	const struct session *session = &call->session;

	if (select_named(call, err) < 0)
		return EXIT_USAGE;
	struct run_options run_options = {
		.wanted = call->wanted,
		.forced = wishes->is_forced ? call->wanted : NULL,
		.named = call->named,
		.jobs = wishes->jobs,
		.threads = wishes->threads,
		.memory = wishes->memory,
		.executor = (enum executor)wishes->executor,
		.leaves = wishes->leaves,
		.jobpool = (enum jobpool_style)wishes->jobpool,
		.keep_going = wishes->keep_going,
		.no_wait = wishes->no_wait,
		.index = session->index,
		.request = digest_is_zero(&session->request) ? NULL : &session->request,
		.params = &session->params,
		.checks_inputs = true,
		.audit = wishes->is_audit,
	};
	int code = EXIT_OK;

	/* A compiled graph was run before, and its inputs were there: the run itself looks at them
	 * once. */
	if (!session->index)
		code = session_inputs(call, NULL);
	if (code == EXIT_OK)
		code = session_run_job(call, &run_options);
	if (code == EXIT_USAGE && session->index)
		session_inputs(call, NULL);
	return code;
}

static int run(struct call *call, struct err *err)
{
	int code = EXIT_OK;

	if (call->wishes.is_dry)
		return select_named(call, err) < 0 ? EXIT_USAGE : show_plan(call, err);
	if (!call->watch)
		return run_once(call, err);
	if (watch_begin(call->watch, call, err))
		code = run_once(call, err);
	if (!err->code || err->code == EXIT_USAGE)
		watch_end(call->watch, call);
	return code;
}

const struct command cmd_run = {
	.name = "run",
	.usage = "[TARGET]...",
	.summary = "run what is out of date",
	.details =
		"A target is a stage (asr, or 04_asr), an instance of one (asr/ep1), a pattern of them\n"
		"('asr/*'), a tag, or a file that a stage makes.\n"
		"Without a target everything is meant. A stage runs when its command, config, environment,\n"
		"tools or the content of its files differ from what its manifest records.",
	.options = options,
	.max_args = ARGS_ANY,
	.needs = NEEDS_TARGETS,
	.takes_jobs = true,
	.uses_index = true,
	.check = check,
	.run = run,
};
