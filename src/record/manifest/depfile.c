#include "record/manifest/depfile.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

/* What make reads and compilers write, which is less than make's language:
 *
 *	target ... : prerequisite ... \
 *	 prerequisite ...
 *
 * A rule ends with its line. In a name, a blank stands as "\ ", '#' as "\#", ':' as "\:" and '$' as
 * "$$"; of backslashes in front of a blank two stand for one, anywhere else each stands for itself.
 * A ':' ends the targets when a blank or the end of the line follows it (and "c:/x" is a name). A
 * line that begins with '#' is a comment (rustc). Rules without prerequisites (gcc -MP) are
 * fine. */
struct depfile {
	const char *at, *end;
	const char *name;
	unsigned line;
	struct buf token;
	bool ended_targets; /* a ':' stood at the end of the token */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Length of the line end at p, 0 if there is none. */
static size_t newline_len(const struct depfile *file, const char *p)
{
	if (p < file->end && *p == '\n')
		return 1;
	if (p + 1 < file->end && p[0] == '\r' && p[1] == '\n')
		return 2;
	return 0;
}

static bool ends_name(const struct depfile *file, const char *p)
{
	return p == file->end || is_blank(*p) || newline_len(file, p) > 0;
}

static bool is_continued(const struct depfile *file, const char *p)
{
	return p < file->end && *p == '\\' && newline_len(file, p + 1) > 0;
}

/* Blanks and continued lines. */
static void skip_blanks(struct depfile *file)
{
	for (;;) {
		while (file->at < file->end && is_blank(*file->at))
			file->at++;
		if (!is_continued(file, file->at))
			return;
		file->at += 1 + newline_len(file, file->at + 1);
		file->line++;
	}
}

/* At a backslash. False: it continues the line, so the name ends. */
static bool read_backslashes(struct depfile *file)
{
	const char *start = file->at, *p = start;

	while (p < file->end && *p == '\\')
		p++;
	size_t count = (size_t)(p - start);
	bool is_odd = count % 2 == 1;
	char next = p < file->end ? *p : '\0';

	if (p < file->end && is_blank(next)) {
		buf_add(&file->token, start, count / 2);
		file->at = p;
		if (is_odd) {
			buf_char(&file->token, next);
			file->at++;
		}
		return true;
	}
	if (newline_len(file, p) > 0) {
		buf_add(&file->token, start, count - 1);
		file->at = p - 1;
		return count > 1; /* then the next look finds the last one alone */
	}
	if (next == '#' || (next == ':' && !ends_name(file, p + 1))) {
		buf_add(&file->token, start, count - 1);
		buf_char(&file->token, next);
		file->at = p + 1;
		return true;
	}
	buf_add(&file->token, start, count);
	file->at = p;
	return true;
}

/* A name, and the ':' behind it if it is the last target. */
static void read_token(struct depfile *file, bool in_targets)
{
	buf_reset(&file->token);
	file->ended_targets = false;
	while (!ends_name(file, file->at)) {
		if (*file->at == '\\') {
			if (!read_backslashes(file))
				return;
			continue;
		}
		if (in_targets && *file->at == ':' &&
			(ends_name(file, file->at + 1) || is_continued(file, file->at + 1))) {
			file->at++;
			file->ended_targets = true;
			return;
		}
		if (*file->at == '$' && file->at + 1 < file->end && file->at[1] == '$')
			file->at++;
		buf_char(&file->token, *file->at++);
	}
}

static int read_rule(struct depfile *file, void (*input)(void *ctx, const char *path), void *ctx,
	struct err *err)
{
	unsigned line = file->line;
	bool in_targets = true;

	for (skip_blanks(file); !ends_name(file, file->at); skip_blanks(file)) {
		read_token(file, in_targets);
		if (file->ended_targets)
			in_targets = false;
		else if (!in_targets && file->token.len)
			input(ctx, buf_text(&file->token));
	}
	if (in_targets)
		return err_set(err, EXIT_STAGE, "%s:%u: no rule of a Makefile: ':' is missing",
			file->name, line);
	return 0;
}

static void skip_line(struct depfile *file)
{
	const char *newline = memchr(file->at, '\n', (size_t)(file->end - file->at));

	file->at = newline ? newline : file->end;
}

int depfile_read(const char *text, size_t len, const char *name,
	void (*input)(void *ctx, const char *path), void *ctx, struct err *err)
{
	struct depfile file = {.at = text, .end = text + len, .name = name, .line = 1};
	const char *nul = len ? memchr(text, '\0', len) : NULL;
	int result = 0;

	if (nul)
		return err_set(err, EXIT_STAGE, "%s: a NUL byte at offset %zu", name,
			(size_t)(nul - text));
	while (result == 0) {
		skip_blanks(&file);
		if (file.at == file.end)
			break;
		size_t newline = newline_len(&file, file.at);
		if (newline) {
			file.at += newline;
			file.line++;
		} else if (*file.at == '#') {
			skip_line(&file);
		} else {
			result = read_rule(&file, input, ctx, err);
		}
	}
	buf_free(&file.token);
	return result;
}
