#include "cmd/session.h"
#include "model/graph/graph.h"

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	int code = session_inputs(call, NULL);

	(void)err;
	if (code == EXIT_OK && !call->globals.is_quiet)
		buf_fmt(&call->out, "%s: %u stage%s, %u files, no mistakes\n",
			graph_text(graph, graph->sources[0].name), graph->stage_count,
			graph->stage_count == 1 ? "" : "s", graph->file_count);
	return code;
}

const struct command cmd_check = {
	.name = "check",
	.usage = "",
	.summary = "check the definition only",
	.details =
		"Reports every mistake in the pipeline file and every input that no stage makes and\n"
		"that is not there, each with its line. Exit code 2 if there is one. Warns of what\n"
		"is probably not meant: one brace, a comment behind a value, an output that the\n"
		"command never names, a variable that nobody sets, a file of another stage that the\n"
		"command names without depending on it.",
	.options = no_options,
	.needs = NEEDS_STAGES,
	.lints = true,
	.run = run,
};
