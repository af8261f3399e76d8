/* A stage's history are its successful attempts in the records of earlier runs, the newest 20 of
 * which are read, at the end of a run and only if a stage took at least a second or made at least 1
 * MiB. With three attempts or more, twice their median and a second, or 1 MiB, above it is worth a
 * remark. */
#include "view/files/files.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/name.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "record/manifest/attempt.h"
#include "record/runs/past.h"
#include "view/files/runrecord_part.h"
#include "view/words/words.h"

#define RECORDS_MAX 20
#define RECORD_BYTES_MAX ((uint64_t)8 << 20) /* a larger one is passed over */
#define TOTAL_BYTES_MAX ((uint64_t)32 << 20)
#define ATTEMPTS_MIN 3
#define FACTOR_MIN 2
#define SECONDS_MIN 1.0     /* above the median */
#define BYTES_MIN 1048576.0 /* the same */
#define FACTOR_MAX 1000     /* a larger one says nothing: the median is told */
#define REMARKS_MAX 10

/* A stage that succeeded in this run, and what its earlier attempts were. */
struct candidate {
	uint32_t stage;
	double seconds, bytes;
	double past_seconds[RECORDS_MAX], past_bytes[RECORDS_MAX];
	uint32_t past_count;
};

struct history {
	struct listener listener;
	struct candidate *candidates;
	uint32_t count, cap;
	struct arena arena; /* of the remarks */
	const char *remarks[REMARKS_MAX + 1];
	uint32_t remark_count; /* also of those that are not told */
};

static double output_bytes(const struct attempt *attempt)
{
	uint32_t count = 0;
	double bytes = 0;

	/* as many as a record lists */
	for (uint32_t i = 0; i < attempt->file_count && count < RUNRECORD_FILES_MAX; i++) {
		if (attempt->files[i].role != ROLE_OUTPUT)
			continue;
		bytes += (double)attempt->files[i].size;
		count++;
	}
	return bytes;
}

static void note(struct history *history, const struct run_event *event)
{
	struct candidate candidate = {
		.stage = event->stage,
		.seconds = event->attempt->duration_seconds,
		.bytes = output_bytes(event->attempt),
	};

	/* how long it takes to restore a result is nothing about the stage */
	if (event->attempt->restored ||
		(candidate.seconds < SECONDS_MIN && candidate.bytes < BYTES_MIN))
		return;
	MEM_PUSH(history->candidates, history->count, history->cap, candidate);
}

static void take_past(struct history *history, const struct map *by_name, const json *event)
{
	const json *outputs = json_get(event, "outputs");
	struct candidate *candidate;
	struct buf name BUF_LOCAL = {0};
	double bytes = 0;
	uint32_t at;

	name_from_json(&name, json_get_str(event, "stage", ""));
	at = map_get(by_name, buf_text(&name));
	if (at == NONE || json_get(event, "restored_from"))
		return;
	candidate = &history->candidates[at];
	if (candidate->past_count == RECORDS_MAX)
		return;
	for (const json *row = json_is(outputs, JSON_ARRAY) ? json_first(outputs) : NULL; row;
		row = json_next(row))
		bytes += json_num(json_next(json_next(json_first(row))), 0);
	candidate->past_seconds[candidate->past_count] = json_get_num(event, "seconds", 0);
	candidate->past_bytes[candidate->past_count] = bytes;
	candidate->past_count++;
}

/* Whole lines about stages that are done; all others are passed over unread. False if there are
 * none. */
static bool take_record(struct history *history, const struct map *by_name, const struct buf *text)
{
	const char *line = buf_text(text), *end;
	size_t left = text->len;
	bool has_done = false;

	for (; (end = memchr(line, '\n', left)); line = end + 1) {
		size_t len = (size_t)(end - line);

		left -= len + 1;
		if (past_line_is(line, len, "done")) {
			json *event JSON_LOCAL = json_parse(line, len, NULL);

			has_done = true;
			if (event)
				take_past(history, by_name, event);
		}
	}
	return has_done;
}

/* Records that cannot be read tell nothing: a remark less is no harm. */
static void read_past(struct history *history, const struct run_event *event)
{
	struct arena arena ARENA_LOCAL = {0};
	struct map by_name MAP_LOCAL = {0};
	struct past_entry *entries;
	uint32_t count = 0, read = 0;
	uint64_t total = 0;

	for (uint32_t i = 0; i < history->count; i++)
		map_put(&by_name, stage_name(event->graph, history->candidates[i].stage), i);
	past_list(&arena, graph_text(event->graph, event->graph->job_dir), &entries, &count, NULL);
	for (uint32_t i = count; i-- > 0 && read < RECORDS_MAX && total < TOTAL_BYTES_MAX;) {
		const char *path = entries[i].record_path;
		struct buf text BUF_LOCAL = {0};

		if (!path || strcmp(entries[i].run, event->run_id) == 0)
			continue;
		if (fs_read(path, RECORD_BYTES_MAX, &text, NULL) == 0 &&
			take_record(history, &by_name, &text)) {
			total += text.len;
			read++;
		}
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, uint32_t count)
{
	qsort(values, count, sizeof *values, by_size);
	if (count % 2)
		return values[count / 2];
	return (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void remark(struct history *history, const struct graph *graph,
	const struct candidate *candidate, double value, double usual, bool is_time)
{
	void (*add)(struct buf * out, double amount) = is_time ? text_add_duration : text_add_size;
	struct buf text BUF_LOCAL = {0};

	if (history->remark_count++ >= REMARKS_MAX)
		return;
	style_text(&text, stage_name(graph, candidate->stage));
	buf_str(&text, is_time ? " took " : " made ");
	add(&text, value);
	if (value < FACTOR_MAX * usual) {
		buf_fmt(&text, ", %.1f times its median", value / usual);
	} else {
		buf_str(&text, ", and ");
		add(&text, usual);
		buf_str(&text, " in the median");
	}
	buf_fmt(&text, " of %u runs", candidate->past_count);
	history->remarks[history->remark_count - 1] =
		arena_strdup(&history->arena, buf_text(&text));
}

static bool is_unusual(double value, double usual, double least)
{
	return value >= FACTOR_MIN * usual && value - usual >= least;
}

static void judge(struct history *history, const struct graph *graph)
{
	for (uint32_t i = 0; i < history->count; i++) {
		struct candidate *candidate = &history->candidates[i];
		uint32_t count = candidate->past_count;
		double seconds, bytes;

		if (count < ATTEMPTS_MIN)
			continue;
		seconds = median(candidate->past_seconds, count);
		bytes = median(candidate->past_bytes, count);
		if (is_unusual(candidate->seconds, seconds, SECONDS_MIN))
			remark(history, graph, candidate, candidate->seconds, seconds, true);
		if (is_unusual(candidate->bytes, bytes, BYTES_MIN))
			remark(history, graph, candidate, candidate->bytes, bytes, false);
	}
	if (history->remark_count > REMARKS_MAX)
		history->remarks[REMARKS_MAX] = arena_fmt(&history->arena,
			"… and %u more like these", history->remark_count - REMARKS_MAX);
}

static void hear(void *ctx, const struct run_event *event)
{
	struct history *history = ctx;

	if (event->kind == STAGE_DONE)
		note(history, event);
	if (event->kind != RUN_END || !history->count)
		return;
	read_past(history, event);
	judge(history, event->graph);
}

static void history_free(void *ctx)
{
	struct history *history MEM_LOCAL = ctx;

	free(history->candidates);
	arena_free(&history->arena);
}

struct history *history_new(void)
{
	struct history *history = mem_alloc(sizeof *history);

	history->listener = (struct listener){.hear = hear, .free = history_free, .ctx = history};
	return history;
}

struct listener *history_listener(struct history *history)
{
	return &history->listener;
}

uint32_t history_remarks(const struct history *history, const char *const **remarks)
{
	*remarks = history ? history->remarks : NULL;
	if (!history)
		return 0;
	return history->remark_count > REMARKS_MAX ? REMARKS_MAX + 1 : history->remark_count;
}
