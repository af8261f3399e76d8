/* What a stage reported through StageIO: the events file, one JSON object a line.
 *
 * Reading is incremental: each call takes the complete lines that were appended since. A line over
 * 1 MiB, one that is no JSON object, an unknown event or key, and a torn last line are passed over
 * and counted. */
#ifndef RECORD_EVENTS_H
#define RECORD_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/logline.h"

#define EVENTS_LINE_MAX (1024 * 1024)

struct err;

struct events_reader;

struct events_reader *events_open(const char *path); /* the file need not exist yet */
/* Takes an event: its name, and the whole line, borrowed. False: it is none that is known. */
typedef bool events_take(void *ctx, const char *name, const json *object);

/* Calls take for each new one, as far as one piece of the file goes: 1 if there may be more, 0 if
 * not. at_end: the stage has ended, a last line without newline is torn. -1 only if the disk
 * fails. */
int events_read(
	struct events_reader *reader, bool at_end, events_take *take, void *ctx, struct err *err);
uint32_t events_ignored(const struct events_reader *reader); /* lines passed over so far */
void events_close(struct events_reader *reader);

#endif
