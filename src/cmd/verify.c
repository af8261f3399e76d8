#include "run/ask/verify.h"
#include "base/arena.h"
#include "cmd/session.h"
#include "view/answer/answer.h"

static const struct option_spec options[] = {
	OPTION(0, "strict", NULL, FLAG, is_strict,
		"also what manifests could say: types, metadata, reasons, config"),
	OPTION(0, "json", NULL, FLAG, is_json, "as JSON"),
	OPTIONS_END,
};

static int run(struct call *call, struct err *err)
{
	struct verify_report report;
	struct arena arena ARENA_LOCAL = {0};
	int code = EXIT_OK;

	if (verify_job(call->session.graph, call->wanted, call->wishes.is_strict, &arena, &report,
		    err) == 0) {
		if (call->wishes.is_json)
			json_verify(&call->out, &report);
		else if (!call->globals.is_quiet)
			verify_text(&call->out, &report, session_color(call));
		code = verify_differs(&report) ? EXIT_DIFFER : EXIT_OK;
	}
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
	.max_args = ARGS_ANY,
	.needs = NEEDS_STAGES,
	.takes_jobs = true,
	.needs_job = true,
	.run = run,
};
