/* `check` warns of what is accepted and probably not meant: each rule looks at a line as it stands
 * in the file. They are guesses, so nothing else tells of them. */
#include "model/load/lint.h"

#include <string.h>

#include "base/diag.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/text.h"
#include "model/load/definition_scope.h"
#include "model/load/loader.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define NAME_BYTES LETTERS CAPITALS "0123456789"

struct linter {
	struct loader *loader;
	const struct decl *decl; /* NULL outside of stages */
	const struct def_key *key;
	const struct def_line *line;
};

static void warn(const struct linter *at, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void warn(const struct linter *at, const char *fmt, ...)
{
	struct def_text *text = &at->loader->text;
	struct buf message BUF_LOCAL = {0};
	va_list args;

	va_start(args, fmt);
	buf_vfmt(&message, fmt, args);
	va_end(args);
	diag_warn(text->diags, def_line_file(text, at->line)->name, at->line->number, "%s%s%s%s",
		at->decl ? "stage '" : "", at->decl ? at->decl->name : "", at->decl ? "': " : "",
		buf_text(&message));
}

static bool is_command(const struct def_key *key)
{
	return key->parse.kind == DEF_COMMAND || key->parse.kind == DEF_VERSION;
}

static bool is_file(const struct def_key *key)
{
	return key->parse.kind >= DEF_INPUT && key->parse.kind <= DEF_INTERMEDIATE;
}

/* {input.x} */
static void look_for_single_brace(const struct linter *at)
{
	static const char *const families[] = {"input.", "output.", "intermediate.", "config.",
		"params.", "env.", "each.", "stage.", "job."};
	const char *text = at->line->value;

	for (const char *open = text; (open = strchr(open, '{')); open++) {
		size_t len = strcspn(open, "}");
		bool is_double = open[1] == '{' || (open > text && open[-1] == '{');
		if (is_double || !open[len] || open[len + 1] == '}')
			continue;
		for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
			if (!text_starts(open + 1, families[i]))
				continue;
			warn(at, "'%.*s' is no placeholder: it takes two braces, {{%.*s}}",
				(int)len + 1, open, (int)len - 1, open + 1);
			return;
		}
	}
}

/* "y.txt   ; the file" */
static void look_for_comment(const struct linter *at)
{
	const char *text = at->line->value;

	if (is_command(at->key) || at->key->parse.kind == DEF_DESCRIPTION)
		return;
	for (const char *sign = text; (sign = strpbrk(sign, ";#")); sign++) {
		bool is_comment = sign > text && strchr(" \t", sign[-1]) && strchr(" \t", sign[1]);
		if (!is_comment)
			continue;
		warn(at, "'%s' is a part of the value: a comment stands in a line of its own",
			sign);
		return;
	}
}

static void look_at_path(const struct linter *at)
{
	const char *text = at->line->value;

	if (text_starts(text, "~/") || text_starts(text, "$HOME"))
		warn(at, "no shell reads a path: '%s' is looked for as it stands", text);
	if (at->key->parse.kind != DEF_INPUT && fs_is_glob(text) && !strstr(text, "{{"))
		warn(at,
			"'%s' is the name of one file, no pattern: name each, or a directory ('parts/')",
			text);
}

/* The variable that begins at "$NAME" or "${NAME"; 0: there is none. */
static size_t variable(const char *text, const char **name)
{
	*name = text + 1 + (text[1] == '{');
	return **name >= '0' && **name <= '9' ? 0 : strspn(*name, NAME_BYTES);
}

/* "env.PATH = bin:$PATH" */
static void look_at_value(const struct linter *at)
{
	const char *name, *dollar = strchr(at->line->value, '$');
	size_t len = dollar ? variable(dollar, &name) : 0;

	if (len)
		warn(at, "no shell reads this value: '$%.*s' stays as it is", (int)len, name);
}

/* Is the word somewhere in the text, as a whole? */
static bool has_word(const char *text, const char *word, size_t len)
{
	for (const char *found = text; (found = memmem(found, strlen(found), word, len)); found++) {
		bool begins = found == text || !strchr(NAME_BYTES "${", found[-1]);
		if (begins && (!found[len] || !strchr(NAME_BYTES, found[len])))
			return true;
	}
	return false;
}

/* Is it set by somebody the definition knows, or named in the script itself? */
static bool is_set(const struct linter *at, const char *script, const char *name, size_t len)
{
	static const char *const known[] = {"PATH", "HOME", "PWD", "USER", "TMPDIR", "SHELL",
		"LANG", "RANDOM", "LINENO", "SECONDS", "PIPESTATUS", "BASH_SOURCE", "IFS",
		"HOSTNAME", "UID", "OLDPWD", "OPTARG", "OPTIND", "REPLY", "EPOCHSECONDS"};
#define NAME(name) name,
	static const char *const of_gpus[] = {GPU_VARIABLES(NAME) GPU_VARIABLE_HIP};
	struct loader *loader = at->loader;
	bool has_gpu = loader->scope.single[DEF_SETTING + SETTING_GPU] != NONE;
	const char *variable_name = arena_fmt(loader->arena, "env.%.*s", (int)len, name);
	uint32_t pass = loader->scope.single[DEF_SETTING + SETTING_PASS_ENV];

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strlen(known[i]) == len && memcmp(known[i], name, len) == 0)
			return true;
	}
	for (size_t i = 0; has_gpu && i < sizeof of_gpus / sizeof *of_gpus; i++) {
		if (strlen(of_gpus[i]) == len && memcmp(of_gpus[i], name, len) == 0)
			return true;
	}
	if (text_starts(name, "STAGEIO_") || text_starts(name, "RESTAGE_") ||
		scope_key(loader, variable_name, len + 4) ||
		map_getn(&loader->env.ids, name, len) != NONE || has_word(script, name, len))
		return true;
	for (uint32_t i = 0; pass != NONE && i < def_value_lines(&loader->text, pass); i++) {
		if (has_word(loader->text.lines[pass + i].value, name, len))
			return true;
	}
	return false;
}

/* Does what stands in front of a quote start another shell that reads the quoted text? */
static const char *other_shell(const char *text, size_t len)
{
	static const char *const shells[] = {"sh", "bash", "dash", "zsh", "ksh"};
	const char *word = text;
	bool is_shell = false;

	for (size_t at = 0; at < len; at += strcspn(text + at, " \t")) {
		at += strspn(text + at, " \t");
		size_t word_len = strcspn(text + at, " \t");
		word = text + at;
		if (at >= len)
			break;
		if (word_len == 3 && memcmp(word, "ssh", 3) == 0)
			return "ssh";
		for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
			size_t n = strlen(shells[i]);
			is_shell |= word_len >= n &&
				    memcmp(word + word_len - n, shells[i], n) == 0 &&
				    (word_len == n || word[word_len - n - 1] == '/');
		}
		if (is_shell && *word == '-' && memchr(word, 'c', word_len))
			return at + word_len + 1 >= len ? "sh -c" : NULL;
	}
	return NULL;
}

/* A failure that `set -e -o pipefail` of this shell does not see. shell: that reads the quoted text
 * in which p stands; NULL: none. */
static const char *hidden_failure(
	const char *script, const char *text, const char *p, bool is_quoted, const char *shell)
{
	bool is_pipe = *p == '|' && p[1] == ' ' && p > text && p[-1] == ' ';

	if (!is_quoted && strchr("<>", *p) && p[1] == '(')
		return "a failure in '<( )' or '>( )' is not seen: let it write into a file of its own";
	if (is_quoted && shell && is_pipe && !strstr(script, "pipefail"))
		return "a failure in front of a pipe in the quoted text is not seen: write 'bash -o "
		       "pipefail -c', or leave the other shell out";
	return NULL;
}

/* One line of a command: variables that nobody sets, failures that nobody sees, and placeholders
 * that are quoted for this shell and read by another. Quotes that go on over lines are followed
 * from the first. */
static void look_at_script(struct linter *at, const char *script, char *quote)
{
	const char *text = at->line->value, *begin = text;
	const char *shell = NULL, *name;
	bool is_told = false, is_seen = true;

	for (const char *p = text; *p; p++) {
		const char *hidden =
			is_seen ? hidden_failure(script, text, p, *quote, shell) : NULL;
		if (hidden) {
			is_seen = false;
			warn(at, "%s", hidden);
		}
		if (*quote && *p == *quote) {
			*quote = '\0';
		} else if (!*quote && strchr("\"'", *p)) {
			*quote = *p;
			shell = other_shell(begin, (size_t)(p - begin));
		} else if (*p == '\\' && *quote != '\'' && p[1]) {
			p++;
		} else if (!*quote && strchr(";|&(", *p)) {
			begin = p + 1;
		} else if (*quote && shell && !is_told && text_starts(p, "{{")) {
			is_told = true;
			warn(at,
				"a placeholder in the quoted text of '%s' is quoted for the shell that "
				"reads the command, not for that one: hand it on as an argument, "
				"sh -c '... \"$1\"' sh {{...}}",
				shell);
		} else if (*p == '$' && *quote != '\'') {
			size_t len = variable(p, &name);
			bool is_upper = len && strspn(name, CAPITALS "0123456789") == len;
			if (is_upper && !is_set(at, script, name, len))
				warn(at,
					"'$%.*s' is set by nobody here: name it in 'pass_env', or "
					"set 'env.%.*s'",
					(int)len, name, (int)len, name);
		}
	}
}

/* All lines of a value, for words that are looked for in it. */
static const char *whole(struct loader *loader, uint32_t line)
{
	struct buf text BUF_LOCAL = {0};

	for (uint32_t i = 0; i < def_value_lines(&loader->text, line); i++)
		buf_fmt(&text, "%s\n", loader->text.lines[line + i].value);
	return arena_strdup(loader->arena, buf_text(&text));
}

/* An output that the command has no way to know of. A program of the project may name it itself,
 * and one of the shell's own files of it is written by its name. */
static void look_at_made(struct linter *at, const char *script)
{
	struct loader *loader = at->loader;
	const struct graph *graph = loader->build.graph;
	const struct stage *stage = &graph->stages[at->decl->first_instance];
	const struct def_key *key = at->key;

	for (uint32_t i = 0; i < stage->input_count; i++) {
		const struct use *use = &graph->uses[stage->first_use + i];
		if (graph->labels[use->label].origin == ORIGIN_COMMAND)
			return;
	}
	if (memmem(script, strlen(script), key->text, strlen(key->text)) ||
		strstr(script, "stage.dir") || strstr(script, "STAGEIO") ||
		strstr(script, "stageio") || strstr(script, path_base(at->line->value)))
		return;
	warn(at, "the command never names '%s' as {{%s}}", key->text, key->text);
}

static void look_at_line(const struct linter *at, bool is_env)
{
	look_for_single_brace(at);
	look_for_comment(at);
	if (is_file(at->key))
		look_at_path(at);
	else if (is_env || at->key->parse.kind == DEF_ENV || at->key->parse.kind == DEF_CONFIG)
		look_at_value(at);
}

static void look_at_section(struct linter *at, const struct def_section *section)
{
	struct def_text *text = &at->loader->text;
	const char *script = "";
	char quote = '\0';

	if (!section->count)
		return;
	at->key = &text->keys[text->lines[section->first].key];
	if (at->decl && at->loader->scope.single[DEF_COMMAND] != NONE)
		script = whole(at->loader, at->loader->scope.single[DEF_COMMAND]);
	for (uint32_t i = section->first; i < section->first + section->count; i++) {
		at->line = &text->lines[i];
		if (at->line->key != DEF_MORE) {
			at->key = &text->keys[at->line->key];
			quote = '\0';
		}
		look_at_line(at, section->kind == SECTION_ENV);
		bool is_made = is_file(at->key) && at->key->parse.kind != DEF_INPUT;
		if (at->decl && at->key->parse.kind == DEF_COMMAND)
			look_at_script(at, script, &quote);
		else if (at->decl && is_made && at->line->key != DEF_MORE)
			look_at_made(at, script);
	}
}

void lint(struct loader *loader)
{
	struct linter at = {.loader = loader};

	for (uint32_t i = 0; i < loader->special_count; i++)
		look_at_section(&at, &loader->text.sections[loader->specials[i]]);
	for (uint32_t i = 0; i < loader->decl_count; i++) {
		at.decl = &loader->decls[i];
		if (!at.decl->instance_count)
			continue;
		scope_enter(loader, at.decl, false);
		for (uint32_t n = 0; n < loader->scope.section_count; n++)
			look_at_section(&at, &loader->text.sections[loader->scope.sections[n]]);
	}
}
