#include <string.h>

#include "cmd/session.h"

#define COLUMN 28 /* where explanations begin */

/* "  left          right"; a long left side gets a line of its own. */
static void add_row(struct buf *out, const char *left, const char *right)
{
	size_t width = strlen(left) + 2;

	buf_fmt(out, "  %s", left);
	if (width + 2 > COLUMN) {
		buf_char(out, '\n');
		width = 0;
	}
	buf_fmt(out, "%*s%s\n", (int)(COLUMN - width), "", right);
}

static void add_options(struct buf *out, const char *title, const struct option_spec *specs)
{
	struct buf form BUF_LOCAL = {0};

	if (!specs->name)
		return;
	buf_fmt(out, "\n%s:\n", title);
	for (; specs->name; specs++) {
		buf_reset(&form);
		options_add_form(&form, specs);
		add_row(out, buf_text(&form), specs->help);
	}
}

static void add_usage(struct buf *out, const struct command *command)
{
	buf_fmt(out, "usage: restage %s", command->name);
	if (command->options->name)
		buf_str(out, " [OPTION]...");
	if (command->usage[0])
		buf_fmt(out, " %s", command->usage);
	buf_fmt(out, "\n\n%s\n", command->summary);
	if (command->details)
		buf_fmt(out, "\n%s\n", command->details);
	add_options(out, "options", command->options);
	add_options(out, "options of every command", global_options);
}

static void add_overview(struct buf *out)
{
	struct buf left BUF_LOCAL = {0};

	buf_str(out, "usage: restage [OPTION]... [COMMAND] [ARGUMENT]...\n\n"
		     "Runs the stages of a pipeline that are out of date, and nothing else.\n\n"
		     "commands (run, when none is given):\n");
	for (size_t i = 0; commands[i]; i++) {
		buf_reset(&left);
		buf_fmt(&left, "%s %s", commands[i]->name, commands[i]->usage);
		add_row(out, buf_text(&left), commands[i]->summary);
	}
	add_options(out, "options of every command", global_options);
	buf_str(out, "\n'restage help COMMAND', 'man restage' and 'man restage.ini' tell more.\n");
}

void help_format(const struct command *command, struct buf *out)
{
	if (command)
		add_usage(out, command);
	else
		add_overview(out);
}

static int run(struct call *call, struct err *err)
{
	const char *name = call->args.count ? call->args.items[0] : NULL;
	const struct command *command = name ? command_find(name) : NULL;
	const char *nearest = name && !command ? command_nearest(name) : NULL;

	(void)err;
	if (nearest)
		return session_mistake("unknown command '%s'; did you mean '%s'?", name, nearest);
	if (name && !command)
		return session_mistake("unknown command '%s'", name);
	help_format(command, &call->out);
	return EXIT_OK;
}

const struct command cmd_help = {
	.name = "help",
	.usage = "[COMMAND]",
	.summary = "explain the program or one command",
	.options = no_options,
	.max_args = 1,
	.run = run,
};
