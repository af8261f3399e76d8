#include "record/runs/logmerge.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"

#define PIECE_MAX ((size_t)256 * 1024)
#define PIECE_MIN ((size_t)4096)
#define PATIENCE ((size_t)4 * 1024 * 1024) /* read for one answer before saying LOGMERGE_BUSY */

/* The buffer holds the file's bytes from `base` on. The line that comes next begins at `at`; up to
 * `seen` there is no newline in it. A line that fills the buffer is long: its head is judged, then
 * the buffer runs on without it. */
struct source {
	char *data; /* owned; NULL while nothing is in it */
	size_t len, cap;
	uint64_t base, at, seen;
	struct logmerge_line line;
	int64_t time;
	uint32_t name;   /* of lines without a head; at first the file's own */
	uint32_t number; /* of its own name */
	enum log_level level;
	bool has_line;  /* line is complete, and in the heap */
	bool is_judged; /* the head of the line at `at` */
	bool is_copy;
	bool is_open; /* the line was given without its newline */
	bool is_dry;
	bool is_listed; /* among those to be looked at */
	bool has_copies;
};

struct logmerge {
	logmerge_read *read;
	void *ctx;
	size_t memory;
	struct source *sources;
	uint32_t count, cap;
	uint32_t *heap; /* sources with a line, the next one first */
	uint32_t heap_count, heap_cap;
	uint32_t *idle; /* sources without a line that may have one */
	uint32_t idle_count, idle_cap;
	uint32_t last; /* whose line was given last; UINT32_MAX: none */
	struct arena arena;
	struct map names;
	uint32_t name_count, name_cap;
	bool *is_file; /* by name: does a file bear it? */
};

struct logmerge *logmerge_new(logmerge_read *read, void *ctx, size_t memory)
{
	struct logmerge *merge = mem_alloc(sizeof *merge);

	merge->read = read;
	merge->ctx = ctx;
	merge->memory = memory;
	merge->last = UINT32_MAX;
	return merge;
}

void logmerge_free(struct logmerge *merge)
{
	if (!merge)
		return;
	for (uint32_t i = 0; i < merge->count; i++)
		free(merge->sources[i].data);
	free(merge->sources);
	free(merge->heap);
	free(merge->idle);
	free(merge->is_file);
	map_free(&merge->names);
	arena_free(&merge->arena);
	free(merge);
}

static uint32_t find_name(struct logmerge *merge, const char *name, size_t len)
{
	uint32_t number = map_getn(&merge->names, name, len);

	if (number != NONE)
		return number;
	MEM_ROOM(merge->is_file, merge->name_count, merge->name_cap);
	number = merge->name_count++;
	merge->is_file[number] = false;
	map_put(&merge->names, arena_strndup(&merge->arena, name, len), number);
	return number;
}

static void list_idle(struct logmerge *merge, uint32_t file)
{
	if (merge->sources[file].is_listed)
		return;
	merge->sources[file].is_listed = true;
	MEM_PUSH(merge->idle, merge->idle_count, merge->idle_cap, file);
}

uint32_t logmerge_add(struct logmerge *merge, const char *name, bool has_copies)
{
	uint32_t number = find_name(merge, name, strlen(name));

	merge->is_file[number] = true;
	MEM_ROOM(merge->sources, merge->count, merge->cap);
	merge->sources[merge->count] = (struct source){
		.name = number, .number = number, .level = LOG_INFO, .has_copies = has_copies};
	list_idle(merge, merge->count);
	return merge->count++;
}

uint64_t logmerge_read_to(const struct logmerge *merge, uint32_t file)
{
	return merge->sources[file].base + merge->sources[file].len;
}

void logmerge_wake(struct logmerge *merge, uint32_t file)
{
	merge->sources[file].is_dry = false;
	if (!merge->sources[file].has_line)
		list_idle(merge, file);
}

static bool comes_before(const struct logmerge *merge, uint32_t a, uint32_t b)
{
	int64_t time_a = merge->sources[a].time, time_b = merge->sources[b].time;

	return time_a != time_b ? time_a < time_b : a < b;
}

static void heap_sink(struct logmerge *merge, uint32_t i)
{
	uint32_t *heap = merge->heap, file = heap[i];

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= merge->heap_count)
			break;
		if (child + 1 < merge->heap_count &&
			comes_before(merge, heap[child + 1], heap[child]))
			child++;
		if (!comes_before(merge, heap[child], file))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = file;
}

static void heap_push(struct logmerge *merge, uint32_t file)
{
	uint32_t i;

	MEM_ROOM(merge->heap, merge->heap_count, merge->heap_cap);
	for (i = merge->heap_count++; i > 0; i = (i - 1) / 2) {
		uint32_t parent = merge->heap[(i - 1) / 2];

		if (!comes_before(merge, file, parent))
			break;
		merge->heap[i] = parent;
	}
	merge->heap[i] = file;
}

static void heap_pop(struct logmerge *merge)
{
	merge->heap[0] = merge->heap[--merge->heap_count];
	if (merge->heap_count)
		heap_sink(merge, 0);
}

/* Small files need little; many of them share what there is. */
static size_t piece_size(const struct logmerge *merge)
{
	size_t size = merge->memory / (merge->count ? merge->count : 1);

	if (size < PIECE_MIN)
		return PIECE_MIN;
	return size < PIECE_MAX ? size : PIECE_MAX;
}

/* Makes room at the end of the buffer: what was given goes; of a long line all but nothing is
 * kept. */
static void make_room(struct logmerge *merge, struct source *source)
{
	size_t done = (size_t)(source->at > source->base ? source->at - source->base : 0);

	if (done > source->len)
		done = source->len;
	if (done) {
		memmove(source->data, source->data + done, source->len - done);
		source->base += done;
		source->len -= done;
	}
	if (source->cap == 0) {
		source->cap = piece_size(merge);
		source->data = mem_grow(NULL, source->cap, 1);
	}
	if (source->len == source->cap) {
		source->base += source->len;
		source->len = 0;
	}
}

static void judge(struct logmerge *merge, struct source *source, const char *text, size_t len)
{
	struct log_head head;

	source->is_judged = true;
	if (!log_parse(text, len, &head))
		return;
	if (head.time > source->time)
		source->time = head.time;
	source->level = head.level;
	source->name = find_name(merge, head.name, head.name_len);
	source->is_copy = source->has_copies && source->name != source->number &&
			  merge->is_file[source->name];
}

/* The line from `at` to `end` is complete. True if it is to be given. */
static bool take_line(struct logmerge *merge, struct source *source, uint64_t end, bool has_newline)
{
	bool is_whole = source->base <= source->at;
	bool was_open = source->is_open, was_given;
	const char *text = is_whole ? source->data + (source->at - source->base) : NULL;

	if (!source->is_judged && !source->is_open)
		judge(merge, source, text, (size_t)(end - source->at));
	source->line = (struct logmerge_line){
		.at = source->at,
		.len = end - source->at,
		.data = text,
		.level = source->level,
		.has_newline = has_newline,
		.is_rest = was_open,
	};
	was_given = !source->is_copy && (end > source->at || has_newline);
	source->is_open = !has_newline;
	source->at = source->seen = end + has_newline;
	if (has_newline)
		source->is_judged = false;
	return was_given;
}

/* Looks for the next line in what is read: true if there is one. */
static bool find_line(struct logmerge *merge, struct source *source)
{
	for (;;) {
		uint64_t read_to = source->base + source->len;
		const char *newline;

		if (source->seen >= read_to)
			return false;
		newline = memchr(source->data + (source->seen - source->base), '\n',
			(size_t)(read_to - source->seen));
		if (newline) {
			if (take_line(merge, source,
				    source->base + (uint64_t)(newline - source->data), true))
				return true;
			continue;
		}
		if (!source->is_judged && !source->is_open && source->at >= source->base &&
			read_to - source->at >= LOG_HEAD_MAX)
			judge(merge, source, source->data + (source->at - source->base),
				LOG_HEAD_MAX);
		source->seen = read_to;
		return false;
	}
}

/* Reads on until the source has a line or nothing more. */
static enum logmerge_state fill(
	struct logmerge *merge, uint32_t file, bool is_final, size_t *patience, struct err *err)
{
	struct source *source = &merge->sources[file];

	while (!source->has_line) {
		ssize_t got;

		if (find_line(merge, source)) {
			source->has_line = true;
			break;
		}
		if (*patience == 0)
			return LOGMERGE_BUSY;
		if (source->is_dry)
			got = 0;
		else {
			make_room(merge, source);
			got = merge->read(merge->ctx, file, source->base + source->len,
				source->data + source->len, source->cap - source->len, err);
		}
		if (got < 0)
			return LOGMERGE_FAILED;
		source->len += (size_t)got;
		*patience -= (size_t)got < *patience ? (size_t)got : *patience;
		if (got > 0)
			continue;
		source->is_dry = true;
		if (!is_final || source->seen <= source->at ||
			!take_line(merge, source, source->seen, false))
			return LOGMERGE_DRY;
		source->has_line = true;
	}
	source->line.file = file;
	return LOGMERGE_LINE;
}

/* A dry source needs its buffer no more, unless a line has begun in it. */
static void rest(struct source *source)
{
	uint64_t read_to = source->base + source->len;

	if (source->at < read_to)
		return;
	free(source->data);
	source->data = NULL;
	source->base = read_to;
	source->len = source->cap = 0;
}

enum logmerge_state logmerge_next(
	struct logmerge *merge, bool is_final, struct logmerge_line *line, struct err *err)
{
	size_t patience = PATIENCE;

	if (merge->last != UINT32_MAX) {
		merge->sources[merge->last].has_line = false;
		list_idle(merge, merge->last);
		merge->last = UINT32_MAX;
	}
	while (merge->idle_count) {
		uint32_t file = merge->idle[merge->idle_count - 1];
		enum logmerge_state state = fill(merge, file, is_final, &patience, err);

		if (state == LOGMERGE_BUSY || state == LOGMERGE_FAILED)
			return state;
		merge->idle_count--;
		merge->sources[file].is_listed = false;
		if (state == LOGMERGE_LINE)
			heap_push(merge, file);
		else
			rest(&merge->sources[file]);
	}
	if (!merge->heap_count)
		return LOGMERGE_DRY;
	merge->last = merge->heap[0];
	*line = merge->sources[merge->last].line;
	heap_pop(merge);
	return LOGMERGE_LINE;
}
