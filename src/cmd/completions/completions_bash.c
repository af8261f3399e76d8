#include "cmd/completions/completions.h"

/* Finds the command, the options that say which pipeline is meant, and what the present word
 * belongs to. */
static const char head[] =
	"# bash completion for restage; made by 'restage completions bash'\n"
	"\n"
	"# names that these commands list\n"
	"_restage_names() {\n"
	"	local list\n"
	"	for list; do \"${COMP_WORDS[0]}\" \"${where[@]}\" $list --names 2>/dev/null; done\n"
	"}\n"
	"\n"
	"# words one a line on stdin: those that begin with the present word, quoted where needed\n"
	"_restage_pick() {\n"
	"	local word\n"
	"	while IFS= read -r word; do\n"
	"		[[ $word == \"$cur\"* ]] && COMPREPLY+=(\"$(printf %q \"$word\")\")\n"
	"	done\n"
	"}\n"
	"\n"
	"_restage() {\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i word\n"
	"	local -a where=()\n"
	"	COMPREPLY=()\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		word=${COMP_WORDS[i]}\n"
	"		case $command:$word in\n";

static const char middle[] = "		*:-*) ;;\n"
			     "		:*) command=$word ;;\n"
			     "		esac\n"
			     "	done\n";

static void add_forms(struct buf *out, const char *command, const struct option_spec *spec)
{
	if (spec->letter)
		buf_fmt(out, "%s:-%c|", command, spec->letter);
	buf_fmt(out, "%s:--%s", command, spec->name);
}

/* Letters that are a command's own behind its name, and take nothing there: "logs -f". */
static void add_own_letters(struct buf *out)
{
	for (size_t i = 0; commands[i]; i++) {
		for (const struct option_spec *own = commands[i]->options; own->name; own++) {
			for (const struct option_spec *spec = global_options; spec->name; spec++) {
				if (spec->arg && !own->arg && own->letter &&
					own->letter == spec->letter)
					buf_fmt(out, "	%s:-%c) ;;\n", commands[i]->name,
						own->letter);
			}
		}
	}
}

/* Words behind options that take one are no commands; some tell where the pipeline is. */
static void add_scan(struct buf *out)
{
	for (const struct option_spec *spec = global_options; spec->name; spec++) {
		bool is_where = spec->arg && spec->kind != OPTION_CHOICE;

		if (!spec->arg)
			continue;
		buf_str(out, "		");
		add_forms(out, "*", spec);
		buf_str(out, ") ((i++)); ");
		if (is_where)
			buf_str(out,
				"((i < COMP_CWORD)) && where+=(\"$word\" \"${COMP_WORDS[i]}\"); ");
		buf_str(out, ";;\n");
	}
	for (const struct option_spec *spec = cmd_run.options; spec->name; spec++) {
		if (!spec->arg)
			continue;
		buf_str(out, "		");
		add_forms(out, "", spec);
		buf_str(out, ") ((i++)) ;;\n");
	}
}

static const completion_table actions = {
	[COMPLETE_NOTHING] = "return",
	[COMPLETE_FILES] =
		"compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\")); return",
	[COMPLETE_DIRS] =
		"compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$cur\")); return",
	[COMPLETE_STAGES] = "_restage_pick < <(_restage_names list); return",
	[COMPLETE_RUNS] = "_restage_pick < <(_restage_names runs); return",
	[COMPLETE_JOBS] = "_restage_pick < <(_restage_names jobs); return",
	[COMPLETE_SIDES] = "_restage_pick < <(_restage_names runs jobs); return",
	[COMPLETE_COMMANDS] = "COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return",
	[COMPLETE_CHOICES] = "COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return",
};

/* What stands behind an option that takes a value. */
static void add_values(struct buf *out, const char *command, const struct option_spec *specs)
{
	for (const struct option_spec *spec = specs; spec->name; spec++) {
		if (!spec->arg)
			continue;
		buf_str(out, "	");
		add_forms(out, command, spec);
		buf_str(out, ") ");
		completion_of_option(out, actions, spec);
		buf_str(out, " ;;\n");
	}
}

static void add_option_words(struct buf *out, const struct option_spec *specs)
{
	for (const struct option_spec *spec = specs; spec->name; spec++) {
		if (spec->letter)
			buf_fmt(out, " -%c", spec->letter);
		buf_fmt(out, " --%s", spec->name);
	}
}

static void add_command(
	struct buf *out, const struct command *command, const struct option_spec *specs)
{
	buf_str(out,
		")\n		if [[ $cur == -* ]]; then\n			COMPREPLY=($(compgen -W \"");
	add_option_words(out, specs);
	add_option_words(out, global_options);
	buf_str(out,
		"\" -- \"$cur\"))\n			return\n		fi\n		");
	completion_of_command(out, actions, command);
	buf_str(out, " ;;\n");
}

void completions_bash(struct buf *out)
{
	buf_str(out, head);
	add_own_letters(out);
	add_scan(out);
	buf_str(out, middle);
	buf_str(out, "	case $command:$prev in\n");
	add_own_letters(out);
	for (size_t i = 0; commands[i]; i++)
		add_values(out, commands[i]->name, commands[i]->options);
	add_values(out, "", cmd_run.options);
	add_values(out, "*", global_options);
	buf_str(out, "	esac\n	case $command in\n");
	for (size_t i = 0; commands[i]; i++) {
		buf_fmt(out, "	%s", commands[i]->name);
		add_command(out, commands[i], commands[i]->options);
	}
	/* no command yet: the name of one, or options of run */
	buf_str(out, "	''");
	add_command(out, &cmd_help, cmd_run.options);
	buf_str(out, "	esac\n}\n\ncomplete -F _restage restage\n");
}
