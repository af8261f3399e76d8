#include "view/answer/status_text.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "run/ask/plan.h"
#include "view/words/outcome.h"
#include "view/words/plan_words.h"
#include "view/words/warning_place.h"
#include "view/words/width.h"

#define NAME_COLUMNS 40 /* a longer name pushes its own line only */

static size_t name_columns(const struct plan *plan)
{
	size_t widest = 0;

	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		const char *name = stage_name(plan->graph, i);
		size_t columns;

		if (plan->stages[i].state == PLAN_NOT_SELECTED)
			continue;
		columns = width_of(name, strlen(name));
		if (columns > widest)
			widest = columns;
	}
	return widest < NAME_COLUMNS ? widest : NAME_COLUMNS;
}

/* A text in a tone, filled up to a width. */
static void add_cell(
	struct buf *out, bool color, enum style_tone tone, const char *text, size_t columns)
{
	style_add(out, color, tone, text);
	width_pad(out, width_of(text, strlen(text)), columns);
}

static void add_reason(struct buf *out, const struct plan *plan, uint32_t stage, bool color)
{
	enum style_tone tone = plan->stages[stage].state == PLAN_RUN ? TONE_PLAIN : TONE_FAINT;
	struct buf reason = {0};

	plan_reason(&reason, plan, stage);
	if (reason.len) {
		style_begin(out, color, tone);
		buf_add(out, reason.data, reason.len);
		style_end(out, color, tone);
	}
	buf_free(&reason);
}

/* Takes blanks off the end of the line and ends it. */
static void end_line(struct buf *out)
{
	while (out->len && out->data[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
}

static void add_count(struct buf *out, uint32_t count, const char *what, const char **comma)
{
	if (!count)
		return;
	buf_fmt(out, "%s%u %s", *comma, count, what);
	*comma = ", ";
}

static void add_counts(struct buf *out, const struct plan *plan)
{
	uint32_t running = 0;
	const char *comma = ": ";

	for (uint32_t i = 0; i < plan->graph->stage_count; i++)
		running += plan->stages[i].state == PLAN_RUNNING;
	outcome_plural(out,
		plan->run_count + plan->may_count + plan->fresh_count + plan->disabled_count,
		"stage");
	add_count(out, plan->fresh_count, "up to date", &comma);
	add_count(out, plan->run_count - running, "out of date", &comma);
	add_count(out, plan->may_count, "may run", &comma);
	add_count(out, running, "running", &comma);
	add_count(out, plan->disabled_count, "disabled", &comma);
	if (plan->is_job_running) {
		buf_str(out, "; a run is going on");
		if (*plan->run_holder) {
			buf_str(out, ", ");
			style_text(out, plan->run_holder);
		}
	}
	buf_char(out, '\n');
}

/* Warnings of the last attempt stand until the next one, each with its place in the log. */
static void add_warnings(struct buf *out, const struct plan *plan, uint32_t id, bool color)
{
	const struct plan_stage *stage = &plan->stages[id];
	const char *dir =
		stage->dir ? stage->dir : graph_text(plan->graph, plan->graph->stages[id].dir);
	struct arena arena = {0};
	const char *path = stage_path(&arena, dir, STAGE_LOG_FILE);

	for (uint32_t i = 0; i < stage->record.warning_count; i++) {
		const char *message = stage->record.warnings[i];
		uint32_t line = warning_line(dir, message);

		buf_str(out, "    ");
		style_add(out, color, TONE_WARN, "warning");
		buf_str(out, ": ");
		style_text(out, message);
		buf_str(out, " (");
		style_text(out, path);
		if (line)
			buf_fmt(out, ":%u", line);
		buf_str(out, ")\n");
	}
	arena_free(&arena);
}

void status_text(struct buf *out, const struct plan *plan, bool color)
{
	size_t names = name_columns(plan);

	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		const struct plan_stage *stage = &plan->stages[i];
		const struct state_look *look = plan_look(stage);

		if (stage->state == PLAN_NOT_SELECTED)
			continue;
		add_cell(out, color, TONE_STRONG, stage_name(plan->graph, i), names);
		buf_str(out, "  ");
		add_cell(out, color, look->tone, look->text, sizeof "out of date" - 1);
		buf_str(out, "  ");
		add_reason(out, plan, i, color);
		end_line(out);
		add_warnings(out, plan, i, color);
	}
	add_counts(out, plan);
}

/* "4.2s, 312.0 MB" of its last success; nothing if it had none. */
static void add_before(struct buf *out, const struct record_success *success)
{
	if (!success->is_known)
		return;
	text_add_duration(out, success->duration_seconds);
	if (success->memory_mb > 0) {
		buf_str(out, ", ");
		text_add_size(out, success->memory_mb * 1048576);
	}
}

static void add_sum(struct buf *out, const struct plan *plan)
{
	uint32_t pending = plan->run_count + plan->may_count;

	if (!pending) {
		buf_str(out, "nothing to do: ");
		add_counts(out, plan);
		return;
	}
	buf_fmt(out, "%u to run", plan->run_count);
	if (plan->run_seconds > 0) {
		buf_str(out, " (");
		text_add_duration(out, plan->run_seconds);
		buf_str(out, " before)");
	}
	if (plan->may_count) {
		buf_fmt(out, ", %u may run", plan->may_count);
		if (plan->may_seconds > 0) {
			buf_str(out, " (");
			text_add_duration(out, plan->may_seconds);
			buf_str(out, " before)");
		}
	}
	if (plan->fresh_count)
		buf_fmt(out, ", %u up to date", plan->fresh_count);
	if (plan->disabled_count)
		buf_fmt(out, ", %u disabled", plan->disabled_count);
	if (plan->unknown_count)
		buf_fmt(out, "; no earlier duration of %u", plan->unknown_count);
	buf_char(out, '\n');
}

void plan_text(struct buf *out, const struct plan *plan, bool color)
{
	size_t names = name_columns(plan);
	struct buf before = {0};

	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		uint32_t id = plan->graph->order[i];
		const struct plan_stage *stage = &plan->stages[id];
		bool may = stage->state == PLAN_MAY_RUN;

		if (stage->state != PLAN_RUN && stage->state != PLAN_RUNNING && !may)
			continue;
		buf_reset(&before);
		add_before(&before, &stage->record.success);
		style_add(out, color, may ? TONE_MAYBE : TONE_WARN, may ? "may  " : "run  ");
		add_cell(out, color, TONE_STRONG, stage_name(plan->graph, id), names);
		buf_str(out, "  ");
		add_cell(
			out, color, TONE_FAINT, buf_text(&before), sizeof "12m 34s, 1023.9 MB" - 1);
		buf_str(out, "  ");
		if (stage->state == PLAN_RUNNING)
			buf_str(out, "running now");
		else
			add_reason(out, plan, id, color);
		end_line(out);
	}
	add_sum(out, plan);
	buf_free(&before);
}
