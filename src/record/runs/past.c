/* Lines of a run record, whole ones only. */
#include "record/runs/past.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/graph/job_paths.h"
#include "record/runs/past_part.h"

#define PIECE ((size_t)256 * 1024)
#define LINE_MAX_BYTES ((size_t)64 << 20) /* a longer one is damaged */

struct past_reader *past_reader_new(struct arena *arena)
{
	struct past_reader *reader = mem_alloc(sizeof *reader);

	reader->arena = arena;
	return reader;
}

void past_reader_free(struct past_reader *reader)
{
	if (!reader)
		return;
	for (size_t i = 0; i < reader->kept_count; i++)
		json_free(reader->kept[i]);
	free(reader->kept);
	free(reader->texts);
	map_free(&reader->stages);
	map_free(&reader->words);
	buf_free(&reader->torn);
	free(reader);
}

void past_done(struct past_run *log)
{
	past_reader_free((struct past_reader *)log);
}

const struct past_run *past_model(const struct past_reader *reader)
{
	return &reader->model;
}

static bool take_line(struct past_reader *reader, const char *line, size_t len)
{
	struct err err = {0};
	json *event JSON_LOCAL = len && !reader->is_foreign ? json_parse(line, len, &err) : NULL;
	bool is_event = json_is(json_get(event, "event"), JSON_STRING);
	bool is_news = is_event && past_take(reader, event);

	if (len && !is_event)
		reader->model.bad_lines++;
	return is_news;
}

bool past_feed(struct past_reader *reader, const char *data, size_t len)
{
	bool is_news = false;

	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t part = end ? (size_t)(end - data) : len;

		if (!end || reader->torn.len) {
			if (reader->torn.len <= LINE_MAX_BYTES)
				buf_add(&reader->torn, data, part);
			if (!end)
				return is_news;
			is_news = take_line(reader, buf_text(&reader->torn), reader->torn.len) ||
				  is_news;
			buf_reset(&reader->torn);
		} else {
			is_news = take_line(reader, data, part) || is_news;
		}
		data += part + 1;
		len -= part + 1;
	}
	return is_news;
}

static int feed_file(struct past_reader *reader, int fd, const char *path, struct err *err)
{
	char *piece MEM_LOCAL = mem_alloc(PIECE);
	ssize_t got;

	do {
		got = read(fd, piece, PIECE);
		if (got > 0)
			past_feed(reader, piece, (size_t)got);
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		err_sys(err, errno, "read", path);
	return got < 0 ? -1 : 0;
}

/* A run that was killed at once, or has just begun, has not said anything yet. What is known is in
 * the names of its record: out/<job>/logs/99_pipeline_<id>.jsonl. */
static void begin_unsaid(struct past_reader *reader, const char *path, const struct stat *st)
{
	struct past_run *log = &reader->model;
	const char *id = job_run_of(reader->arena, path_base(path), RUN_RECORD_TAIL);
	const char *job_dir = path_dir(reader->arena, path_dir(reader->arena, path));

	log->has_begun = true;
	log->run = id ? id : "";
	log->job = path_base(job_dir);
	log->pipeline = log->version = log->host = log->root = "";
	log->log = job_log_of_record(reader->arena, path);
	log->begin_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static int read_file(struct past_reader *reader, const char *path, struct err *err)
{
	int fd FD_LOCAL = dir_open(AT_FDCWD, path, O_RDONLY);
	struct stat st;
	int status;

	if (fd < 0)
		return err_sys(err, errno, "open", path);
	if (fstat(fd, &st) < 0)
		status = err_sys(err, errno, "look at", path);
	else if (!S_ISREG(st.st_mode))
		status = err_set(err, EXIT_WORLD, "'%s' is no regular file", path);
	else
		status = feed_file(reader, fd, path, err);
	if (status == 0 && !reader->model.has_begun && !reader->is_foreign &&
		reader->model.bad_lines == 0)
		begin_unsaid(reader, path, &st);
	if (status == 0 && !reader->model.has_begun)
		status = err_set(err, EXIT_WORLD,
			reader->is_foreign
				? "'%s' is no run record of a version that this restage knows"
				: "'%s' is no run record: it tells of no run",
			path);
	return status;
}

int past_read(struct arena *arena, const char *path, struct past_run **out, struct err *err)
{
	struct past_reader *reader = past_reader_new(arena);

	*out = NULL;
	if (read_file(reader, path, err) < 0) {
		past_reader_free(reader);
		return -1;
	}
	*out = &reader->model;
	return 0;
}

uint32_t past_stage_find(const struct past_run *log, const char *name)
{
	return map_get(&((const struct past_reader *)log)->stages, name);
}

bool past_line_is(const char *line, size_t len, const char *event)
{
	static const char head[] = "{\"event\":\"";
	const char *end = line + len;
	size_t known = strlen(event);

	for (const char *h = head; *h; line++) {
		if (line == end)
			return false;
		if (*line == *h)
			h++;
		else if (*line != ' ')
			return false;
	}
	return (size_t)(end - line) > known && memcmp(line, event, known) == 0 &&
	       line[known] == '"';
}
