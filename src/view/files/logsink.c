#include "view/files/logsink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"

#define MANY_BYTES (256 * 1024) /* written at once */

struct buf logsink_open(struct logsink *sink, const char *path, int flags)
{
	struct arena arena = {0};
	struct buf early = sink->text;

	flags |= O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
	sink->text = (struct buf){0};
	sink->path = mem_strdup(path);
	sink->fd = open(path, flags, 0666);
	if (sink->fd < 0 && errno == ENOENT && fs_mkdirs(path_dir(&arena, path), &sink->err) == 0)
		sink->fd = open(path, flags, 0666);
	if (sink->fd < 0)
		err_sys(&sink->err, errno, "create", path);
	arena_free(&arena);
	return early;
}

bool logsink_is_full(const struct logsink *sink)
{
	return sink->text.len >= MANY_BYTES;
}

void logsink_write(struct logsink *sink, int64_t mono_ns)
{
	const struct buf *text = &sink->text;

	if (text->len && sink->fd >= 0 && fs_write_all(sink->fd, text->data, text->len)) {
		err_sys(&sink->err, errno, "write", sink->path);
		close(sink->fd);
		sink->fd = -1;
	}
	buf_reset(&sink->text);
	sink->written_ns = mono_ns;
}

bool logsink_is_due(const struct logsink *sink, int64_t mono_ns)
{
	return logsink_is_full(sink) || mono_ns - sink->written_ns >= sink->moment_ns;
}

int logsink_left_ms(const struct logsink *sink, int64_t mono_ns)
{
	int64_t left_ns = sink->written_ns + sink->moment_ns - mono_ns;

	return left_ns > 0 ? (int)(left_ns / 1000000) + 1 : 0;
}

void logsink_close(struct logsink *sink)
{
	if (sink->fd >= 0 && close(sink->fd) < 0 && errno != EINTR)
		err_sys(&sink->err, errno, "write", sink->path);
	sink->fd = -1;
}

void logsink_free(struct logsink *sink)
{
	if (sink->path)
		logsink_write(sink, 0);
	logsink_close(sink);
	free(sink->path);
	buf_free(&sink->text);
}

void held_add(struct held_list *list, const struct run_event *event, int64_t ns)
{
	MEM_ROOM(list->items, list->count, list->cap);
	list->items[list->count++] = (struct held){
		.ns = ns,
		.stage = event->stage,
		.is_disabled = event->kind == STAGE_SKIP,
	};
}

void held_free(struct held_list *list)
{
	free(list->items);
	*list = (struct held_list){0};
}

bool held_is_start(const struct run_event *event)
{
	return event->kind == STAGE_START || event->kind == STAGE_FAIL ||
	       event->kind == STAGE_BLOCKED;
}
