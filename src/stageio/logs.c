#include "stageio/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/mem.h"
#include "base/text.h"
#include "stageio.h"
#include "stageio/error.h"
#include "stageio/place.h"

static int open_log(int *fd, const char *dir, const char *name, int flags)
{
	char *path MEM_LOCAL = place_join(dir, name);
	int code = STAGEIO_OK;

	if (!path)
		return error_code();
	do
		*fd = open(
			path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | flags, 0666);
	while (*fd < 0 && errno == EINTR);
	if (*fd < 0)
		code = error_sys(errno, "open", path);
	return code;
}

int logs_begin(const struct place *place)
{
	int fd = -1, code = open_log(&fd, place->stage_dir, STAGE_LOG_FILE, O_TRUNC);

	if (code == STAGEIO_OK)
		close(fd);
	return code;
}

/* The newest pipeline log, by its name. */
static int find_newest(struct buf *name, const char *logs_dir)
{
	struct dir dir DIR_LOCAL = {0};

	if (dir_read_path(logs_dir, &dir) < 0)
		return error_sys(errno, "open", logs_dir);
	for (size_t i = 0; i < dir.count; i++) {
		if (!text_starts(dir.items[i].name, RUN_FILE) ||
			!text_ends(dir.items[i].name, RUN_LOG_TAIL))
			continue;
		buf_reset(name); /* they are sorted: the last one stays */
		buf_str(name, dir.items[i].name);
	}
	return STAGEIO_OK;
}

static int open_pipeline_log(int *fd, const char *job_dir)
{
	struct buf name BUF_LOCAL = BUF_SOFT;
	struct err err = {0};
	char id[CLOCK_ID_SIZE], *logs_dir MEM_LOCAL = place_join(job_dir, JOB_LOGS);
	int code;

	if (!logs_dir)
		return error_code();
	code = fs_mkdirs(logs_dir, &err) < 0 ? error_world(&err) : find_newest(&name, logs_dir);
	if (code == STAGEIO_OK && !name.len) {
		clock_id(clock_wall_ns(), id);
		buf_fmt(&name, RUN_FILE "%s" RUN_LOG_TAIL, id);
	}
	if (code == STAGEIO_OK)
		code = name.failed ? error_memory() : open_log(fd, logs_dir, name.data, 0);
	return code;
}

static int write_pipeline(struct logs *logs, const struct place *place, const struct buf *lines)
{
	int code = STAGEIO_OK;

	if (logs->pipeline < 0)
		code = open_pipeline_log(&logs->pipeline, place->job_dir);
	if (code == STAGEIO_OK && fs_write_all(logs->pipeline, lines->data, lines->len) < 0)
		code = error_sys(errno, "write", "the pipeline log");
	return code;
}

int logs_write(
	struct logs *logs, const struct place *place, enum log_level level, const char *message)
{
	struct buf lines BUF_LOCAL = BUF_SOFT;
	int code = STAGEIO_OK;

	log_line(&lines, clock_wall_ns(), place->stage, level, message, strlen(message));
	if (lines.failed)
		code = error_memory();
	if (code == STAGEIO_OK && logs->stage < 0)
		code = open_log(&logs->stage, place->stage_dir, STAGE_LOG_FILE, 0);
	if (code == STAGEIO_OK && fs_write_all(logs->stage, lines.data, lines.len) < 0)
		code = error_sys(errno, "write", STAGE_LOG_FILE);
	if (level > LOG_DEBUG && code == STAGEIO_OK)
		code = write_pipeline(logs, place, &lines);
	return code;
}

int logs_write_pipeline(
	struct logs *logs, const struct place *place, enum log_level level, const char *line)
{
	struct buf lines BUF_LOCAL = BUF_SOFT;
	int code;

	log_line(&lines, clock_wall_ns(), "pipeline", level, line, strlen(line));
	code = lines.failed ? error_memory() : write_pipeline(logs, place, &lines);
	return code;
}

void logs_close(struct logs *logs)
{
	if (logs->stage >= 0)
		close(logs->stage);
	if (logs->pipeline >= 0)
		close(logs->pipeline);
	logs->stage = logs->pipeline = -1;
}
