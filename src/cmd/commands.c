/* The commands, in the order in which the help lists them. */
#include "cmd/command.h"

const struct command *const commands[] = {
	&cmd_run,
	&cmd_status,
	&cmd_jobs,
	&cmd_runs,
	&cmd_why,
	&cmd_logs,
	&cmd_diff,
	&cmd_top,
	&cmd_graph,
	&cmd_export,
	&cmd_report,
	&cmd_serve,
	&cmd_replay,
	&cmd_verify,
	&cmd_audit,
	&cmd_accept,
	&cmd_clean,
	&cmd_list,
	&cmd_show,
	&cmd_check,
	&cmd_init,
	&cmd_completions,
	&cmd_help,
	NULL,
};
