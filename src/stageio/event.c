#include "stageio/event.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "stageio.h"
#include "stageio/error.h"

json *event_new(const char *kind)
{
	json *event = json_object();

	if (json_put_str(event, "event", kind))
		return event;
	json_free(event);
	return NULL;
}

bool event_put_time(json *event)
{
	char now[CLOCK_ISO_SIZE];

	clock_iso(clock_wall_ns(), now);
	return json_put_str(event, "time", now);
}

int event_open(int *fd, const char *path)
{
	do
		*fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	while (*fd < 0 && errno == EINTR);
	return *fd < 0 ? error_sys(errno, "open", path) : STAGEIO_OK;
}

/* One write: with O_APPEND the kernel puts the lines of several writers one behind the other,
 * whole. */
static int write_line(int fd, const struct buf *line)
{
	ssize_t n;

	do
		n = write(fd, line->data, line->len);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)line->len)
		return STAGEIO_OK;
	if (n < 0)
		return error_sys(errno, "write", "STAGEIO_EVENTS");
	/* a full disk: what follows must not be taken for the rest of this line */
	if (write(fd, "\n", 1) < 0)
		return error_sys(errno, "write", "STAGEIO_EVENTS");
	return error_sys(ENOSPC, "write", "STAGEIO_EVENTS");
}

int event_append(int fd, const json *event)
{
	struct buf line = BUF_SOFT;
	int code;

	json_format_line(event, &line);
	buf_char(&line, '\n');
	if (line.failed)
		code = error_memory();
	else if (line.len > STAGEIO_LINE_MAX)
		code = error_set(STAGEIO_ETOOLONG, "a report of %zu bytes is over the limit of %d",
			line.len, STAGEIO_LINE_MAX);
	else
		code = write_line(fd, &line);
	buf_free(&line);
	return code;
}
