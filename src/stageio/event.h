/* Reports to the runner: one JSON object a line, appended in one write to the file
 * STAGEIO_EVENTS. */
#ifndef STAGEIO_EVENT_H
#define STAGEIO_EVENT_H

#include "base/json.h"

/* {"event": kind}; NULL when memory runs out, which the adders of json.h pass on. */
json *event_new(const char *kind);
bool event_put_time(json *event); /* now */
int event_open(int *fd, const char *path);
/* Gives a code; *fd stays open. A line that is too long is not sent at all. */
int event_append(int fd, const json *event);

#endif
