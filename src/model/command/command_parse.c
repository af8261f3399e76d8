/* Which commands need no shell, and what they are: only what every shell does in the same way is
 * read here; in doubt, the shell reads it. And which words of a command may be files. */
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "model/command/command.h"
#include "model/command/placeholder.h"
#include "model/command/shell.h"
#include "model/command/template.h"

/* Builtins and reserved words of dash and of bash as sh, sorted. Some are programs, too (echo,
 * printf, test), but not the same ones. */
static const char *const shell_words[] = {"", ".", ":", "alias", "bg", "bind", "break", "builtin",
	"caller", "case", "cd", "chdir", "command", "compgen", "complete", "compopt", "continue",
	"coproc", "declare", "dirs", "disown", "do", "done", "echo", "elif", "else", "enable",
	"esac", "eval", "exec", "exit", "export", "false", "fc", "fg", "fi", "for", "function",
	"getopts", "hash", "help", "history", "if", "in", "jobs", "kill", "let", "local", "logout",
	"mapfile", "popd", "printf", "pushd", "pwd", "read", "readarray", "readonly", "return",
	"select", "set", "shift", "shopt", "source", "suspend", "test", "then", "time", "times",
	"trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait",
	"while"};

/* Where in a word a byte stands, as far as quotes, escapes and comments say. */
struct reader {
	char quote; /* the open one */
	bool is_escaped, is_comment, in_word;
};

enum byte_is {
	BYTE_NOTHING, /* a mark of quoting, or a comment's */
	BYTE_TEXT,
	BYTE_QUOTED, /* text, whatever it is */
	BYTE_LIVE,   /* of a variable, a command or a pattern */
	BYTE_BLANK,
	BYTE_OPERATOR,
};

static enum byte_is read_plain(struct reader *reader, char c)
{
	bool was_in_word = reader->in_word;

	reader->in_word = true;
	switch (c) {
	case ' ':
	case '\t':
		reader->in_word = false;
		return BYTE_BLANK;
	case '\n':
	case ';':
	case '&':
	case '|':
	case '<':
	case '>':
	case '(':
	case ')':
		reader->in_word = false;
		return BYTE_OPERATOR;
	case '\'':
	case '"':
		reader->quote = c;
		return BYTE_NOTHING;
	case '#':
		reader->in_word = was_in_word;
		reader->is_comment = !was_in_word;
		return was_in_word ? BYTE_TEXT : BYTE_NOTHING;
	case '$':
	case '`':
	case '*':
	case '?':
	case '[':
		return BYTE_LIVE;
	default:
		return BYTE_TEXT;
	}
}

static enum byte_is read_byte(struct reader *reader, char c)
{
	bool was_escaped = reader->is_escaped;

	reader->is_escaped = false;
	if (reader->is_comment) {
		reader->is_comment = c != '\n';
		return BYTE_NOTHING;
	}
	if (was_escaped) {
		reader->in_word |= c != '\n';
		return c == '\n' ? BYTE_NOTHING : BYTE_QUOTED;
	}
	if (reader->quote && c == reader->quote) {
		reader->quote = '\0';
		return BYTE_NOTHING;
	}
	if (reader->quote == '\'')
		return BYTE_QUOTED;
	if (c == '\\') {
		reader->is_escaped = true;
		return BYTE_NOTHING;
	}
	if (reader->quote)
		return c == '$' || c == '`' ? BYTE_LIVE : BYTE_QUOTED;
	return read_plain(reader, c);
}

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

/* A word up to a blank, a '<', a '>' or the end. False: the shell must read it. */
static bool read_word(struct parser *x)
{
	struct reader reader = {.in_word = true};

	buf_reset(&x->word);
	x->is_quoted = x->has_equals = false;
	for (; *x->at; x->at++) {
		char c = *x->at;
		switch (read_byte(&reader, c)) {
		case BYTE_BLANK:
			return true;
		case BYTE_OPERATOR:
			return c == '<' || c == '>';
		case BYTE_LIVE:
			return false;
		case BYTE_NOTHING:
			if (reader.quote == '"' && reader.is_escaped)
				return false;
			x->is_quoted = true;
			break;
		case BYTE_TEXT:
			if (strchr("~{}#!", c))
				return false;
			x->has_equals |= c == '=' && !(x->is_quoted && x->at[-1] == '\\');
			buf_char(&x->word, c);
			break;
		case BYTE_QUOTED:
			buf_char(&x->word, c);
			break;
		}
	}
	return !reader.quote && !reader.is_escaped;
}

static bool add_redirect(struct parser *x, struct command_redirect redirect)
{
	MEM_PUSH(x->redirects, x->redirect_count, x->redirect_cap, redirect);
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
	MEM_PUSH(x->argv, x->argc, x->argv_cap, arena_strdup(x->arena, buf_text(&x->word)));
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

static void build_shell(
	struct arena *arena, const char *text, const char *shell, struct command *out)
{
	size_t most =
		8 + (shell ? strlen(shell) / 2 : 0); /* words of either shell, and the script */

	*out = (struct command){.argv = arena_alloc(arena, most * sizeof *out->argv)};
	if (!shell || !*shell) {
		for (const char *const *word = shell_usual(); *word; word++)
			out->argv[out->argc++] = arena_strdup(arena, *word);
	}
	while (shell && *shell) {
		size_t word = strcspn(shell, " \t");
		if (word)
			out->argv[out->argc++] = arena_strndup(arena, shell, word);
		shell += word;
		shell += strspn(shell, " \t");
	}
	out->argv[out->argc++] = arena_strdup(arena, text);
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

bool command_has_pipe(const char *template_text)
{
	struct reader reader = {0};
	struct template_hole hole;
	struct buf script BUF_LOCAL = {0};
	char last = '\0';
	bool has_pipe = false;
	size_t pos = 0;
	int found;

	do {
		buf_reset(&script);
		found = template_next(template_text, &pos, &hole, &script, true, NULL);
		if (found != 0)
			buf_char(&script, '_'); /* a value is a part of a word */
		for (size_t i = 0; i < script.len; i++) {
			bool is_operator = read_byte(&reader, script.data[i]) == BYTE_OPERATOR;
			char c = is_operator ? script.data[i] : '\0';
			/* "||" and ">|" are none */
			has_pipe = has_pipe || (last == '|' && c != '|');
			last = c == '|' && (last == '|' || last == '>') ? '\0' : c;
		}
	} while (found != 0);
	return has_pipe || last == '|';
}

/* Which words of a command may be names of files. A guess is good enough: whoever asks looks
 * whether the file is there. */
struct words {
	const struct command_reader *told;
	struct buf text;  /* of the word, without quotes */
	size_t equals;    /* behind the first '=' in it; 0: none */
	bool is_computed; /* a hole, a variable or a pattern is in it */
	bool is_written;  /* behind '>' */
	bool is_python;   /* a word before it in this simple command was that program */
	bool is_module;   /* behind its -m */
	struct reader reader;
};

static void tell(struct words *x, const char *text, size_t len)
{
	if (len > 0 && len < PATH_MAX)
		x->told->word(x->told->ctx, text, len);
}

static void tell_joined(struct words *x, const struct buf *dir, const char *name)
{
	struct buf path BUF_LOCAL = {0};

	buf_add(&path, buf_text(dir), dir->len);
	buf_str(&path, name);
	tell(x, buf_text(&path), path.len);
}

/* a.b is a/b.py, or a package with a/b/__main__.py; the __init__.py of all packages are run. */
static void tell_module(struct words *x, const char *name)
{
	struct buf path BUF_LOCAL = {0};

	buf_str(&path, x->told->modules);
	for (const char *at = name; *at; at++) {
		if (*at == '.')
			tell_joined(x, &path, "/__init__.py");
		buf_char(&path, *at == '.' ? '/' : *at);
	}
	tell_joined(x, &path, ".py");
	tell_joined(x, &path, "/__init__.py");
	tell_joined(x, &path, "/__main__.py");
}

static void look_for_module(struct words *x, const char *text)
{
	const char *base = strrchr(text, '/');

	x->is_module = x->is_python && strcmp(text, "-m") == 0;
	x->is_python |= strncmp(base ? base + 1 : text, "python", 6) == 0;
}

static void end_word(struct words *x, bool is_started)
{
	const char *text = buf_text(&x->text);

	if (is_started && !x->is_computed && !x->is_written) {
		if (x->is_module)
			tell_module(x, text);
		else if (text[0] != '-')
			tell(x, text, x->text.len);
		if (x->equals)
			tell(x, text + x->equals, x->text.len - x->equals);
		look_for_module(x, text);
	}
	if (is_started)
		x->is_written = false;
	buf_reset(&x->text);
	x->equals = 0;
	x->is_computed = false;
}

static void add(struct words *x, char c)
{
	buf_char(&x->text, c);
	if (c == '=' && !x->equals)
		x->equals = x->text.len;
}

static void read_words(struct words *x, char c)
{
	bool is_started = x->reader.in_word;

	switch (read_byte(&x->reader, c)) {
	case BYTE_BLANK:
		end_word(x, is_started);
		break;
	case BYTE_OPERATOR:
		end_word(x, is_started);
		x->is_written = c == '>';
		x->is_python = x->is_module = false;
		break;
	case BYTE_LIVE:
		x->is_computed = true;
		add(x, c);
		break;
	case BYTE_TEXT:
	case BYTE_QUOTED:
		add(x, c);
		break;
	case BYTE_NOTHING:
		break;
	}
}

/* {{root}} as it is. */
static bool is_root(const struct words *x, const struct template_hole *hole)
{
	return x->told->root && !hole->filter_count && !hole->other &&
	       placeholder_find(hole->name, hole->name_len) == PLACEHOLDER_ROOT;
}

static void take_hole(struct words *x, const struct template_hole *hole)
{
	if (x->reader.is_comment)
		return;
	x->reader.in_word = true;
	if (is_root(x, hole))
		buf_str(&x->text, x->told->root);
	else
		x->is_computed = true;
}

void command_words(const char *template_text, const struct command_reader *reader)
{
	struct words x = {.told = reader};
	struct template_hole hole;
	struct buf script BUF_LOCAL = {0};
	size_t pos = 0;
	int found;

	do {
		buf_reset(&script);
		found = template_next(template_text, &pos, &hole, &script, true, NULL);
		for (size_t i = 0; i < script.len; i++)
			read_words(&x, script.data[i]);
		if (found > 0)
			take_hole(&x, &hole);
		else if (found < 0 && !x.reader.is_comment)
			x.reader.in_word = x.is_computed = true;
	} while (found != 0);
	end_word(&x, x.reader.in_word);
	buf_free(&x.text);
}

bool command_goes_elsewhere(const char *template_text)
{
	static const struct {
		const char *name;
		size_t len;
		ptrdiff_t d; /* where its first one is: by that they are looked for */
	} words[] = {{"cd", 2, 1}, {"chdir", 5, 2}, {"pushd", 5, 4}};

	for (const char *at = template_text; (at = strchr(at, 'd')); at++) {
		for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
			const char *word = at - words[i].d;
			/* also inside of quotes: sh -c "cd x && ..." */
			if (at - template_text >= words[i].d &&
				strncmp(word, words[i].name, words[i].len) == 0 &&
				(word == template_text || strchr(" \t\n;&|({`'\"", word[-1])) &&
				strchr(" \t\n;&|)", word[words[i].len]))
				return true;
		}
	}
	return false;
}
