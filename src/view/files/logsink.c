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
	struct arena arena ARENA_LOCAL = {0};
	struct buf early = sink->text;

	flags |= O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
	sink->text = (struct buf){0};
	sink->path = mem_strdup(path);
	sink->fd = open(path, flags, 0666);
	if (sink->fd < 0 && errno == ENOENT && fs_mkdirs(path_dir(&arena, path), &sink->err) == 0)
		sink->fd = open(path, flags, 0666);
	if (sink->fd < 0)
		err_sys(&sink->err, errno, "create", path);
	return early;
}

static void write_text(struct logsink *sink, int64_t mono_ns)
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

/* Quotas and network file systems tell of what they could not keep only when a file is closed. */
static void close_file(struct logsink *sink)
{
	if (sink->fd >= 0 && close(sink->fd) < 0 && errno != EINTR)
		err_sys(&sink->err, errno, "write", sink->path);
	sink->fd = -1;
}

void logsink_let_go(struct logsink *sink)
{
	for (uint32_t i = 0; i < sink->held_count;) {
		i += sink->put_held(sink, &sink->held[i], sink->held_count - i);
		if (sink->text.len >= MANY_BYTES)
			write_text(sink, sink->written_ns);
	}
	sink->held_count = 0;
}

static void hold(struct logsink *sink, const struct run_event *event)
{
	MEM_ROOM(sink->held, sink->held_count, sink->held_cap);
	sink->held[sink->held_count++] = (struct held){
		.ns = sink->keeps_wall ? event->wall_ns : event->mono_ns,
		.stage = event->stage,
		.is_disabled = event->kind == STAGE_SKIP,
	};
	if (sink->has_started && sink->held_count >= LOGSINK_HELD_MAX)
		logsink_let_go(sink);
}

static bool has_news(const struct logsink *sink)
{
	return sink->path && (sink->text.len || (sink->has_started && sink->held_count));
}

static void write_news(struct logsink *sink, int64_t mono_ns)
{
	if (sink->has_started)
		logsink_let_go(sink);
	write_text(sink, mono_ns);
}

static void hear(void *ctx, const struct run_event *event)
{
	struct logsink *sink = ctx;
	bool is_start = event->kind == STAGE_START || event->kind == STAGE_FAIL ||
			event->kind == STAGE_BLOCKED;

	sink->graph = event->graph;
	sink->has_started = sink->has_started || is_start;
	if (event->kind == STAGE_FRESH || (event->kind == STAGE_SKIP && !event->attempt)) {
		hold(sink, event);
	} else {
		if (sink->has_started)
			logsink_let_go(sink);
		sink->put(sink, event);
	}
	if (has_news(sink) && (event->kind == RUN_END || sink->text.len >= MANY_BYTES ||
				      event->mono_ns - sink->written_ns >= sink->moment_ns))
		write_news(sink, event->mono_ns);
	if (event->kind == RUN_END)
		close_file(sink);
}

static int tick(void *ctx, int64_t mono_ns, const struct run_totals *totals)
{
	struct logsink *sink = ctx;
	int64_t left_ns = sink->written_ns + sink->moment_ns - mono_ns;

	(void)totals;
	if (!has_news(sink))
		return -1;
	if (left_ns > 0)
		return (int)(left_ns / 1000000) + 1;
	write_news(sink, mono_ns);
	return -1;
}

static void sink_free(void *ctx)
{
	struct logsink *sink MEM_LOCAL = ctx;

	if (sink->path)
		write_text(sink, 0);
	close_file(sink);
	if (sink->done)
		sink->done(sink);
	free(sink->held);
	free(sink->path);
	buf_free(&sink->text);
}

void logsink_init(struct logsink *sink)
{
	sink->fd = -1;
	sink->listener = (struct listener){
		.hear = hear, .tick = tick, .free = sink_free, .err = &sink->err, .ctx = sink};
}
