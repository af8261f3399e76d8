#include "record/manifest/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#define CHUNK ((size_t)64 * 1024)

struct events_reader {
	char *path;
	int fd;           /* -1 until the file is there */
	off_t at;         /* so much was read */
	struct buf line;  /* the line that has no end yet */
	bool is_too_long; /* its beginning was dropped: pass it over to its end */
	uint32_t ignored;
};

struct events_reader *events_open(const char *path)
{
	struct events_reader *reader = mem_alloc(sizeof *reader);

	reader->path = mem_strdup(path);
	reader->fd = -1;
	return reader;
}

static void take_line(
	struct events_reader *reader, const char *line, size_t len, events_take *take, void *ctx)
{
	if (len && !take(ctx, line, len))
		reader->ignored++;
}

static void take_chunk(
	struct events_reader *reader, const char *data, size_t len, events_take *take, void *ctx)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t part = end ? (size_t)(end - data) : len;
		if (!reader->is_too_long && reader->line.len + part > EVENTS_LINE_MAX) {
			reader->is_too_long = true;
			reader->ignored++;
			buf_reset(&reader->line);
		}
		if (!end) {
			if (!reader->is_too_long)
				buf_add(&reader->line, data, part);
			return;
		}
		if (!reader->is_too_long) {
			if (reader->line.len) {
				buf_add(&reader->line, data, part);
				take_line(reader, reader->line.data, reader->line.len, take, ctx);
			} else {
				take_line(reader, data, part, take, ctx);
			}
		}
		reader->is_too_long = false;
		buf_reset(&reader->line);
		data += part + 1;
		len -= part + 1;
	}
}

/* A hole is no text, however large it is: it is passed over as a line that is too long. */
static void pass_hole(struct events_reader *reader)
{
	off_t data = lseek(reader->fd, reader->at, SEEK_DATA);
	struct stat st;

	if (data < 0 && errno == ENXIO && fstat(reader->fd, &st) == 0)
		data = st.st_size; /* up to its end */
	if (data <= reader->at)
		return;
	reader->at = data;
	reader->ignored += !reader->is_too_long;
	reader->is_too_long = true;
	buf_reset(&reader->line);
}

int events_read(
	struct events_reader *reader, bool at_end, events_take *take, void *ctx, struct err *err)
{
	if (reader->fd < 0) {
		/* A stage can put anything at this path: a FIFO must not block us, a link is not
		 * followed. */
		reader->fd = open(
			reader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
		if (reader->fd < 0)
			return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
					       errno == EACCES || errno == ENXIO
				       ? 0
				       : err_sys(err, errno, "open", reader->path);
		struct stat st;
		if (fstat(reader->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
			close(reader->fd);
			reader->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
			reader->ignored++;
		}
	}
	char *data = mem_alloc(CHUNK);
	ssize_t n;
	pass_hole(reader);
	do {
		n = pread(reader->fd, data, CHUNK, reader->at);
	} while (n < 0 && errno == EINTR);
	int status = n == (ssize_t)CHUNK;
	if (n < 0)
		status = err_sys(err, errno, "read", reader->path);
	if (n > 0) {
		reader->at += n;
		take_chunk(reader, data, (size_t)n, take, ctx);
	}
	free(data);
	if (at_end && status == 0 && reader->line.len) {
		reader->ignored++;
		buf_reset(&reader->line);
	}
	return status;
}

void events_rest(struct events_reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	reader->fd = -1;
}

uint32_t events_ignored(const struct events_reader *reader)
{
	return reader->ignored;
}

void events_close(struct events_reader *reader)
{
	if (!reader)
		return;
	events_rest(reader);
	buf_free(&reader->line);
	free(reader->path);
	free(reader);
}
