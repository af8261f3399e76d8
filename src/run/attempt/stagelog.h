/* A stage's stage.log: each line of the command's output with time, name and level in front.
 *
 * Output is taken as it comes, in any pieces, any bytes; nothing is lost or changed but for the
 * prefix (and a newline where the last line has none). A line of any length needs little memory:
 * from 64 KiB on it is written on as it comes.
 *
 * A carriage return without a newline behind it ends a state, which what comes next replaces, as on
 * a terminal: that is how programs draw progress. States are written down every ten seconds, and
 * the last one, if nothing replaces it; the others are counted. */
#ifndef RUN_STAGELOG_H
#define RUN_STAGELOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/logline.h"

struct arena;
struct buf;
struct err;
struct stagelog;

/* Called for each line of the command's output (a long one with its beginning), and for each
 * state, whether it is written down or not. */
typedef void stagelog_line_fn(
	void *ctx, enum log_level level, const char *text, size_t len, bool is_state);

/* `append`: a further attempt in one run; else the file begins anew. It lies in the open directory
 * `at`, or (AT_FDCWD) at path. name stands in each prefix. Both strings are copied. */
struct stagelog *stagelog_open(
	int at, const char *path, const char *name, bool append, struct err *err);
void stagelog_on_line(struct stagelog *log, stagelog_line_fn *line, void *ctx);
/* A line of our own or of the stage's StageIO calls. Ends a line of output that has no end yet. */
void stagelog_add(struct stagelog *log, enum log_level level, const char *text, size_t len);
void stagelog_feed(struct stagelog *log, const char *data, size_t len); /* output of the command */
/* Lines of another stage log, as they are. */
void stagelog_copy(struct stagelog *log, const char *text, size_t len);
/* The command puts out no more: writes what has no end yet. */
void stagelog_end_output(struct stagelog *log);
/* Writes what is buffered. -1 if this or an earlier write failed. */
int stagelog_flush(struct stagelog *log, struct err *err);
/* Ends an unended line, flushes, closes. log may be NULL. */
int stagelog_close(struct stagelog *log, struct err *err);
/* Closes it without writing anything more. log may be NULL. */
void stagelog_drop(struct stagelog *log);

/* What the command wrote last since the log was opened, without prefix, up to STAGELOG_LAST lines
 * (in the arena; lines are cut at STAGELOG_LINE_MAX bytes). */
#define STAGELOG_LAST 20
#define STAGELOG_LINE_MAX ((size_t)1000)
uint32_t stagelog_last(const struct stagelog *log, struct arena *arena, const char ***lines);
/* The one of its lines that most likely says what went wrong: the last error, or else the last line
 * that says anything; "" without output. Borrowed until more comes. */
const char *stagelog_cause(const struct stagelog *log, bool *is_error);
/* The same as if the lines had come here: of output that was logged elsewhere. */
void stagelog_recall(struct stagelog *log, const char *const *lines, uint32_t count,
	const char *cause, bool is_error);

#endif
