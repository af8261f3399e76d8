/* Completion scripts, made from the tables of commands and options. Names of stages are asked of
 * `restage list --names` when they are needed. */
#ifndef CMD_COMPLETIONS_H
#define CMD_COMPLETIONS_H

struct buf;
struct command;
struct option_spec;

enum completion_kind {
	COMPLETE_NOTHING,
	COMPLETE_FILES,
	COMPLETE_DIRS,
	COMPLETE_STAGES,
	COMPLETE_COMMANDS,
	COMPLETE_CHOICES, /* of the option, or "a|b" of the command's usage */
};

/* What may stand as the value of the option, or as an argument of the command. */
enum completion_kind completion_of_option(const struct option_spec *spec);
enum completion_kind completion_of_command(const struct command *command);
/* Appends the choices of a "a|b|c" with a blank between. */
void completion_add_words(struct buf *out, const char *choices);

void completions_bash(struct buf *out);
void completions_fish(struct buf *out);
void completions_zsh(struct buf *out);

#endif
