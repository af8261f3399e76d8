#include "run/attempt/stagelog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"

#define LONG_LINE ((size_t)64 * 1024) /* from here on a line is written before its end has come */
#define FLUSH_SIZE ((size_t)128 * 1024)
#define STATE_NS ((int64_t)10 * 1000000000) /* between two states that are written down */

struct stagelog {
	int fd;
	char *path, *name;
	struct buf out;   /* formatted, not written yet */
	struct buf line;  /* output without its end */
	bool is_in_long;  /* the line's beginning is written already */
	bool has_return;  /* a carriage return came behind it: a newline, or more, will tell */
	struct buf state; /* that nothing has replaced yet, and that is not written */
	int64_t state_ns; /* when one was written last, or the first came; 0: none yet */
	uint64_t replaced;
	bool is_traceback;              /* of Python: until a line begins with no blank */
	struct buf last[STAGELOG_LAST]; /* a ring */
	uint64_t line_count;
	struct buf cause;
	bool is_cause_error;
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

static bool is_blank(const char *text, size_t len)
{
	while (len && strchr(" \t\r", text[len - 1]))
		len--;
	return len == 0;
}

/* "Try 'sort --help' for more information.": what stands before says what was wrong. */
static bool is_advice(const char *text, size_t len)
{
	return len > 4 && (memcmp(text, "Try ", 4) == 0 || memcmp(text, "See ", 4) == 0) &&
	       memmem(text, len, "help", 4);
}

static void keep(struct buf *out, const char *text, size_t len)
{
	buf_reset(out);
	buf_add(out, text, len < STAGELOG_LINE_MAX ? len : STAGELOG_LINE_MAX);
}

/* For whoever asks how it ended. */
static void note_line(struct stagelog *log, enum log_level level, const char *text, size_t len)
{
	bool is_error = level == LOG_ERROR;

	if (is_blank(text, len))
		return;
	keep(&log->last[log->line_count++ % STAGELOG_LAST], text, len);
	if (!is_error && (log->is_cause_error || is_advice(text, len)))
		return;
	log->is_cause_error = is_error;
	keep(&log->cause, text, len);
}

static enum log_level level_of(struct stagelog *log, const char *text, size_t len)
{
	static const char traceback[] = "Traceback (most recent call last):";
	bool is_indented = len && strchr(" \t", *text);

	if (len >= strlen(traceback) && memcmp(text, traceback, strlen(traceback)) == 0)
		log->is_traceback = true;
	else if (!log->is_traceback)
		return log_guess(text, len < 256 ? len : 256);
	else if (!is_indented)
		log->is_traceback = false; /* the exception itself */
	return LOG_ERROR;
}

static void begin_line(struct stagelog *log, const char *text, size_t len)
{
	enum log_level level = level_of(log, text, len);

	log_prefix(&log->out, clock_wall_ns(), log->name, level);
	if (len == 0) /* no blank at the end of an empty line */
		log->out.len--;
	buf_add(&log->out, text, len);
	note_line(log, level, text, len);
	if (log->on_line)
		log->on_line(log->ctx, level, text, len, false);
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

/* The line so far, and more: a line, whose newline has come. What a terminal shows then: a bar
 * whose newline follows its return is the last state itself. */
static void take_line(struct stagelog *log, const char *text, size_t len)
{
	if (log->line.len) {
		buf_add(&log->line, text, len);
		text = log->line.data;
		len = log->line.len;
	}
	if (log->state.len && len == 0 && !log->is_in_long) {
		text = log->state.data;
		len = log->state.len;
	} else if (log->state.len) {
		log->replaced++;
	}
	end_line(log, text, len);
	buf_reset(&log->state);
	buf_reset(&log->line);
}

/* The same with a return: a state. */
static void take_state(struct stagelog *log, const char *text, size_t len)
{
	int64_t now = clock_mono_ns();

	if (log->is_in_long) {
		take_line(log, text, len);
		return;
	}
	buf_add(&log->line, text, len);
	if (!log->line.len)
		return; /* it begins with a return, as many do */
	log->replaced += log->state.len != 0;
	buf_reset(&log->state);
	buf_add(&log->state, log->line.data, log->line.len);
	buf_reset(&log->line);
	if (log->on_line)
		log->on_line(log->ctx, LOG_INFO, log->state.data, log->state.len, true);
	if (!log->state_ns)
		log->state_ns = now;
	if (now - log->state_ns < STATE_NS)
		return;
	log->state_ns = now;
	end_line(log, log->state.data, log->state.len);
	buf_reset(&log->state);
}

/* One line of the data, one state, or what has no end yet; returns how many bytes that was. */
static size_t take(struct stagelog *log, const char *data, size_t len)
{
	const char *newline = memchr(data, '\n', len);
	size_t part = newline ? (size_t)(newline - data) : len;
	const char *back = memchr(data, '\r', part);

	if (back && back == data + len - 1) {
		take_rest(log, data, len - 1);
		log->has_return = true;
		return len;
	}
	if (back && back[1] != '\n') {
		take_state(log, data, (size_t)(back - data));
		return (size_t)(back - data) + 1;
	}
	if (!newline) {
		take_rest(log, data, len);
		return len;
	}
	take_line(log, data, back ? part - 1 : part);
	return part + 1;
}

void stagelog_feed(struct stagelog *log, const char *data, size_t len)
{
	if (len && log->has_return && *data != '\n')
		take_state(log, "", 0);
	log->has_return = log->has_return && len == 0;
	while (len) {
		size_t done = take(log, data, len);
		data += done;
		len -= done;
	}
}

static void end_unended(struct stagelog *log)
{
	if (log->has_return)
		take_state(log, "", 0);
	else if (log->line.len || log->is_in_long)
		take_line(log, "", 0);
	log->has_return = false;
}

void stagelog_end_output(struct stagelog *log)
{
	struct buf text BUF_LOCAL = {0};

	end_unended(log);
	if (log->state.len)
		take_line(log, "", 0);
	if (log->replaced) {
		buf_fmt(&text, "%llu state%s of progress %s replaced by later ones",
			(unsigned long long)log->replaced, log->replaced == 1 ? "" : "s",
			log->replaced == 1 ? "was" : "were");
		log->replaced = 0;
		stagelog_add(log, LOG_DEBUG, text.data, text.len);
	}
}

void stagelog_add(struct stagelog *log, enum log_level level, const char *text, size_t len)
{
	end_unended(log);
	log_line(&log->out, clock_wall_ns(), log->name, level, text, len);
	if (log->out.len >= FLUSH_SIZE)
		write_out(log);
}

void stagelog_copy(struct stagelog *log, const char *text, size_t len)
{
	end_unended(log);
	for (size_t part; len > 0; text += part, len -= part) {
		part = len < FLUSH_SIZE ? len : FLUSH_SIZE;
		buf_add(&log->out, text, part);
		if (log->out.len >= FLUSH_SIZE)
			write_out(log);
	}
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

static void release(struct stagelog *log)
{
	buf_free(&log->out);
	buf_free(&log->line);
	buf_free(&log->state);
	buf_free(&log->cause);
	for (size_t i = 0; i < STAGELOG_LAST; i++)
		buf_free(&log->last[i]);
	free(log->path);
	free(log->name);
	free(log);
}

int stagelog_close(struct stagelog *log, struct err *err)
{
	if (!log)
		return 0;
	stagelog_end_output(log);
	int status = stagelog_flush(log, err);
	if (close(log->fd) < 0 && status == 0 && errno != EINTR)
		status = err_sys(err, errno, "write the log", log->path);
	release(log);
	return status;
}

void stagelog_drop(struct stagelog *log)
{
	if (!log)
		return;
	close(log->fd);
	release(log);
}

uint32_t stagelog_last(const struct stagelog *log, struct arena *arena, const char ***lines)
{
	uint64_t count = log->line_count < STAGELOG_LAST ? log->line_count : STAGELOG_LAST;

	*lines = arena_alloc(arena, (count + 1) * sizeof **lines);
	for (uint64_t i = 0; i < count; i++) {
		const struct buf *line = &log->last[(log->line_count - count + i) % STAGELOG_LAST];
		(*lines)[i] = arena_strndup(arena, line->data, line->len);
	}
	return (uint32_t)count;
}

const char *stagelog_cause(const struct stagelog *log, bool *is_error)
{
	*is_error = log->is_cause_error;
	return buf_text(&log->cause);
}

void stagelog_recall(struct stagelog *log, const char *const *lines, uint32_t count,
	const char *cause, bool is_error)
{
	for (uint32_t i = 0; i < count; i++)
		keep(&log->last[log->line_count++ % STAGELOG_LAST], lines[i], strlen(lines[i]));
	keep(&log->cause, cause, strlen(cause));
	log->is_cause_error = is_error;
}
