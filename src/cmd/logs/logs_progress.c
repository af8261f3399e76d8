/* What stages that run show of their progress: it is not in their logs (run/attempt/stagelog.h),
 * the run tells it in its record. */
#include "cmd/logs/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/name.h"
#include "model/graph/graph.h"
#include "record/runs/past.h"
#include "record/runs/watched.h"

#define PIECE ((size_t)64 * 1024)

struct progress {
	int fd; /* of the run's record; -1: not found yet */
	struct buf line;
	struct buf *states; /* by file of the set: the newest that is not shown yet; owned */
	uint32_t count;
};

struct progress *progress_new(const struct logset *set)
{
	struct progress *progress = mem_alloc(sizeof *progress);

	progress->fd = -1;
	progress->count = set->count;
	progress->states = mem_alloc((set->count + 1) * sizeof *progress->states);
	return progress;
}

void progress_free(struct progress *progress)
{
	if (progress->fd >= 0)
		close(progress->fd);
	for (uint32_t i = 0; i < progress->count; i++)
		buf_free(&progress->states[i]);
	free(progress->states);
	buf_free(&progress->line);
	free(progress);
}

/* From shortly before its end: a stage may have said something for long. */
static void open_record(struct progress *progress, const struct logset *set)
{
	struct arena arena ARENA_LOCAL = {0};
	struct past_entry *runs;
	uint32_t count;

	if (past_list(&arena, graph_text(set->graph, set->graph->job_dir), &runs, &count, NULL) ==
			0 &&
		count && runs[count - 1].record_path)
		progress->fd = open(
			runs[count - 1].record_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (progress->fd >= 0)
		watched_begin(progress->fd);
	if (progress->fd >= 0 && lseek(progress->fd, -(off_t)PIECE, SEEK_END) < 0)
		lseek(progress->fd, 0, SEEK_SET);
}

/* Does the line end what a stage said before? */
static bool is_turn(const struct buf *line)
{
	static const char *const events[] = {"start", "done", "fail", "retry", "skip"};

	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		if (past_line_is(line->data, line->len, events[i]))
			return true;
	}
	return false;
}

static void put_state(struct buf *state, const json *event)
{
	double fraction = json_get_num(event, "fraction", -1);
	const char *text = json_get_str(event, "text", "");

	buf_reset(state);
	buf_str(state, text);
	if (fraction >= 0)
		buf_fmt(state, "%s%.0f %%", *text ? ", " : "", fraction * 100);
}

static void take_line(struct progress *progress, const struct logset *set)
{
	const struct buf *line = &progress->line;
	bool is_state = past_line_is(line->data, line->len, "progress");
	json *event = is_state || is_turn(line) ? json_parse(line->data, line->len, NULL) : NULL;
	struct buf name BUF_LOCAL = {0};

	name_from_json(&name, json_get_str(event, "stage", ""));
	for (uint32_t i = 0; event && i < progress->count; i++) {
		if (set->files[i].is_pipeline || strcmp(set->files[i].name, buf_text(&name)) != 0)
			continue;
		if (is_state)
			put_state(&progress->states[i], event);
		else
			buf_reset(&progress->states[i]);
	}
	json_free(event);
}

static void take(struct progress *progress, const struct logset *set, const char *data, size_t len)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t part = end ? (size_t)(end - data) : len;
		buf_add(&progress->line, data, part);
		if (!end)
			return;
		take_line(progress, set);
		buf_reset(&progress->line);
		data += part + 1;
		len -= part + 1;
	}
}

void progress_read(struct progress *progress, const struct logset *set)
{
	char *piece;
	ssize_t got;

	if (progress->fd < 0)
		open_record(progress, set);
	if (progress->fd < 0)
		return;
	piece = mem_alloc(PIECE);
	do {
		got = read(progress->fd, piece, PIECE);
		if (got > 0)
			take(progress, set, piece, (size_t)got);
	} while (got == (ssize_t)PIECE || (got < 0 && errno == EINTR));
	free(piece);
}

void progress_take(
	struct progress *progress, const struct logset *set, uint32_t file, struct buf *out)
{
	struct buf *state = &progress->states[file];

	if (state->len)
		log_line(out, clock_wall_ns(), set->files[file].name, LOG_INFO, state->data,
			state->len);
	buf_reset(state);
}
