#include <string.h>

#include "base/text.h"
#include "cmd/completions/completions.h"

static const char head[] =
	"# fish completion for restage; made by 'restage completions fish'\n"
	"\n"
	"# names that these commands list, with the options that say which pipeline is meant\n"
	"function __restage_names\n"
	"	set -l words (commandline -opc)\n"
	"	set -l where\n"
	"	for i in (seq 2 (count $words))\n"
	"		if contains -- $words[$i] -f --file -C --directory --job -p --param\n"
	"			and test $i -lt (count $words)\n"
	"			set -a where $words[$i] $words[(math $i + 1)]\n"
	"		end\n"
	"	end\n"
	"	for list in $argv\n"
	"		command restage $where $list --names 2>/dev/null\n"
	"	end\n"
	"end\n"
	"\n"
	"complete -c restage -f\n";

/* For a string between single quotes. */
static void add_quoted(struct buf *out, const char *text)
{
	static const char *const escaped[] = {"\\'", "\\\\"};

	buf_char(out, '\'');
	text_add_replaced(out, text, "'\\", escaped);
	buf_char(out, '\'');
}

static const completion_table actions = {
	[COMPLETE_NOTHING] = "",
	[COMPLETE_FILES] = " -F",
	[COMPLETE_DIRS] = " -a '(__fish_complete_directories)'",
	[COMPLETE_STAGES] = " -a '(__restage_names list)'",
	[COMPLETE_RUNS] = " -a '(__restage_names runs)'",
	[COMPLETE_JOBS] = " -a '(__restage_names jobs)'",
	[COMPLETE_SIDES] = " -a '(__restage_names runs jobs)'",
	[COMPLETE_COMMANDS] = " -a '%s'",
	[COMPLETE_CHOICES] = " -a '%s'",
};

static void add_options(struct buf *out, const char *condition, const struct option_spec *specs)
{
	for (const struct option_spec *spec = specs; spec->name; spec++) {
		buf_str(out, "complete -c restage");
		if (condition)
			buf_fmt(out, " -n '%s'", condition);
		if (spec->letter)
			buf_fmt(out, " -s %c", spec->letter);
		buf_fmt(out, " -l %s", spec->name);
		if (spec->arg)
			buf_str(out, strcmp(spec->arg, "FILE") == 0 ? " -r" : " -x");
		completion_of_option(out, actions, spec);
		buf_str(out, " -d ");
		add_quoted(out, spec->help);
		buf_char(out, '\n');
	}
}

void completions_fish(struct buf *out)
{
	struct buf condition BUF_LOCAL = {0}, words BUF_LOCAL = {0};

	buf_str(out, head);
	add_options(out, NULL, global_options);
	add_options(out, "__fish_use_subcommand", cmd_run.options);
	for (size_t i = 0; commands[i]; i++) {
		const struct command *command = commands[i];

		buf_fmt(out, "\ncomplete -c restage -n __fish_use_subcommand -a %s -d ",
			command->name);
		add_quoted(out, command->summary);
		buf_char(out, '\n');
		buf_reset(&condition);
		buf_fmt(&condition, "__fish_seen_subcommand_from %s", command->name);
		add_options(out, buf_text(&condition), command->options);
		buf_reset(&words);
		completion_of_command(&words, actions, command);
		if (words.len)
			buf_fmt(out, "complete -c restage -n '%s'%s\n", buf_text(&condition),
				buf_text(&words));
	}
}
