/* inih, and around it what it leaves out.
 *
 * The library asks a reader function for pieces of lines and calls a handler for each key. Our
 * reader holds the whole text, so it sees each line before the library does: it counts, takes care
 * of line ends and of the BOM, and hands on only lines that the library will understand in the way
 * we do. Everything else is a mistake, told here, and the library never sees it. What inih 55 does
 * with the rest:
 *
 *  - A line that begins with a blank continues the key above: the handler is called again with that
 *    key. It may be separated from it by empty lines and comments.
 *  - A line whose first byte after blanks is ; or # is a comment for it, also between continuation
 *    lines, and the value of each line loses its blanks at both ends. A script or a text in a value
 *    needs both, so what continues a key is handed on behind a mark that the library takes for the
 *    value's first byte; comments at column 0 and empty lines it never sees. Elsewhere ; and # are
 *    plain bytes (ini_allow_inline_comments is off).
 *  - The first = or : ends the name of a key.
 *  - A section header resets the key: an indented line below it would be taken for a key, and the
 *    next indented one for a continuation of that. Here it is a mistake.
 *  - Names are copied into 50 bytes, NUL included, without a word about what is cut.
 *  - With the buffer on the heap and ini_allow_realloc, a line that fills it is read on after the
 *    buffer was doubled, up to ini_max_line; from there on, the rest of a line is dropped.
 *
 * The switches are global variables of the library, so they are set for each call. */
#include "base/ini.h"

#include <assert.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define LINE_MAX_BYTES ((size_t)256 << 20) /* far under ini_max_line */
#define SHOWN 24                           /* bytes of a bad name in a message */
#define MARK '\x01'                        /* in front of what continues a key */

struct piece {
	const char *at;
	size_t len;
};

struct reader {
	const struct ini_handlers *handlers;
	const char *at, *end; /* what is not read yet */
	const char *newline; /* the next '\n' from `at`, or the end; found once for many lone CRs */
	uint32_t line;       /* number of the line that was read last */
	bool has_section;
	bool has_key;       /* an indented line continues a key */
	bool skip_more;     /* ... of a key that was a mistake */
	bool skip_section;  /* the section header was one */
	bool is_more;       /* the line that is being handed on is indented */
	uint32_t empty;     /* empty lines since the last one that was handed on ... */
	uint32_t above;     /* ... as they were above the one that is */
	bool is_handing;    /* its '\n' is still to come */
	struct piece piece; /* the part of it that is still to come */
	struct buf made;    /* a section header or a continuation line as the library gets it */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static struct piece trim(struct piece piece)
{
	while (piece.len > 0 && is_blank(piece.at[0])) {
		piece.at++;
		piece.len--;
	}
	while (piece.len > 0 && is_blank(piece.at[piece.len - 1]))
		piece.len--;
	return piece;
}

static bool is_comment(struct piece text)
{
	return text.len > 0 && (text.at[0] == ';' || text.at[0] == '#');
}

static void mistake(struct reader *reader, const char *text)
{
	reader->handlers->mistake(reader->handlers->ctx, reader->line, text);
}

/* A mistake with the beginning of what is wrong; `text` has a %s for it. */
__attribute__((format(printf, 2, 0))) static void mistake_about(
	struct reader *reader, const char *fmt, struct piece about)
{
	struct buf shown = {0}, text = {0};
	size_t len = about.len;

	if (len > SHOWN) {
		/* not through the middle of a character */
		for (len = SHOWN; len > SHOWN - 3 && ((unsigned char)about.at[len] & 0xC0) == 0x80;)
			len--;
	}
	text_add_printable(&shown, about.at, len);
	if (len < about.len)
		buf_str(&shown, "...");
	buf_fmt(&text, fmt, buf_text(&shown));
	mistake(reader, buf_text(&text));
	buf_free(&shown);
	buf_free(&text);
}

static struct piece next_line(struct reader *reader)
{
	struct piece line = {.at = reader->at};
	const char *end;

	if (reader->newline < reader->at) {
		reader->newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
		if (!reader->newline)
			reader->newline = reader->end;
	}
	end = memchr(reader->at, '\r', (size_t)(reader->newline - reader->at));
	if (!end)
		end = reader->newline;
	line.len = (size_t)(end - line.at);
	if (end < reader->end && *end == '\r' && end + 1 == reader->newline)
		end = reader->newline;
	reader->at = end < reader->end ? end + 1 : end;
	reader->line++;
	return line;
}

static bool check_header(struct reader *reader, struct piece line)
{
	const char *end = line.at + line.len;
	const char *close = memchr(line.at, ']', line.len);

	if (!close) {
		mistake_about(reader, "section header '%s' has no ']'", line);
		close = end; /* go on as if it stood there: its keys may hold mistakes, too */
	}
	struct piece name = trim((struct piece){line.at + 1, (size_t)(close - line.at - 1)});
	reader->has_key = false;
	reader->skip_more = false;
	reader->skip_section = true;
	if (name.len == 0) {
		mistake(reader, "section without a name");
		return false;
	}
	if (name.len > INI_NAME_MAX) {
		mistake_about(reader, "section name '%s' is longer than 49 bytes", name);
		return false;
	}
	if (close < end) {
		struct piece rest = trim((struct piece){close + 1, (size_t)(end - close - 1)});
		if (rest.len > 0 && rest.at[0] != ';' && rest.at[0] != '#')
			mistake_about(reader, "'%s' stands behind a section header", rest);
	}
	reader->skip_section = false;
	reader->has_section = true;
	buf_reset(&reader->made);
	buf_char(&reader->made, '[');
	buf_add(&reader->made, name.at, name.len);
	reader->handlers->section(reader->handlers->ctx, reader->line, reader->made.data + 1);
	buf_char(&reader->made, ']');
	return true;
}

static bool check_key(struct reader *reader, struct piece line)
{
	size_t len = 0;

	reader->has_key = false;
	reader->skip_more = true;
	if (reader->skip_section)
		return false;
	if (!reader->has_section) {
		mistake_about(reader,
			strchr("{-", *line.at) || line.at[line.len - 1] == ':'
				? "'%s' is no INI: a pipeline file has lines like [stage:NAME] and, "
				  "below it, 'command = ...'"
				: "'%s' stands before the first section, such as [stage:NAME]",
			line);
		return false;
	}
	while (len < line.len && line.at[len] != '=' && line.at[len] != ':')
		len++;
	if (len == line.len) {
		mistake_about(reader, "'%s' has no '=': what continues a value is indented", line);
		return false;
	}
	struct piece name = trim((struct piece){line.at, len});
	if (name.len == 0) {
		mistake_about(reader, "no name before '%s'", line);
		return false;
	}
	if (name.len > INI_NAME_MAX) {
		mistake_about(reader, "name '%s' is longer than 49 bytes", name);
		return false;
	}
	reader->has_key = true;
	reader->skip_more = false;
	return true;
}

static bool check_more(struct reader *reader, struct piece line)
{
	struct piece text = trim(line);

	if (reader->has_key) {
		buf_reset(&reader->made);
		buf_char(&reader->made, ' ');
		buf_char(&reader->made, MARK);
		buf_add(&reader->made, line.at, line.len);
		return true;
	}
	if (!is_comment(text) && !reader->skip_more && !reader->skip_section) {
		mistake_about(
			reader, "'%s' is indented, but there is no key above to continue", text);
		reader->skip_more = true; /* one is enough for a section that is all indented */
	}
	return false;
}

/* Shall the library get this line? Tells the mistake if there is one. */
static bool check_line(struct reader *reader, struct piece line)
{
	struct piece text = trim(line);

	reader->is_more = text.at > line.at;
	reader->empty += text.len == 0;
	if (text.len == 0 || (is_comment(text) && !reader->is_more))
		return false;
	bool has_nul = memchr(line.at, '\0', line.len) != NULL;
	if (has_nul || line.len > LINE_MAX_BYTES) {
		mistake(reader, has_nul ? "NUL byte" : "line of more than 256 MiB");
		if (!reader->is_more) {
			reader->has_key = false;
			reader->skip_more = true;
		}
		return false;
	}
	if (reader->is_more)
		return check_more(reader, line);
	return text.at[0] == '[' ? check_header(reader, text) : check_key(reader, text);
}

/* Reads on to the next line that the library shall get. */
static bool find_line(struct reader *reader)
{
	while (reader->at < reader->end) {
		struct piece line = next_line(reader);
		if (!check_line(reader, line))
			continue;
		bool is_made = reader->is_more || line.at[0] == '[';
		reader->piece =
			is_made ? (struct piece){reader->made.data, reader->made.len} : line;
		reader->is_handing = true;
		reader->above = reader->empty;
		reader->empty = 0;
		return true;
	}
	return false;
}

/* As fgets; never less than a line unless `size` is too small for it, and each line with its
 * '\n'. */
static char *read_line(char *out, int size, void *ctx)
{
	struct reader *reader = ctx;
	size_t room = (size_t)size - 1, len;

	if (!reader->is_handing && !find_line(reader))
		return NULL;
	len = reader->piece.len < room ? reader->piece.len : room;
	memcpy(out, reader->piece.at, len);
	reader->piece.at += len;
	reader->piece.len -= len;
	if (len < room) {
		out[len++] = '\n';
		reader->is_handing = false;
	}
	out[len] = '\0';
	return out;
}

static int handle_key(void *ctx, const char *section, const char *key, const char *value)
{
	const struct reader *reader = ctx;
	const struct ini_line line = {
		.number = reader->line,
		.section = section,
		.key = key,
		.value = reader->is_more ? value + 1 : value,
		.is_more = reader->is_more,
		.empty = reader->above,
	};

	reader->handlers->entry(reader->handlers->ctx, &line);
	return 1;
}

void ini_read(const char *text, size_t len, const struct ini_handlers *handlers)
{
	struct reader reader = {.handlers = handlers, .at = text, .end = text + len};

	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		reader.at += 3;
	ini_use_stack = false;
	ini_allow_realloc = true;
	ini_initial_alloc = 4096;
	ini_max_line = INT_MAX / 2; /* its double is still an int */
	ini_allow_inline_comments = false;
	ini_allow_multiline = true;
	ini_allow_bom = false; /* ours, or a second one, which is part of a name */
	ini_allow_no_value = false;
	ini_stop_on_first_error = false;
	int result = ini_parse_stream(read_line, &reader, handle_key, &reader);
	if (result == -2)
		mem_fail(0);
	assert(result == 0); /* it has only seen lines that are right */
	buf_free(&reader.made);
}
