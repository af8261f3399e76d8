/* What a call tells: one JSON object on a line. A runner reads the lines in the file
 * STAGEIO_EVENTS; without a runner the manifest takes them in.
 *
 *	struct event event;
 *
 *	event_begin(&event, "warning");
 *	json_write_str(&event.w, "message", message);
 *	code = handle_deliver(io, &event, STAGEIO_OK);
 *
 * Memory that runs out shows when the event is delivered. */
#ifndef STAGEIO_EVENT_H
#define STAGEIO_EVENT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "stageio.h"

struct event {
	const char *kind;
	struct buf line;
	struct json_writer w; /* of the line: to write members with */
};

void event_begin(struct event *event, const char *kind); /* {"event": kind */
void event_put_time(struct event *event);                /* now */

/* What fields are for: which names the manifest has of its own there. */
enum fields_of {
	FIELDS_OF_FILE,
	FIELDS_OF_INTERMEDIATE,
	FIELDS_OF_RESOURCES,
	FIELDS_OF_MANIFEST,
	FIELDS_OF_CONFIG, /* none */
};

bool event_is_reserved(const char *name, enum fields_of of);
/* Writes the fields, labels of files excepted; those with reserved names in an object "meta". Gives
 * a code. */
int event_put_fields(
	struct event *event, const stageio_field *fields, size_t count, enum fields_of of);
/* Writes the label among the fields, if there is one. Gives a code. */
int event_put_label(struct event *event, const stageio_field *fields, size_t count);

int event_open(int *fd, const char *path);
/* Appends the line of an event that has ended. Gives a code; *fd stays open. A line that is too
 * long is not sent at all. */
int event_append(int fd, const struct event *event);

#endif
