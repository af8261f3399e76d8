#include "run/engine/stagelog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"

#define LONG_LINE ((size_t)64 * 1024) /* from here on a line is written before its end has come */
#define FLUSH_SIZE ((size_t)128 * 1024)
#define TAIL_BYTES ((off_t)64 * 1024)

struct stagelog {
	int fd;
	char *path, *name;
	struct buf out;  /* formatted, not written yet */
	struct buf line; /* output without its end */
	bool is_in_long; /* the line's beginning is written already */
	stagelog_line_fn *on_line;
	void *ctx;
	struct err err; /* the first failed write */
};

/* Empty, or as it was if more shall be appended. One that has a second name is left alone: a copy
 * of the job has it too, and a new one takes its place here. */
static int open_log(int at, const char *name, bool append)
{
	const int flags =
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
	struct stat st;
	int fd = openat(at, name, flags, 0666);

	if (fd < 0 || append)
		return fd;
	if (fstat(fd, &st) == 0 && st.st_nlink == 1 && (st.st_size == 0 || ftruncate(fd, 0) == 0))
		return fd;
	close(fd);
	if (unlinkat(at, name, 0) < 0)
		return -1;
	return openat(at, name, flags | O_EXCL, 0666);
}

struct stagelog *stagelog_open(
	int at, const char *path, const char *name, bool append, struct err *err)
{
	int fd = open_log(at, at == AT_FDCWD ? path : path_base(path), append);

	if (fd < 0) {
		err_sys(err, errno, "write the log", path);
		return NULL;
	}
	struct stagelog *log = mem_alloc(sizeof *log);
	log->fd = fd;
	log->path = mem_strdup(path);
	log->name = mem_strdup(name);
	return log;
}

void stagelog_on_line(struct stagelog *log, stagelog_line_fn *line, void *ctx)
{
	log->on_line = line;
	log->ctx = ctx;
}

static void write_out(struct stagelog *log)
{
	if (log->out.len && !log->err.code &&
		fs_write_all(log->fd, log->out.data, log->out.len) < 0)
		err_sys(&log->err, errno, "write the log", log->path);
	buf_reset(&log->out);
}

static void begin_line(struct stagelog *log, const char *text, size_t len)
{
	enum log_level level = log_guess(text, len < 256 ? len : 256);

	log_prefix(&log->out, clock_wall_ns(), log->name, level);
	if (len == 0) /* no blank at the end of an empty line */
		log->out.len--;
	buf_add(&log->out, text, len);
	if (log->on_line)
		log->on_line(log->ctx, level, text, len);
}

static void end_line(struct stagelog *log, const char *text, size_t len)
{
	if (log->is_in_long)
		buf_add(&log->out, text, len);
	else
		begin_line(log, text, len);
	buf_char(&log->out, '\n');
	log->is_in_long = false;
	if (log->out.len >= FLUSH_SIZE)
		write_out(log);
}

static void take_rest(struct stagelog *log, const char *text, size_t len)
{
	if (log->is_in_long) {
		buf_add(&log->out, text, len);
	} else {
		buf_add(&log->line, text, len);
		if (log->line.len < LONG_LINE)
			return;
		begin_line(log, log->line.data, log->line.len);
		buf_reset(&log->line);
		log->is_in_long = true;
	}
	if (log->out.len >= FLUSH_SIZE)
		write_out(log);
}

void stagelog_feed(struct stagelog *log, const char *data, size_t len)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		if (!end) {
			take_rest(log, data, len);
			return;
		}
		size_t part = (size_t)(end - data);
		if (log->line.len) {
			buf_add(&log->line, data, part);
			end_line(log, log->line.data, log->line.len);
			buf_reset(&log->line);
		} else {
			end_line(log, data, part);
		}
		data += part + 1;
		len -= part + 1;
	}
}

static void end_unended(struct stagelog *log)
{
	if (log->line.len || log->is_in_long)
		end_line(log, log->line.data, log->line.len);
	buf_reset(&log->line);
}

void stagelog_add(struct stagelog *log, enum log_level level, const char *text, size_t len)
{
	end_unended(log);
	log_line(&log->out, clock_wall_ns(), log->name, level, text, len);
	if (log->out.len >= FLUSH_SIZE)
		write_out(log);
}

int stagelog_flush(struct stagelog *log, struct err *err)
{
	write_out(log);
	if (!log->err.code)
		return 0;
	if (err && !err->code)
		*err = log->err;
	return -1;
}

int stagelog_close(struct stagelog *log, struct err *err)
{
	if (!log)
		return 0;
	end_unended(log);
	int status = stagelog_flush(log, err);
	if (close(log->fd) < 0 && status == 0 && errno != EINTR)
		status = err_sys(err, errno, "write the log", log->path);
	buf_free(&log->out);
	buf_free(&log->line);
	free(log->path);
	free(log->name);
	free(log);
	return status;
}

void stagelog_tail(const char *path, uint32_t lines, struct buf *out)
{
	struct stat st;
	struct buf text = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		off_t from = st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0;
		lseek(fd, from, SEEK_SET);
		fs_read_fd(fd, path, (size_t)TAIL_BYTES * 4, &text, NULL);
		const char *p = text.data ? text.data + text.len : NULL;
		uint32_t seen = 0;
		while (p && p > text.data) {
			if (p[-1] == '\n' && p < text.data + text.len && ++seen == lines)
				break;
			p--;
		}
		if (p)
			buf_add(out, p, (size_t)(text.data + text.len - p));
	}
	buf_free(&text);
	close(fd);
}
