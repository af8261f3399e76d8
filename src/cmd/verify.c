#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/verify.h"
#include "view/answer/verify_report.h"
#include "view/words/style.h"

struct verify_values {
	bool is_json;
};

static const struct option_spec options[] = {
	{0, "json", NULL, "as JSON", OPTION_FLAG, offsetof(struct verify_values, is_json), NULL},
	OPTIONS_END,
};

static int verify(struct call *call, const struct graph *graph, const bool *wanted)
{
	const struct verify_values *values = call->values;
	struct verify_report report;
	struct arena arena = {0};
	struct err err = {0};
	struct buf out = {0};
	int code = EXIT_OK;

	if (verify_job(graph, wanted, &arena, &report, &err) < 0) {
		code = session_fail(&err);
		goto out;
	}
	if (values->is_json)
		json_verify(&out, &report);
	else if (!call->globals.is_quiet)
		verify_text(&out, &report,
			style_for_fd((enum style_choice)call->globals.color, STDOUT_FILENO));
	session_write(call, &out);
	if (verify_differs(&report))
		code = EXIT_DIFFER;
out:
	buf_free(&out);
	arena_free(&arena);
	return code;
}

static int run(struct call *call)
{
	int code = EXIT_OK;
	struct graph *graph = session_load(call, &code);
	bool *wanted;

	if (!graph)
		return code;
	wanted = session_select(call, graph, &code);
	if (wanted)
		code = verify(call, graph, wanted);
	free(wanted);
	graph_free(graph);
	return code;
}

const struct command cmd_verify = {
	.name = "verify",
	.usage = "[STAGE]...",
	.summary = "hash every tracked file and compare it with the manifests",
	.details =
		"Names what is missing, what changed, and what lies in a stage's directory without being\n"
		"tracked, with the line that would declare it. Exit code 4 if there is any.",
	.options = options,
	.values_size = sizeof(struct verify_values),
	.max_args = ARGS_ANY,
	.run = run,
};
