#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/accept.h"
#include "run/job/lock.h"
#include "view/words/reasons.h"

struct report {
	struct call *call;
	const struct graph *graph;
};

static void tell(void *ctx, uint32_t stage, const struct reason *reasons, uint32_t reason_count)
{
	struct report *report = ctx;
	struct buf out = {0};

	if (reason_count == 0) {
		session_note(report->call, "stage '%s' is up to date: nothing to accept",
			stage_name(report->graph, stage));
		return;
	}
	buf_fmt(&out, "accepted %s:\n", stage_name(report->graph, stage));
	reasons_long(&out, reasons, reason_count, "  ");
	if (!report->call->globals.is_quiet)
		session_write(report->call, &out);
	buf_free(&out);
}

static int run(struct call *call)
{
	int code = EXIT_OK;
	struct graph *graph = session_load(call, &code);
	struct report report = {call, graph};
	struct accept_request request = {.tell = tell, .ctx = &report};
	struct err err = {0};
	int lock = -1;
	bool *wanted;

	if (!graph)
		return code;
	wanted = session_select(call, graph, &code);
	request.wanted = wanted;
	if (wanted && !fs_is_dir(graph_text(graph, graph->job_dir))) {
		code = session_mistake("job '%s' was never run: there is nothing to accept",
			graph_text(graph, graph->job));
		goto out;
	}
	if (wanted)
		lock = job_lock(graph, true, session_waiting, call, -1, &err);
	if (wanted && (lock < 0 || accept_job(graph, &request, &err) < 0))
		code = session_fail(&err);
	if (lock >= 0)
		close(lock);
out:
	free(wanted);
	graph_free(graph);
	return code;
}

static const struct option_spec options[] = {OPTIONS_END};

const struct command cmd_accept = {
	.name = "accept",
	.usage = "STAGE...",
	.summary = "take what is there as up to date, without a run",
	.details =
		"The present command, config, environment and inputs count from now on as those that made\n"
		"the outputs that are there. The manifest says so. Other stages are left alone.",
	.options = options,
	.min_args = 1,
	.max_args = ARGS_ANY,
	.run = run,
};
