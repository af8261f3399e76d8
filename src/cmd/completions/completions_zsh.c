#include <string.h>

#include "base/text.h"
#include "cmd/completions/completions.h"

static const char head[] =
	"#compdef restage\n"
	"# zsh completion for restage; made by 'restage completions zsh'\n"
	"\n"
	"# names that commands list, which the last argument says: list, or runs,jobs\n"
	"_restage_names() {\n"
	"	local -a where names\n"
	"	local i list lists=$@[-1]\n"
	"	for ((i = 2; i < $#full; i++)); do\n"
	"		case $full[i] in\n"
	"		-f|--file|-C|--directory|--job|-p|--param) where+=($full[i] $full[i+1]) ;;\n"
	"		esac\n"
	"	done\n"
	"	for list in ${(s:,:)lists}; do\n"
	"		names+=(${(f)\"$(command restage $where $list --names 2>/dev/null)\"})\n"
	"	done\n"
	"	compadd -a names\n"
	"}\n"
	"\n";

/* For a spec of _arguments between single quotes: brackets and colons have a meaning there. */
static void add_text(struct buf *out, const char *text)
{
	static const char *const escaped[] = {"'\\''", "\\[", "\\]", "\\:", "\\\\"};

	text_add_replaced(out, text, "'[]:\\", escaped);
}

static const completion_table actions = {
	[COMPLETE_NOTHING] = " ",
	[COMPLETE_FILES] = "_files",
	[COMPLETE_DIRS] = "_files -/",
	[COMPLETE_STAGES] = "_restage_names list",
	[COMPLETE_RUNS] = "_restage_names runs",
	[COMPLETE_JOBS] = "_restage_names jobs",
	[COMPLETE_SIDES] = "_restage_names runs,jobs",
	[COMPLETE_COMMANDS] = "_restage_commands",
	[COMPLETE_CHOICES] = "(%s)",
};

static void add_spec(struct buf *out, const struct option_spec *spec, bool is_letter)
{
	buf_str(out, " \\\n		'");
	if (spec->kind == OPTION_LIST)
		buf_char(out, '*');
	if (is_letter)
		buf_fmt(out, "-%c%s[", spec->letter, spec->arg ? "+" : "");
	else
		buf_fmt(out, "--%s%s[", spec->name, spec->arg ? "=" : "");
	add_text(out, spec->help);
	buf_char(out, ']');
	if (spec->arg) {
		buf_char(out, ':');
		add_text(out, spec->arg);
		buf_char(out, ':');
		completion_of_option(out, actions, spec);
	}
	buf_char(out, '\'');
}

/* The own options of a command go before the global ones of the same letter or name. */
static void add_options(
	struct buf *out, const struct option_spec *specs, const struct option_spec *own)
{
	for (const struct option_spec *spec = specs; spec->name; spec++) {
		bool has_letter = spec->letter != 0, has_name = true;

		for (const struct option_spec *o = own; o && o->name; o++) {
			has_letter = has_letter && o->letter != spec->letter;
			has_name = has_name && strcmp(o->name, spec->name) != 0;
		}
		if (has_letter)
			add_spec(out, spec, true);
		if (has_name)
			add_spec(out, spec, false);
	}
}

static void add_commands(struct buf *out)
{
	buf_str(out, "_restage_commands() {\n	local -a names=(\n");
	for (size_t i = 0; commands[i]; i++) {
		buf_fmt(out, "		'%s:", commands[i]->name);
		add_text(out, commands[i]->summary);
		buf_str(out, "'\n");
	}
	buf_str(out, "	)\n	_describe -t commands command names\n}\n\n");
}

void completions_zsh(struct buf *out)
{
	buf_str(out, head);
	add_commands(out);
	buf_str(out, "_restage() {\n	local context state state_descr line\n	local -A opt_args\n"
		     "	local -a full=($words)\n	_arguments -s -C");
	add_options(out, global_options, NULL);
	add_options(out, cmd_run.options, global_options);
	buf_str(out, " \\\n		'1:command:_restage_commands' '*::argument:->argument'\n"
		     "	[[ $state == argument ]] || return\n	case $line[1] in\n");
	for (size_t i = 0; commands[i]; i++) {
		const struct command *command = commands[i];

		buf_fmt(out, "	%s)\n		_arguments -s", command->name);
		add_options(out, command->options, NULL);
		add_options(out, global_options, command->options);
		buf_str(out, " \\\n		'*:argument:");
		completion_of_command(out, actions, command);
		buf_str(out, "' ;;\n");
	}
	buf_str(out, "	esac\n}\n\n"
		     "if [[ $funcstack[1] == _restage ]]; then\n	_restage \"$@\"\nelse\n"
		     "	compdef _restage restage\nfi\n");
}
