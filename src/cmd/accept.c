#include <unistd.h>

#include "base/dir.h"
#include "base/fs.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "run/ask/accept.h"
#include "run/ask/handed.h"
#include "run/job/lock.h"
#include "view/words/words.h"

static void tell(void *ctx, uint32_t stage, const struct reason *reasons, uint32_t reason_count)
{
	struct call *call = ctx;
	const char *name = stage_name(call->session.graph, stage), *was = call->wishes.was;
	bool is_new = call->wishes.adopts || was;

	if (reason_count == 0 && !is_new) {
		session_note(call, "stage '%s' is up to date: nothing to accept", name);
		return;
	}
	if (call->globals.is_quiet)
		return;
	buf_fmt(&call->out, "%s %s", call->wishes.adopts ? "adopted" : "accepted", name);
	if (was)
		buf_fmt(&call->out, ", which was %s", job_without_number(was));
	if (call->wishes.adopts)
		reason_count = 0;
	buf_str(&call->out, reason_count ? ":\n" : "\n");
	reasons_long(&call->out, reasons, reason_count, "  ");
	session_flush(call);
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	struct accept_request request = {.wanted = call->wanted,
		.is_format_only = call->args.count == 0,
		.adopts = call->wishes.adopts,
		.was = call->wishes.was,
		.tell = tell,
		.ctx = call};

	if (!call->wishes.adopts && !fs_is_dir(graph_text(graph, graph->job_dir)))
		return err_set(err, EXIT_USAGE,
			"job '%s' was never run: there is nothing to accept",
			graph_text(graph, graph->job));
	int lock FD_LOCAL = job_lock(graph, true, session_waiting, call, -1, err);
	if (lock < 0)
		return EXIT_WORLD;
	if (handed_check(graph, err) == 0)
		accept_job(graph, &request, err);
	return EXIT_OK;
}

static int check(struct call *call, struct err *err)
{
	const struct wishes *wishes = &call->wishes;

	if (wishes->adopts && wishes->was)
		return err_set(err, EXIT_USAGE,
			"--adopt is for a stage that made nothing, under "
			"no name: leave --was out");
	if ((wishes->adopts || wishes->was) && !call->args.count)
		return err_set(err, EXIT_USAGE, "accept %s needs the name of a stage",
			wishes->adopts ? "--adopt" : "--was");
	return EXIT_OK;
}

static const struct option_spec options[] = {
	OPTION(0, "was", "OLD", TEXT, was,
		"the stage was called so before: it takes over all of it"),
	OPTION(0, "adopt", NULL, FLAG, adopts,
		"the stage never ran: what lies at its outputs' places is what it made"),
	OPTIONS_END,
};

const struct command cmd_accept = {
	.name = "accept",
	.usage = "[STAGE]...",
	.summary = "take what is there as up to date, without a run",
	.details =
		"The present command, config, environment and inputs count from now on as those that made\n"
		"the outputs that are there. The manifest says so. Other stages are left alone.\n"
		"Without STAGE: what would run only because another version of restage made it\n"
		"(format_changed).\n"
		"With --was, all that stage OLD made becomes that of STAGE, and stages that read it get\n"
		"the new name: where nothing else changed, nothing runs.",
	.options = options,
	.max_args = ARGS_ANY,
	.needs = NEEDS_STAGES,
	.check = check,
	.run = run,
};
