/* A command as the user types it, and one call of it. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/options.h"

struct buf;
struct err;

/* Options of every command; they may stand before and behind its name. */
struct globals {
	const char *file, *dir, *job;
	struct option_list params;
	int color; /* enum style_choice */
	bool is_quiet, is_verbose, wants_version, wants_help;
};

extern const struct option_spec global_options[];

struct call {
	const struct command *command;
	struct globals globals;
	void *values;            /* the command's own options: its struct */
	struct option_list args; /* what is no option */
	bool is_named;           /* the command stands in the command line */
	int out_errno; /* stdout could not be written: nothing more is; EPIPE is no error */
};

struct command {
	const char *name;
	const char *usage;   /* its arguments: "[TARGET]..." */
	const char *summary; /* one line */
	const char *details; /* further lines for its help, or NULL */
	const struct option_spec *options;
	size_t values_size; /* of the struct that the options fill; zeroed */
	size_t min_args, max_args;
	int (*run)(struct call *call); /* returns the exit code */
};

#define ARGS_ANY ((size_t)-1)

extern const struct command *const commands[]; /* in the order of the help; NULL at the end */
const struct command *command_find(const char *name);

/* Fills the call from a command line (argv[0] is passed over). Each mistake is a line in
 * `mistakes`. */
bool call_parse(struct call *call, const char *const *argv, struct buf *mistakes);
void call_free(struct call *call);

extern const struct command cmd_run, cmd_replay, cmd_status, cmd_why, cmd_graph, cmd_logs,
	cmd_accept, cmd_audit, cmd_verify, cmd_check, cmd_clean, cmd_diff, cmd_export, cmd_init,
	cmd_list, cmd_report, cmd_serve, cmd_show, cmd_top, cmd_completions, cmd_help;

#endif
