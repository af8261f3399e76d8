/* A stage's stage.log: each line of the command's output with time, name and level in front.
 *
 * Output is taken as it comes, in any pieces, any bytes; nothing is lost or changed but for the
 * prefix (and a newline where the last line has none). A line of any length needs little memory:
 * from 64 KiB on it is written on as it comes. */
#ifndef RUN_STAGELOG_H
#define RUN_STAGELOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/logline.h"

struct buf;
struct err;
struct stagelog;

/* Called for each line of the command's output (a long one with its beginning). */
typedef void stagelog_line_fn(void *ctx, enum log_level level, const char *text, size_t len);

/* `append`: a further attempt in one run; else the file begins anew. It lies in the open directory
 * `at`, or (AT_FDCWD) at path. name stands in each prefix. Both strings are copied. */
struct stagelog *stagelog_open(
	int at, const char *path, const char *name, bool append, struct err *err);
void stagelog_on_line(struct stagelog *log, stagelog_line_fn *line, void *ctx);
/* A line of our own or of the stage's StageIO calls. Ends a line of output that has no end yet. */
void stagelog_add(struct stagelog *log, enum log_level level, const char *text, size_t len);
void stagelog_feed(struct stagelog *log, const char *data, size_t len); /* output of the command */
/* Writes what is buffered. -1 if this or an earlier write failed. */
int stagelog_flush(struct stagelog *log, struct err *err);
/* Ends an unended line, flushes, closes. log may be NULL. */
int stagelog_close(struct stagelog *log, struct err *err);

/* Appends the last `lines` lines of the file at path, whole but for over-long ones. */
void stagelog_tail(const char *path, uint32_t lines, struct buf *out);

#endif
