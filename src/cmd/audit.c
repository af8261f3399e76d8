#include "cmd/session.h"
#include "run/engine/run.h"

static const struct option_spec options[] = {
	OPTION(0, "system", NULL, FLAG, with_system, "also what lies outside of the root"),
	OPTIONS_END,
};

static int run(struct call *call, struct err *err)
{
	struct run_options run_options = {
		.wanted = call->wanted,
		.forced = call->wanted,
		.audit = true,
		.audit_system = call->wishes.with_system,
	};
	int code = session_inputs(call, NULL);

	(void)err;
	return code == EXIT_OK ? session_run_job(call, &run_options) : code;
}

const struct command cmd_audit = {
	.name = "audit",
	.usage = "STAGE...",
	.summary = "run stages under strace and name what they open undeclared",
	.details =
		"Inputs that are read but not declared and files that are written elsewhere are warnings,\n"
		"with the line that would declare them. Exit code 4 if there are any.",
	.options = options,
	.min_args = 1,
	.max_args = ARGS_ANY,
	.needs = NEEDS_STAGES,
	.run = run,
};
