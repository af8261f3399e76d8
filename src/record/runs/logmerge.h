/* The lines of several logs in the order of their times, while they are read: the lines of one file
 * stay in their order, and in one second those of the file that was added first come first.
 *
 * A line without a head ("[time] [name] [LEVEL] ") goes with the line before it, and a time that
 * goes back (the clock was set) counts as the latest before it. Of each file little is in memory,
 * whatever its size and that of its lines. Nothing here opens a file: the caller reads, tests give
 * strings. */
#ifndef RECORD_LOGMERGE_H
#define RECORD_LOGMERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/logline.h"

struct err;
struct logmerge;

/* As pread: bytes, 0 at the end, -1 with err. */
typedef ssize_t logmerge_read(
	void *ctx, uint32_t file, uint64_t at, char *data, size_t len, struct err *err);

enum logmerge_state {
	LOGMERGE_LINE, /* *line is the next one */
	LOGMERGE_BUSY, /* a long line is being looked through: ask again */
	LOGMERGE_DRY,  /* nothing more for now */
	LOGMERGE_FAILED,
};

struct logmerge_line {
	uint32_t file;
	uint64_t at, len; /* in the file; len without the newline */
	const char *data; /* the line, valid until the next call; NULL: it is long, read it */
	enum log_level level;
	bool has_newline;
	bool is_rest; /* what has come behind a line that was given without its newline */
};

/* memory: bytes for the buffers of all files, about. */
struct logmerge *logmerge_new(logmerge_read *read, void *ctx, size_t memory);
void logmerge_free(struct logmerge *merge);

/* Adds a file, the next in number, and the name that its lines bear. With `has_copies`, lines that
 * bear the name of another file of the merge are left out: the pipeline log repeats what stages log
 * through StageIO. */
uint32_t logmerge_add(struct logmerge *merge, const char *name, bool has_copies);

/* Lines that have no newline yet are held back, unless `is_final`. */
enum logmerge_state logmerge_next(
	struct logmerge *merge, bool is_final, struct logmerge_line *line, struct err *err);
/* The file has grown: LOGMERGE_DRY may be over. */
void logmerge_wake(struct logmerge *merge, uint32_t file);
/* Up to where the file has been read. */
uint64_t logmerge_read_to(const struct logmerge *merge, uint32_t file);

#endif
