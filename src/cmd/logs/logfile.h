/* Printing a log: as it stands or while it grows, all lines or those of a level and above. */
#ifndef CMD_LOGFILE_H
#define CMD_LOGFILE_H

#include <stdbool.h>

#include "base/logline.h"

struct buf;
struct err;
struct logfile;

/* The file need not be there yet. The path is copied. */
struct logfile *logfile_new(const char *path, enum log_level least);
void logfile_free(struct logfile *log);
const char *logfile_path(const struct logfile *log);

/* Appends what was written since the last call, at most some 100 KB, to `out`: 1 if there may be
 * more at once, 0 if not, -1 with err if the file cannot be read (a missing one is empty). A file
 * that has become shorter, or another, is read from its beginning. `out` may stay empty although
 * lines came. */
int logfile_read(struct logfile *log, struct buf *out, struct err *err);

#endif
