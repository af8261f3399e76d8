/* From a command line to a call.
 *
 * The command is the first argument that is no option and no option's value; without one it is
 * `run`. Options before it are looked up among the global ones first, options behind it among the
 * command's own first: "restage -f a.ini logs -f" names a file and then follows. */
#include "cmd/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"

#define PARAM_MAX ((size_t)64 << 20)

#define GLOBAL(member) offsetof(struct globals, member)

const struct option_spec global_options[] = {
	{'f', "file", "FILE", "read this pipeline file", OPTION_TEXT, GLOBAL(file), NULL},
	{'C', "directory", "DIR", "go to this directory first", OPTION_TEXT, GLOBAL(dir), NULL},
	{0, "job", "ID", "the job: results are in out/ID; run: several (a,b), or all of them",
		OPTION_TEXT, GLOBAL(job), NULL},
	{'p', "param", "KEY=VALUE", "set a parameter (@FILE: its lines); may be given again",
		OPTION_LIST, GLOBAL(params), NULL},
	{0, "forget", "KEY", "drop what the job remembers of -p KEY=...; all: of every one",
		OPTION_LIST, GLOBAL(forget), NULL},
	{0, "profile", "FILE", "what a site says of Slurm and caches (see RESTAGE_PROFILE)",
		OPTION_TEXT, GLOBAL(profile), NULL},
	{0, "cache", "DIR|URL", "share results there (see RESTAGE_CACHE)", OPTION_TEXT,
		GLOBAL(cache), NULL},
	{0, "no-cache", NULL, "neither take results from a cache nor put any there", OPTION_FLAG,
		GLOBAL(no_cache), NULL},
	{0, "color", "WHEN", "colours: auto, always or never", OPTION_CHOICE, GLOBAL(color),
		"auto|always|never"},
	{'q', "quiet", NULL, "say only what went wrong", OPTION_FLAG, GLOBAL(is_quiet), NULL},
	{'v', "verbose", NULL, "say more", OPTION_FLAG, GLOBAL(is_verbose), NULL},
	{0, "version", NULL, "print the version", OPTION_FLAG, GLOBAL(wants_version), NULL},
	{'h', "help", NULL, "print help", OPTION_FLAG, GLOBAL(wants_help), NULL},
	OPTIONS_END,
};

const struct option_spec no_options[] = {OPTIONS_END};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

/* Where the command's name stands in argv, 0 if there is none. */
static size_t find_name(const char *const *argv)
{
	const struct option_table tables[] = {{global_options, NULL}, {cmd_run.options, NULL}};
	struct buf ignored BUF_LOCAL = {0};
	size_t at = 1;

	while (argv[at] && options_is_option(argv[at])) {
		if (strcmp(argv[at], "--") == 0)
			break;
		options_take(tables, 2, argv, &at, &ignored);
	}
	return argv[at] && !options_is_option(argv[at]) ? at : 0;
}

const char *command_nearest(const char *typed)
{
	const char *names[32];
	size_t count = 0;

	while (count < sizeof names / sizeof *names && commands[count]) {
		names[count] = commands[count]->name;
		count++;
	}
	return text_nearest(typed, names, count);
}

static void add_unknown_command(struct buf *mistakes, const char *typed)
{
	const char *nearest = command_nearest(typed);

	buf_str(mistakes, "unknown command '");
	text_add_printable(mistakes, typed, strlen(typed));
	if (nearest)
		buf_fmt(mistakes, "'; did you mean '%s'?\n", nearest);
	else
		buf_str(mistakes,
			"'; 'restage run NAME' runs a stage, 'restage help' lists the commands\n");
}

static void check_arg_count(const struct call *call, struct buf *mistakes)
{
	const struct command *command = call->command;

	if (call->args.count < command->min_args)
		buf_fmt(mistakes, "'%s' needs more arguments: restage %s %s\n", command->name,
			command->name, command->usage);
	if (call->args.count <= command->max_args)
		return;
	buf_fmt(mistakes, "'%s' takes no argument '", command->name);
	text_add_printable(mistakes, call->args.items[command->max_args],
		strlen(call->args.items[command->max_args]));
	buf_str(mistakes, "'\n");
}

bool call_parse(struct call *call, const char *const *argv, struct buf *mistakes)
{
	size_t name_at = find_name(argv);
	size_t before = mistakes->len;
	bool is_ended = false;

	*call = (struct call){
		.command = name_at ? command_find(argv[name_at]) : &cmd_run,
		.is_named = name_at != 0,
	};
	if (!call->command) {
		add_unknown_command(mistakes, argv[name_at]);
		return false;
	}
	const struct option_table global = {global_options, &call->globals};
	const struct option_table own = {call->command->options, &call->wishes};
	const struct option_table ahead[] = {global, own}, behind[] = {own, global};

	for (size_t at = 1; argv[at];) {
		if (is_ended || !options_is_option(argv[at])) {
			if (at != name_at || is_ended)
				options_push(&call->args, argv[at]);
			at++;
		} else if (strcmp(argv[at], "--") == 0) {
			is_ended = true;
			at++;
		} else if (!options_take(at < name_at ? ahead : behind, 2, argv, &at, mistakes)) {
			buf_char(mistakes, '\n');
		}
	}
	if (mistakes->len == before && !call->globals.wants_help && !call->globals.wants_version)
		check_arg_count(call, mistakes);
	return mistakes->len == before;
}

/* "NAME=" and the lines of the file, as one text of the arena; CR at their ends and what is behind
 * the last one is none of them. */
static int read_param(struct arena *arena, const char **param, const char *file, struct err *err)
{
	struct buf content BUF_LOCAL = {0}, text BUF_LOCAL = {0};
	int rc = fs_read(file, PARAM_MAX, &content, err);

	if (rc == 0 && strlen(buf_text(&content)) != content.len)
		rc = err_set(err, EXIT_USAGE, "'%s' holds a NUL byte: it is no list", file);
	buf_add(&text, *param, (size_t)(file - 1 - *param));
	for (const char *line = buf_text(&content); rc == 0 && *line;) {
		size_t len = strcspn(line, "\n");
		size_t end = len && line[len - 1] == '\r' ? len - 1 : len;
		if (line != buf_text(&content))
			buf_char(&text, '\n');
		buf_add(&text, line, end);
		line += len + (line[len] == '\n');
	}
	if (rc == 0)
		*param = arena_strdup(arena, buf_text(&text));
	else
		err->code = EXIT_USAGE;
	return rc;
}

int call_read_params(struct call *call, struct err *err)
{
	for (size_t i = 0; i < call->globals.params.count; i++) {
		const char **param = &call->globals.params.items[i];
		const char *equals = strchr(*param, '=');
		if (equals && equals[1] == '@' && equals[2] != '@') {
			if (read_param(&call->globals.texts, param, equals + 2, err) < 0)
				return -1;
		} else if (equals && equals[1] == '@') {
			*param = arena_fmt(&call->globals.texts, "%.*s%s",
				(int)(equals + 1 - *param), *param, equals + 2);
		}
	}
	return 0;
}

void call_free(struct call *call)
{
	arena_free(&call->globals.texts);
	options_free(global_options, &call->globals);
	free(call->args.items);
	*call = (struct call){0};
}
