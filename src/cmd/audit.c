#include <stddef.h>
#include <stdlib.h>

#include "base/err.h"
#include "cmd/inputs.h"
#include "cmd/run_told.h"
#include "cmd/session.h"
#include "model/graph/graph.h"

struct audit_values {
	bool with_system;
};

static const struct option_spec options[] = {
	{0, "system", NULL, "also what lies outside of the root", OPTION_FLAG,
		offsetof(struct audit_values, with_system), NULL},
	OPTIONS_END,
};

static int run(struct call *call)
{
	const struct audit_values *values = call->values;
	struct run_options run_options = {.audit = true, .audit_system = values->with_system};
	int code = EXIT_OK;
	struct graph *graph = session_load(call, &code);
	bool *wanted;

	if (!graph)
		return code;
	wanted = session_select(call, graph, &code);
	run_options.wanted = wanted;
	run_options.forced = wanted;
	if (wanted)
		code = inputs_check(graph, NULL, wanted);
	if (wanted && code == EXIT_OK)
		code = run_told(call, graph, &run_options);
	free(wanted);
	graph_free(graph);
	return code;
}

const struct command cmd_audit = {
	.name = "audit",
	.usage = "STAGE...",
	.summary = "run stages under strace and name what they open undeclared",
	.details =
		"Inputs that are read but not declared and files that are written elsewhere are warnings,\n"
		"with the line that would declare them. Exit code 4 if there are any.",
	.options = options,
	.values_size = sizeof(struct audit_values),
	.min_args = 1,
	.max_args = ARGS_ANY,
	.run = run,
};
