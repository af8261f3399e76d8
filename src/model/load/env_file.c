#include "model/load/env_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/load/definition_keys.h"

#define BLANKS " \t"

struct reading {
	struct env_vars *vars;
	struct diags *diags;
	const char *file, *at;
	uint32_t line;
	struct map lines; /* name -> line, in this file */
};

static void skip_blanks(struct reading *reading)
{
	reading->at += strspn(reading->at, BLANKS);
}

static void skip_line(struct reading *reading)
{
	reading->at += strcspn(reading->at, "\n");
	reading->line += *reading->at == '\n';
	reading->at += *reading->at == '\n';
}

static bool is_at_end(const struct reading *reading)
{
	const char *at = reading->at + (*reading->at == '\r');

	return *at == '\n' || !*at;
}

static void add_escaped(struct buf *out, char c)
{
	static const char letters[] = "nrt\"\\$", meanings[] = "\n\r\t\"\\$";
	const char *found = strchr(letters, c);

	if (found)
		buf_char(out, meanings[found - letters]);
	else
		buf_fmt(out, "\\%c", c);
}

/* Behind the quote at its beginning. False: it does not end. */
static bool take_quoted(struct reading *reading, char quote, struct buf *out)
{
	for (; *reading->at && *reading->at != quote; reading->at++) {
		char c = *reading->at;
		reading->line += c == '\n';
		if (c == '\\' && quote == '"' && reading->at[1] && reading->at[1] != '\n')
			add_escaped(out, *++reading->at);
		else if (c != '\r' || reading->at[1] != '\n')
			buf_char(out, c);
	}
	if (!*reading->at)
		return false;
	reading->at++;
	return true;
}

static void take_plain(struct reading *reading, struct buf *out)
{
	size_t len = strcspn(reading->at, "\n");

	for (size_t i = 0; i < len; i++) {
		if (reading->at[i] == '#' && (i == 0 || strchr(BLANKS, reading->at[i - 1])))
			len = i;
	}
	while (len && strchr(BLANKS "\r", reading->at[len - 1]))
		len--;
	buf_add(out, reading->at, len);
	reading->at += strcspn(reading->at, "\n");
}

/* The rest of the line, and of a value that goes on. False: told. */
static bool take_value(struct reading *reading, struct buf *out)
{
	uint32_t first = reading->line;
	char quote = *reading->at;

	if (quote != '"' && quote != '\'') {
		take_plain(reading, out);
		return true;
	}
	reading->at++;
	if (!take_quoted(reading, quote, out)) {
		diag_add(reading->diags, reading->file, first,
			"the %c in which the value begins is not closed", quote);
		return false;
	}
	skip_blanks(reading);
	if (!is_at_end(reading) && *reading->at != '#') {
		diag_add(reading->diags, reading->file, reading->line,
			"something stands behind the %c that ends the value: one that belongs to the "
			"value is written \\\" in double quotes",
			quote);
		return false;
	}
	return true;
}

/* The name and the '=', or NULL: told. */
static const char *take_name(struct reading *reading)
{
	if (text_starts(reading->at, "export") && strchr(BLANKS, reading->at[6]) &&
		reading->at[6]) {
		reading->at += strlen("export");
		skip_blanks(reading);
	}
	size_t len = strcspn(reading->at, "= \t\r\n#'\"");
	const char *name = arena_strndup(&reading->vars->arena, reading->at, len);
	reading->at += len;
	skip_blanks(reading);
	if (*reading->at != '=' || !def_is_name(name, DEF_VARIABLE)) {
		diag_add(reading->diags, reading->file, reading->line,
			"the line is not NAME=VALUE (a name has letters, digits and '_'); a value of "
			"several lines stands in quotes");
		return NULL;
	}
	reading->at++;
	skip_blanks(reading);
	return name;
}

static void add(struct env_vars *vars, const char *name, const char *value)
{
	uint32_t at = map_put(&vars->ids, name, vars->count);

	MEM_ROOM(vars->items, at, vars->cap);
	vars->items[at] = (struct env_var){name, arena_strdup(&vars->arena, value)};
	vars->count += at == vars->count;
}

static void take_line(struct reading *reading)
{
	uint32_t line = reading->line, first;
	struct buf value BUF_LOCAL = {0};
	const char *name;

	skip_blanks(reading);
	if (!is_at_end(reading) && *reading->at != '#') {
		name = take_name(reading);
		if (name && take_value(reading, &value)) {
			first = map_put(&reading->lines, name, line);
			if (first != line)
				diag_add(reading->diags, reading->file, line,
					"variable '%s' is given twice, first in line %u", name,
					first);
			else
				add(reading->vars, name, buf_text(&value));
		}
	}
	skip_line(reading);
}

void env_file_read(
	struct env_vars *vars, struct diags *diags, const char *file, const struct buf *content)
{
	struct reading reading = {
		.vars = vars, .diags = diags, .file = file, .at = buf_text(content), .line = 1};

	if (text_starts(reading.at, "\xef\xbb\xbf"))
		reading.at += 3;
	while (*reading.at)
		take_line(&reading);
	if ((size_t)(reading.at - buf_text(content)) < content->len)
		diag_add(diags, file, reading.line, "the file holds a NUL byte");
	map_free(&reading.lines);
}

bool env_file_reread(struct env_vars *vars, const char *path, const struct digest *before)
{
	struct buf content BUF_LOCAL = {0};
	struct diags ignored = {0}; /* what says the same as before has no mistakes */
	struct digest now;
	bool is_same = false;

	if (fs_read(path, ENV_FILE_MAX, &content, NULL) == 0) {
		now = digest_bytes(buf_text(&content), content.len);
		is_same = digest_eq(&now, before);
	}
	if (is_same)
		env_file_read(vars, &ignored, path, &content);
	diag_free(&ignored);
	return is_same;
}

/* Variables of the process that are there because a file said so. */
static struct {
	char **names;
	uint32_t count, cap;
} ours;

static bool is_ours(const char *name)
{
	for (uint32_t i = 0; i < ours.count; i++) {
		if (text_eq(ours.names[i], name))
			return true;
	}
	return false;
}

void env_vars_set(const struct env_vars *vars)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ours.count; i++) {
		char *name = ours.names[i];
		if (map_get(&vars->ids, name) != NONE) {
			ours.names[kept++] = name;
			continue;
		}
		unsetenv(name);
		free(name);
	}
	ours.count = kept;
	for (uint32_t i = 0; i < vars->count; i++) {
		const struct env_var *var = &vars->items[i];
		const char *now = getenv(var->name);
		bool is_known = is_ours(var->name);
		if (now && (!is_known || text_eq(now, var->value)))
			continue;
		if (setenv(var->name, var->value, 1) < 0)
			mem_fail(strlen(var->value));
		if (is_known)
			continue;
		MEM_PUSH(ours.names, ours.count, ours.cap, mem_strdup(var->name));
	}
}

void env_vars_free(struct env_vars *vars)
{
	map_free(&vars->ids);
	free(vars->items);
	arena_free(&vars->arena);
}
