/* The option -o: where a result goes instead of standard output. */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

struct arena;
struct buf;
struct call;
struct err;

/* What the user means by the path where he stands: to be asked before loading, which goes to the
 * root. NULL stays NULL. NULL with err if it cannot be told. */
const char *output_resolve(struct arena *arena, const char *path, struct err *err);

/* To the file, or with path NULL to standard output. A regular file is replaced as a whole; a FIFO
 * or device is written to. */
int output_write(struct call *call, const char *path, const struct buf *out, struct err *err);

#endif
