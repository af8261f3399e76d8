#include "cmd/completions/completions.h"

#include <string.h>

#include "base/text.h"
#include "cmd/session.h"

static void add_word(struct buf *out, const char *word, size_t len, bool is_first)
{
	if (!is_first)
		buf_char(out, ' ');
	buf_add(out, word, len);
}

static void add(struct buf *out, const completion_table table, enum completion_kind kind,
	const char *choices)
{
	const char *text = table[kind], *words = strstr(text, "%s");

	if (!words) {
		buf_str(out, text);
		return;
	}
	buf_add(out, text, (size_t)(words - text));
	for (size_t i = 0; kind == COMPLETE_COMMANDS && commands[i]; i++)
		add_word(out, commands[i]->name, strlen(commands[i]->name), i == 0);
	for (const char *at = choices; kind == COMPLETE_CHOICES && *at && *at != ' ';
		at += *at == '|') {
		size_t len = strcspn(at, "| ");

		add_word(out, at, len, at == choices);
		at += len;
	}
	buf_str(out, words + strlen("%s"));
}

void completion_of_option(
	struct buf *out, const completion_table table, const struct option_spec *spec)
{
	enum completion_kind kind = COMPLETE_NOTHING;

	if (spec->kind == OPTION_CHOICE)
		kind = COMPLETE_CHOICES;
	else if (spec->arg && strcmp(spec->arg, "FILE") == 0)
		kind = COMPLETE_FILES;
	else if (spec->arg && strcmp(spec->arg, "DIR") == 0)
		kind = COMPLETE_DIRS;
	else if (spec->arg && strcmp(spec->arg, "STAGE") == 0)
		kind = COMPLETE_STAGES;
	else if (spec->arg && strcmp(spec->name, "run") == 0)
		kind = COMPLETE_RUNS;
	else if (spec->arg && strcmp(spec->name, "job") == 0)
		kind = COMPLETE_JOBS;
	add(out, table, kind, spec->choices);
}

void completion_of_command(
	struct buf *out, const completion_table table, const struct command *command)
{
	enum completion_kind kind = COMPLETE_NOTHING;

	if (strchr(command->usage, '|'))
		kind = COMPLETE_CHOICES; /* up to the first blank */
	else if (strstr(command->usage, "STAGE") || strstr(command->usage, "TARGET"))
		kind = COMPLETE_STAGES;
	else if (strstr(command->usage, "OLD"))
		kind = COMPLETE_SIDES;
	else if (strstr(command->usage, "JOB"))
		kind = COMPLETE_JOBS;
	else if (strstr(command->usage, "COMMAND"))
		kind = COMPLETE_COMMANDS;
	add(out, table, kind, command->usage);
}

static const struct shell {
	const char *name;
	void (*write)(struct buf *out);
} shells[] = {
	{"bash", completions_bash},
	{"fish", completions_fish},
	{"zsh", completions_zsh},
	{"keys", completions_keys},
};

static int run(struct call *call, struct err *err)
{
	const char *names[sizeof shells / sizeof *shells];
	const char *name = call->args.items[0], *nearest;

	(void)err;
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		names[i] = shells[i].name;
		if (strcmp(shells[i].name, name) != 0)
			continue;
		shells[i].write(&call->out);
		return EXIT_OK;
	}
	nearest = text_nearest(name, names, sizeof names / sizeof *names);
	if (nearest)
		return session_mistake("unknown shell '%s'; did you mean '%s'?", name, nearest);
	return session_mistake(
		"unknown shell '%s'; there are bash, fish and zsh, and keys for editors", name);
}

const struct command cmd_completions = {
	.name = "completions",
	.usage = "bash|fish|zsh|keys",
	.summary = "print a script that completes commands, options and names",
	.details = "For a session:\n"
		   "  bash  source <(restage completions bash)\n"
		   "  zsh   source <(restage completions zsh)\n"
		   "  fish  restage completions fish | source\n"
		   "With 'keys': what a pipeline file may say, for editors, as JSON.",
	.options = no_options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
