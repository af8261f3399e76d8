#include "cmd/logs/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#define PIECE ((size_t)64 * 1024)

struct logfile {
	char *path;
	enum log_level least;
	int fd;
	off_t at;
	ino_t ino;
	struct buf head; /* beginning of a line whose level is not known yet */
	bool is_in_line; /* the level of the present line is known */
	bool is_shown;   /* is the present, or the last, line one to be shown? */
};

struct logfile *logfile_new(const char *path, enum log_level least)
{
	struct logfile *log = mem_alloc(sizeof *log);

	log->path = mem_strdup(path);
	log->least = least;
	log->fd = -1;
	log->is_shown = true;
	return log;
}

void logfile_free(struct logfile *log)
{
	if (log->fd >= 0)
		close(log->fd);
	buf_free(&log->head);
	free(log->path);
	free(log);
}

const char *logfile_path(const struct logfile *log)
{
	return log->path;
}

/* A line without a head goes with the one before it. */
static void judge_head(struct logfile *log)
{
	struct log_head head;

	if (log_parse(buf_text(&log->head), log->head.len, &head))
		log->is_shown = head.level >= log->least;
}

static void take(struct logfile *log, const char *data, size_t len, struct buf *out)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t part = end ? (size_t)(end - data) + 1 : len;

		if (!log->is_in_line) {
			if (!end && log->head.len + part < LOG_HEAD_MAX) {
				buf_add(&log->head, data, part);
				return;
			}
			buf_add(&log->head, data, part);
			judge_head(log);
			if (log->is_shown)
				buf_add(out, log->head.data, log->head.len);
			buf_reset(&log->head);
		} else if (log->is_shown) {
			buf_add(out, data, part);
		}
		log->is_in_line = !end;
		data += part;
		len -= part;
	}
}

static void start_anew(struct logfile *log)
{
	log->at = 0;
	log->is_in_line = false;
	log->is_shown = true;
	buf_reset(&log->head);
}

/* 1 if the file is open, 0 if there is none yet. */
static int open_file(struct logfile *log, struct err *err)
{
	struct stat named, st;

	if (log->fd >= 0 && stat(log->path, &named) == 0 && named.st_ino != log->ino) {
		close(log->fd);
		log->fd = -1;
	}
	if (log->fd < 0) {
		log->fd = open(log->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (log->fd < 0)
			return errno == ENOENT || errno == ENOTDIR
				       ? 0
				       : err_sys(err, errno, "open", log->path);
		start_anew(log);
	}
	if (fstat(log->fd, &st) < 0)
		return err_sys(err, errno, "look at", log->path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, EXIT_WORLD, "'%s' is no regular file", log->path);
	if (st.st_size < log->at)
		start_anew(log);
	log->ino = st.st_ino;
	return 1;
}

int logfile_read(struct logfile *log, struct buf *out, struct err *err)
{
	char *piece;
	ssize_t got;
	int status = open_file(log, err);

	if (status <= 0)
		return status;
	piece = mem_alloc(PIECE);
	do
		got = pread(log->fd, piece, PIECE, log->at);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		status = err_sys(err, errno, "read", log->path);
	if (got > 0) {
		log->at += got;
		if (log->least == LOG_DEBUG)
			buf_add(out, piece, (size_t)got);
		else
			take(log, piece, (size_t)got, out);
	}
	free(piece);
	return status < 0 ? status : got > 0;
}
