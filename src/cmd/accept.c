#include <unistd.h>

#include "base/fs.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/accept.h"
#include "run/job/lock.h"
#include "view/words/words.h"

static void tell(void *ctx, uint32_t stage, const struct reason *reasons, uint32_t reason_count)
{
	struct call *call = ctx;
	const char *name = stage_name(call->session.graph, stage);

	if (reason_count == 0) {
		session_note(call, "stage '%s' is up to date: nothing to accept", name);
		return;
	}
	if (call->globals.is_quiet)
		return;
	buf_fmt(&call->out, "accepted %s:\n", name);
	reasons_long(&call->out, reasons, reason_count, "  ");
	session_flush(call);
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	struct accept_request request = {.wanted = call->wanted,
		.is_format_only = call->args.count == 0,
		.tell = tell,
		.ctx = call};
	int lock;

	if (!fs_is_dir(graph_text(graph, graph->job_dir)))
		return err_set(err, EXIT_USAGE,
			"job '%s' was never run: there is nothing to accept",
			graph_text(graph, graph->job));
	lock = job_lock(graph, true, session_waiting, call, -1, err);
	if (lock < 0)
		return EXIT_WORLD;
	accept_job(graph, &request, err);
	close(lock);
	return EXIT_OK;
}

const struct command cmd_accept = {
	.name = "accept",
	.usage = "[STAGE]...",
	.summary = "take what is there as up to date, without a run",
	.details =
		"The present command, config, environment and inputs count from now on as those that made\n"
		"the outputs that are there. The manifest says so. Other stages are left alone.\n"
		"Without STAGE: what would run only because another version of restage made it\n"
		"(format_changed).",
	.options = no_options,
	.max_args = ARGS_ANY,
	.needs = NEEDS_STAGES,
	.run = run,
};
