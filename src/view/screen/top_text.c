/* The listing of `restage top`:
 *
 *	subtitles, job talk, run 20251127_140915, pid 1234 on host since 2025-11-27 14:09:15
 *
 *	STAGE      TIME  BEFORE   MEMORY   CPU
 *	demux    1m 02s     58s  45.3 MB   99%   42%  decoding
 *	asr         12s       -   1.2 GB  180%
 *
 *	queued: mux (PartitionConfig), 9 (Priority)
 *	[12/40] 2 running, 10 queued, 1 failed, ETA 1m 05s */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "run/engine/listener.h"
#include "view/screen/top.h"
#include "view/words/words.h"

#define NAME_COLUMNS 40
#define FRAME_ROWS 5 /* head, two empty lines, titles, counts */

static void end_line(struct row *row)
{
	while (row->out->len && row->out->data[row->out->len - 1] == ' ')
		row->out->data[--row->out->len] = '\0';
	buf_char(row->out, '\n');
	row->used = 0;
}

/* Right of the columns that end at `to`. */
static void add_right(struct row *row, size_t to, enum style_tone tone, const char *text)
{
	size_t width = width_of(text, strlen(text));

	row_pad(row, to > width ? to - width : 0);
	if (row->used + width > to)
		row_add(row, TONE_PLAIN, " ");
	row_add(row, tone, text);
}

/* The same with a figure that was made, or "-"; empties it. */
static void add_figure(struct row *row, size_t to, enum style_tone tone, struct buf *figure)
{
	add_right(row, to, tone, figure->len ? buf_text(figure) : "-");
	buf_reset(figure);
}

static const struct past_sample *last_sample(const struct past_attempt *attempt)
{
	return attempt->sample_count ? &attempt->samples[attempt->sample_count - 1] : NULL;
}

/* How wide the column of GPUs is: there is none if no stage uses one. */
static size_t gpu_columns(const struct past_run *log)
{
	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct past_sample *last = last_sample(&log->attempts[i]);
		if (log->attempts[i].state == PAST_RUNNING && last && last->gpu_percent >= 0)
			return 7;
	}
	return 0;
}

static void add_stage(
	struct row *row, const struct top *top, const struct past_attempt *attempt, size_t names)
{
	const struct past_stage *stage = &top->log->stages[attempt->stage_index];
	const struct past_sample *last = last_sample(attempt);
	size_t gpus = gpu_columns(top->log);
	struct buf text BUF_LOCAL = {0};

	row_add_name(row, attempt->stage, names);
	row_seconds(&text, top->now - attempt->start);
	add_figure(row, names + 9, TONE_MAYBE, &text);
	if (attempt->before_seconds >= 0)
		row_seconds(&text, attempt->before_seconds);
	add_figure(row, names + 18, TONE_PLAIN, &text);
	if (last && last->memory_mb >= 0)
		text_add_size(&text, last->memory_mb * 1048576);
	add_figure(row, names + 29, TONE_PLAIN, &text);
	if (last && last->cpu_percent >= 0)
		buf_fmt(&text, "%.0f%%", last->cpu_percent);
	add_figure(row, names + 36, TONE_PLAIN, &text);
	if (last && last->gpu_percent >= 0)
		buf_fmt(&text, "%.0f%%", last->gpu_percent);
	if (gpus)
		add_figure(row, names + 36 + gpus, TONE_PLAIN, &text);
	if (stage->fraction >= 0) {
		buf_fmt(&text, "%d%%", (int)(stage->fraction * 100));
		add_figure(row, names + 42 + gpus, TONE_PLAIN, &text);
	}
	if (stage->progress && *stage->progress) {
		row_add(row, TONE_PLAIN, "  ");
		row_add(row, TONE_FAINT, stage->progress);
	}
	if (attempt->host) {
		row_add(row, TONE_PLAIN, "  on ");
		row_add(row, TONE_PLAIN, attempt->host);
	}
	end_line(row);
}

static void add_titles(struct row *row, size_t names, size_t gpus)
{
	row_add(row, TONE_FAINT, "STAGE");
	add_right(row, names + 9, TONE_FAINT, "TIME");
	add_right(row, names + 18, TONE_FAINT, "BEFORE");
	add_right(row, names + 29, TONE_FAINT, "MEMORY");
	add_right(row, names + 36, TONE_FAINT, "CPU");
	if (gpus)
		add_right(row, names + 36 + gpus, TONE_FAINT, "GPU");
	end_line(row);
}

static size_t name_columns(const struct past_run *log, bool is_limited)
{
	size_t widest = strlen("STAGE");

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		struct buf clean BUF_LOCAL = {0};
		size_t columns;

		if (log->attempts[i].state != PAST_RUNNING)
			continue;
		style_text(&clean, log->attempts[i].stage);
		columns = width_of(buf_text(&clean), clean.len);
		if (columns > widest)
			widest = columns;
	}
	return is_limited && widest > NAME_COLUMNS ? NAME_COLUMNS : widest;
}

static void add_stages(struct row *row, const struct top *top, uint32_t running, unsigned rows)
{
	const struct past_run *log = top->log;
	size_t names = name_columns(log, row->columns != SIZE_MAX);
	uint32_t room = running, shown = 0;
	struct buf rest BUF_LOCAL = {0};

	/* a line tells of the others */
	if (rows && running + FRAME_ROWS > rows)
		room = rows > FRAME_ROWS + 1 ? rows - FRAME_ROWS - 1 : 0;
	add_titles(row, names, gpu_columns(log));
	for (uint32_t i = 0; i < log->attempt_count && shown < room; i++) {
		if (log->attempts[i].state != PAST_RUNNING)
			continue;
		add_stage(row, top, &log->attempts[i], names);
		shown++;
	}
	if (shown < running && (!rows || rows > FRAME_ROWS)) {
		buf_fmt(&rest, "… and %u more", running - shown);
		row_add(row, TONE_FAINT, buf_text(&rest));
		end_line(row);
	}
}

static void add_head(struct row *row, const struct top *top)
{
	struct buf text BUF_LOCAL = {0};

	row_add(row, TONE_STRONG, graph_text(top->graph, top->graph->pipeline));
	buf_fmt(&text, ", job %s, run %s, %s", graph_text(top->graph, top->graph->job),
		top->log->run, top->who);
	row_add(row, TONE_PLAIN, buf_text(&text));
	end_line(row);
}

static uint32_t total(const json *totals, const char *name)
{
	return (uint32_t)json_get_num(totals, name, 0);
}

static void add_outcome(struct buf *out, const struct past_run *log)
{
	struct run_totals totals = {.selected = log->selected};

	if (!log->has_ended) {
		buf_str(out, "was killed");
		return;
	}
	buf_fmt(out, "ended (%s)", log->outcome ? log->outcome : "error");
	if (!log->totals)
		return;
	totals.ran = total(log->totals, "ran");
	totals.fresh = total(log->totals, "fresh");
	totals.skipped = total(log->totals, "skipped");
	totals.failed = total(log->totals, "failed");
	totals.blocked = total(log->totals, "blocked");
	totals.interrupted = total(log->totals, "interrupted");
	totals.allowed_failures = total(log->totals, "allowed_failures");
	buf_str(out, ": ");
	outcome_counts(out, &totals);
	buf_str(out, " in ");
	text_add_duration(out, log->seconds);
}

/* That no run goes on, and how the last one ended: one line without its newline. */
static void top_end_text(struct buf *out, const struct top *top)
{
	const char *job = graph_text(top->graph, top->graph->job);

	if (top->who) {
		buf_fmt(out, "job '%s' is held by %s, which has begun no run yet", job, top->who);
		return;
	}
	buf_fmt(out, "no run of job '%s' is going on", job);
	if (top->log && top->log->has_begun) {
		buf_fmt(out, "; the last one, %s, ", top->log->run);
		add_outcome(out, top->log);
	} else {
		buf_str(out, "; it was never run");
	}
}

static void add_queued(struct row *row, const struct top *top)
{
	struct queued queued = {0};
	struct buf text BUF_LOCAL = {0};

	for (uint32_t i = 0; i < top->log->stage_count; i++) {
		const struct past_stage *stage = &top->log->stages[i];
		if (stage->is_queued)
			queued_add(&queued, stage->queued_for, stage->name);
	}
	buf_str(&text, "queued: ");
	queued_text(&queued, &text);
	row_add(row, TONE_PLAIN, buf_text(&text));
	end_line(row);
	queued_free(&queued);
}

void top_text(struct buf *out, const struct top *top, bool color, unsigned columns, unsigned rows)
{
	struct row row = {.out = out, .columns = columns ? columns : SIZE_MAX, .color = color};
	struct row_counts counts;
	struct buf text BUF_LOCAL = {0};

	if (!top_is_running(top)) {
		top_end_text(&text, top);
		row_add(&row, TONE_PLAIN, buf_text(&text));
		end_line(&row);
		return;
	}
	top_count(top, &counts);
	add_head(&row, top);
	if (counts.running) {
		buf_char(out, '\n');
		add_stages(&row, top, counts.running, rows && counts.queued ? rows - 1 : rows);
	}
	buf_char(out, '\n');
	if (counts.queued)
		add_queued(&row, top);
	row_counts(&row, &counts);
	end_line(&row);
}
