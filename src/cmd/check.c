#include <stdlib.h>

#include "base/diag.h"
#include "base/mem.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "view/answer/answer.h"

static const struct option_spec options[] = {
	OPTION(0, "json", NULL, FLAG, is_json, "mistakes and warnings as JSON, one document"),
	OPTIONS_END,
};

static int begin(struct call *call, struct err *err)
{
	(void)err;
	if (call->wishes.is_json)
		call->diags = mem_alloc(sizeof *call->diags);
	return EXIT_OK;
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	int code = session_inputs(call, NULL);

	(void)err;
	if (code == EXIT_OK && !call->globals.is_quiet && !call->wishes.is_json)
		buf_fmt(&call->out, "%s: %u stage%s, %u files, no mistakes\n",
			graph_text(graph, graph->sources[0].name), graph->stage_count,
			graph->stage_count == 1 ? "" : "s", graph->file_count);
	return code;
}

/* What kept the definition from being read is one of the mistakes. */
static int end(struct call *call, int code, struct err *err)
{
	if (!call->diags)
		return code;
	if (err->code) {
		code = (int)err->code;
		diag_add(call->diags, call->globals.file, 0, "%s", err->text);
		err_clear(err);
	}
	json_diags(&call->out, call->diags, &call->session.places);
	diag_free(call->diags);
	free(call->diags);
	call->diags = NULL;
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
		"command names without depending on it. --json is for editors.",
	.options = options,
	.needs = NEEDS_STAGES,
	.lints = true,
	.check = begin,
	.run = run,
	.end = end,
};
