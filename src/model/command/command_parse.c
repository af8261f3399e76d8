/* Which commands need no shell, and what they are. Only what every shell does in the same way is read
 * here; in doubt, the shell reads it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "model/command/command.h"

/* Builtins and reserved words of dash and of bash as sh, sorted. Some are programs, too (echo, printf,
 * test), but not the same ones. */
static const char *const shell_words[] = {"", ".", ":", "alias", "bg", "bind", "break", "builtin",
	"caller", "case", "cd", "chdir", "command", "compgen", "complete", "compopt", "continue",
	"coproc", "declare", "dirs", "disown", "do", "done", "echo", "elif", "else", "enable",
	"esac", "eval", "exec", "exit", "export", "false", "fc", "fg", "fi", "for", "function",
	"getopts", "hash", "help", "history", "if", "in", "jobs", "kill", "let", "local", "logout",
	"mapfile", "popd", "printf", "pushd", "pwd", "read", "readarray", "readonly", "return",
	"select", "set", "shift", "shopt", "source", "suspend", "test", "then", "time", "times",
	"trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait",
	"while"};

struct parser {
	struct arena *arena;
	const char *at;
	struct buf word;
	bool is_quoted;  /* some of the word was */
	bool has_equals; /* an unquoted '=' */
	char **argv;
	size_t argc, argv_cap;
	struct command_redirect *redirects;
	size_t redirect_count, redirect_cap;
};

static int by_text(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

static bool is_shell_word(const char *word)
{
	size_t count = sizeof shell_words / sizeof *shell_words;

	return bsearch(word, shell_words, count, sizeof *shell_words, by_text) != NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct parser *x)
{
	while (is_blank(*x->at))
		x->at++;
}

/* '...' or "...". False: the shell must read it. */
static bool read_quotes(struct parser *x)
{
	char mark = *x->at++;
	size_t len = strcspn(x->at, mark == '"' ? "\"$`\\" : "'");

	buf_add(&x->word, x->at, len);
	x->at += len;
	x->is_quoted = true;
	return *x->at++ == mark;
}

/* A word up to a blank, a '<', a '>' or the end. */
static bool read_word(struct parser *x)
{
	buf_reset(&x->word);
	x->is_quoted = x->has_equals = false;
	while (*x->at && !is_blank(*x->at) && *x->at != '<' && *x->at != '>') {
		if (*x->at == '\'' || *x->at == '"') {
			if (!read_quotes(x))
				return false;
			continue;
		}
		if (*x->at == '\\') {
			x->at++;
			if (*x->at == '\0' || *x->at == '\n')
				return false;
			x->is_quoted = true;
		} else if (strchr("$`*?[~|&;(){}#!\n", *x->at)) {
			return false;
		}
		x->has_equals |= *x->at == '=' && !(x->is_quoted && x->at[-1] == '\\');
		buf_char(&x->word, *x->at++);
	}
	return true;
}

static bool add_redirect(struct parser *x, struct command_redirect redirect)
{
	MEM_ROOM(x->redirects, x->redirect_count, x->redirect_cap);
	x->redirects[x->redirect_count++] = redirect;
	return true;
}

/* At '<' or '>', behind the number of the descriptor if there was one (-1: none). */
static bool read_redirect(struct parser *x, int fd)
{
	bool is_input = *x->at == '<';
	struct command_redirect redirect = {
		.fd = fd >= 0 ? fd : !is_input,
		.from = -1,
		.flags = is_input ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC,
	};

	x->at++;
	if (!is_input && *x->at == '>') {
		x->at++;
		redirect.flags = O_WRONLY | O_CREAT | O_APPEND;
	} else if (!is_input && *x->at == '&') {
		x->at++;
		if (*x->at != '1' && *x->at != '2')
			return false;
		redirect.from = *x->at++ - '0';
		redirect.flags = 0;
		return (*x->at == '\0' || is_blank(*x->at)) && add_redirect(x, redirect);
	}
	skip_blanks(x);
	const char *start = x->at;
	if (!read_word(x) || x->at == start)
		return false;
	redirect.path = arena_strdup(x->arena, buf_text(&x->word));
	return add_redirect(x, redirect);
}

static void add_word(struct parser *x)
{
	MEM_ROOM(x->argv, x->argc, x->argv_cap);
	x->argv[x->argc++] = arena_strdup(x->arena, buf_text(&x->word));
}

static bool read_command(struct parser *x)
{
	for (skip_blanks(x); *x->at; skip_blanks(x)) {
		int fd = -1;
		if (*x->at != '<' && *x->at != '>') {
			if (!read_word(x))
				return false;
			const char *word = buf_text(&x->word);
			bool is_redirected = *x->at == '<' || *x->at == '>';
			bool is_number = !x->is_quoted && strspn(word, "0123456789") == x->word.len;
			if (!is_redirected || !is_number) {
				if (x->argc == 0 && (x->has_equals || is_shell_word(word)))
					return false;
				add_word(x);
				continue;
			}
			if (x->word.len != 1 || *word > '2')
				return false;
			fd = *word - '0';
		}
		if (!read_redirect(x, fd))
			return false;
	}
	return x->argc > 0;
}

static void add_arg(
	struct arena *arena, struct command *out, size_t *cap, const char *arg, size_t len)
{
	if (out->argc + 1 >= *cap) {
		char **argv = arena_alloc(arena, 2 * *cap * sizeof *argv);
		memcpy(argv, out->argv, out->argc * sizeof *argv);
		out->argv = argv;
		*cap *= 2;
	}
	out->argv[out->argc++] = arena_strndup(arena, arg, len);
}

static void build_shell(
	struct arena *arena, const char *text, const char *shell, struct command *out)
{
	size_t cap = 8;

	if (!shell || !*shell)
		shell = "/bin/sh -e -c";
	*out = (struct command){.argv = arena_alloc(arena, cap * sizeof *out->argv)};
	while (*shell) {
		size_t word = strcspn(shell, " \t");
		if (word)
			add_arg(arena, out, &cap, shell, word);
		shell += word;
		shell += strspn(shell, " \t");
	}
	add_arg(arena, out, &cap, text, strlen(text));
}

void command_parse(struct arena *arena, const char *text, const char *shell, struct command *out)
{
	struct parser x = {.arena = arena, .at = text};

	if ((shell && *shell) || strchr(text, '\n') || !read_command(&x)) {
		build_shell(arena, text, shell, out);
	} else {
		*out = (struct command){
			.argv = arena_alloc(arena, (x.argc + 1) * sizeof *out->argv),
			.argc = x.argc,
			.redirect_count = x.redirect_count,
			.is_direct = true,
		};
		memcpy(out->argv, x.argv, x.argc * sizeof *out->argv);
		out->redirects = arena_alloc(arena, x.redirect_count * sizeof *out->redirects);
		if (x.redirect_count)
			memcpy(out->redirects, x.redirects,
				x.redirect_count * sizeof *out->redirects);
	}
	buf_free(&x.word);
	free(x.argv);
	free(x.redirects);
}
