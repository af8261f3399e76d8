#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/inputs.h"
#include "cmd/session.h"
#include "model/graph/graph.h"

static int run(struct call *call)
{
	int code = EXIT_OK;
	struct graph *graph = session_load(call, &code);
	struct buf out = {0};
	bool *wanted;

	if (!graph)
		return code;
	wanted = session_select(call, graph, &code);
	if (wanted)
		code = inputs_check(graph, NULL, wanted);
	if (code == EXIT_OK && !call->globals.is_quiet) {
		buf_fmt(&out, "%s: %u stage%s, %u files, no mistakes\n",
			graph_text(graph, graph->sources[0].name), graph->stage_count,
			graph->stage_count == 1 ? "" : "s", graph->file_count);
		session_write(call, &out);
	}
	buf_free(&out);
	free(wanted);
	graph_free(graph);
	return code;
}

static const struct option_spec options[] = {OPTIONS_END};

const struct command cmd_check = {
	.name = "check",
	.usage = "",
	.summary = "check the definition only",
	.details =
		"Reports every mistake in the pipeline file and every input that no stage makes and\n"
		"that is not there, each with its line. Exit code 2 if there is one.",
	.options = options,
	.run = run,
};
