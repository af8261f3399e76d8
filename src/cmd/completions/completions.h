/* Completion scripts, made from the tables of commands and options. Names are asked of
 * `restage list --names`, `runs --names` and `jobs --names` when they are needed. */
#ifndef CMD_COMPLETIONS_H
#define CMD_COMPLETIONS_H

#include "cmd/command.h"

enum completion_kind {
	COMPLETE_NOTHING,
	COMPLETE_FILES,
	COMPLETE_DIRS,
	COMPLETE_STAGES,
	COMPLETE_RUNS,
	COMPLETE_JOBS,
	COMPLETE_SIDES, /* of a comparison: runs and jobs */
	COMPLETE_COMMANDS,
	COMPLETE_CHOICES, /* of the option, or "a|b" of the command's usage */
	COMPLETE_KINDS,
};

/* How a shell is told of each kind; "%s" stands for the words. */
typedef const char *const completion_table[COMPLETE_KINDS];

/* Appends what may stand as the value of the option, or as an argument of the command. */
void completion_of_option(
	struct buf *out, const completion_table table, const struct option_spec *spec);
void completion_of_command(
	struct buf *out, const completion_table table, const struct command *command);

void completions_bash(struct buf *out);
void completions_fish(struct buf *out);
void completions_zsh(struct buf *out);
void completions_keys(struct buf *out);

#endif
