/* What a stage reported through StageIO: the events file, one JSON object a line.
 *
 * Reading is incremental: each call takes the complete lines that were appended since. A line over
 * 1 MiB, one that whoever reads has no use for (it is no JSON object, or an unknown event), and a
 * torn last line are passed over and counted. No line is looked into here: nodes of a cluster read
 * them as well, where no library for that need be. */
#ifndef RECORD_EVENTS_H
#define RECORD_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENTS_LINE_MAX (1024 * 1024)
#define EVENTS_REST_MAX 64 /* pieces that are read after the end of an attempt that failed */

struct err;

struct events_reader;

struct events_reader *events_open(const char *path); /* the file need not exist yet */
/* Takes a line without its end, borrowed. False: it is no event that is known. */
typedef bool events_take(void *ctx, const char *line, size_t len);

/* Calls take for each new one, as far as one piece of the file goes: 1 if there may be more, 0 if
 * not. at_end: the stage has ended, a last line without newline is torn. -1 only if the disk
 * fails. */
int events_read(
	struct events_reader *reader, bool at_end, events_take *take, void *ctx, struct err *err);
/* Lets the file go, and not the place in it: it is opened anew when it is read next, and so is seen
 * as it is then, also where another machine writes it. */
void events_rest(struct events_reader *reader);
uint32_t events_ignored(const struct events_reader *reader); /* lines passed over so far */
void events_close(struct events_reader *reader);

#endif
