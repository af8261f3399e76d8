/* restage.status/1
 *
 *	pipeline, job, job_dir   strings
 *	running    null, or who runs this job now ("pid 1234 since ...")
 *	counts     {"up_to_date", "out_of_date", "may_run", "disabled"}: numbers; out of date are also those
 *	           that never ran, failed, were interrupted, or are running
 *	may_change only where lists that stages make say which instances there are: {"stage", "instances":
 *	           how many there are now, "made_by": a stage whose run may change that}
 *	stages     selected ones in order of definition: {"name", "number", "dir", "state": "up_to_date" |
 *	           "out_of_date" | "never_ran" | "failed" | "interrupted" | "may_run" | "disabled" |
 *	           "running", "reasons": see attempt.h, "cause": name of a stage that it waits for, or null,
 *	           "skip_reason": string or null, "last": see json_doc.h, "warning_count" of the last
 *	           attempt, "warnings": the first hundred:
 *	           {"message", "log_line": line of the stage's log, or null}}
 *
 * restage.plan/1, of run -n
 *
 *	pipeline, job, job_dir
 *	may_change as above
 *	counts     as above, with "restore": stages that are out of date and would not run, since their
 *	           results are in the shared cache, not counted as out_of_date; and "unknown": stages that
 *	           will or may run and have no earlier duration
 *	seconds    {"run", "may_run"}: what they took before, as far as known; "restore": what those took
 *	           where they were made
 *	stages     those that will or may run, in the order in which they would start: {"name", "action":
 *	           "run" | "restore" | "may_run" | "running", "reasons", "cause", "command", "before":
 *	           {"duration_seconds", "memory_mb"} or null, and of one that is restored "restored_from":
 *	           as in the manifest, pipeline and stage null: only who takes the result knows them} */
#include "view/answer/answer.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/command/command.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/manifest/attempt.h"
#include "run/ask/plan.h"
#include "view/answer/json_doc.h"
#include "view/words/words.h"

#define WARNINGS_SHOWN 10 /* of one stage */
#define NAME_COLUMNS 40   /* a longer name pushes its own line only */

static size_t name_columns(const struct plan *plan)
{
	size_t widest = 0;

	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		if (plan->stages[i].state != PLAN_NOT_SELECTED)
			widest = width_widest(widest, stage_name(plan->graph, i));
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

/* What follows from why it is out of date, where it is not run for that. */
static void add_origin(struct buf *out, const struct attempt_origin *restored)
{
	struct attempt_origin origin = *restored;

	origin.seconds = -1; /* it stands before the reason */
	buf_str(out, out->len ? "; from " : "from ");
	outcome_origin(out, &origin);
}

static void add_reason(struct buf *out, const struct plan *plan, uint32_t stage, bool color)
{
	enum style_tone tone = plan->stages[stage].state == PLAN_RUN ? TONE_PLAIN : TONE_FAINT;
	struct buf reason BUF_LOCAL = {0};

	plan_reason(&reason, plan, stage);
	if (plan->stages[stage].restored)
		add_origin(&reason, plan->stages[stage].restored);
	if (reason.len) {
		style_begin(out, color, tone);
		buf_add(out, reason.data, reason.len);
		style_end(out, color, tone);
	}
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
	struct arena arena ARENA_LOCAL = {0};
	const char *path = stage_path(&arena, dir, STAGE_LOG_FILE);
	const struct record *record = stage->record;
	const uint32_t *lines = record->warnings_listed ? warned_lines(&arena, dir, record) : NULL;

	for (uint32_t i = 0; i < record->warnings_listed && i < WARNINGS_SHOWN; i++) {
		buf_str(out, "    ");
		style_add(out, color, TONE_WARN, "warning");
		buf_str(out, ": ");
		style_text(out, record->warnings[i]);
		buf_str(out, " (");
		style_text(out, path);
		if (lines[i])
			buf_fmt(out, ":%u", lines[i]);
		buf_str(out, ")\n");
	}
	if (record->warning_count > WARNINGS_SHOWN) {
		buf_str(out, "    and ");
		outcome_plural(out, record->warning_count - WARNINGS_SHOWN, "more warning");
		buf_str(out, ": restage logs ");
		style_text(out, stage_name(plan->graph, id));
		buf_str(out, " --level warning\n");
	}
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
	lists_text(out, plan);
	add_counts(out, plan);
}

/* "4.2s, 312.0 MB" of its last success; nothing if it had none. Of one that is restored, of where
 * it was made. */
static void add_before(struct buf *out, const struct plan_stage *stage)
{
	const struct record_success *success = &stage->record->success;

	if (stage->restored && stage->restored->seconds >= 0)
		text_add_duration(out, stage->restored->seconds);
	if (stage->restored || !success->is_known)
		return;
	text_add_duration(out, success->duration_seconds);
	if (success->memory_mb > 0) {
		buf_str(out, ", ");
		text_add_size(out, success->memory_mb * 1048576);
	}
}

static void add_sum(struct buf *out, const struct plan *plan)
{
	uint32_t pending = plan->run_count + plan->restored_count + plan->may_count;

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
	if (plan->restored_count) {
		buf_fmt(out, ", %u to restore", plan->restored_count);
		if (plan->restored_seconds > 0) {
			buf_str(out, " (saves ");
			text_add_duration(out, plan->restored_seconds);
			buf_char(out, ')');
		}
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
	size_t actions = plan->restored_count ? sizeof "restore  " - 1 : sizeof "run  " - 1;
	struct buf before BUF_LOCAL = {0};

	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		uint32_t id = plan->graph->order[i];
		const struct plan_stage *stage = &plan->stages[id];
		bool may = stage->state == PLAN_MAY_RUN;

		if (stage->state != PLAN_RUN && stage->state != PLAN_RUNNING && !may)
			continue;
		buf_reset(&before);
		add_before(&before, stage);
		add_cell(out, color,
			may               ? TONE_MAYBE
			: stage->restored ? TONE_GOOD
					  : TONE_WARN,
			may               ? "may"
			: stage->restored ? "restore"
					  : "run",
			actions);
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
	lists_text(out, plan);
	add_sum(out, plan);
}

static void write_cause(
	struct json_writer *w, const struct plan *plan, const struct plan_stage *stage)
{
	bool is_pending = stage->state == PLAN_RUN || stage->state == PLAN_MAY_RUN;
	uint32_t cause = stage->failure != NONE ? stage->failure : stage->cause;
	bool is_known = is_pending && cause != NONE;

	json_write_name(w, "cause", is_known ? stage_name(plan->graph, cause) : NULL);
}

static void write_counts(struct json_writer *w, const struct plan *plan, bool is_of_plan)
{
	json_write_object(w, "counts");
	json_write_num(w, "up_to_date", plan->fresh_count);
	json_write_num(w, "out_of_date", plan->run_count);
	json_write_num(w, "may_run", plan->may_count);
	json_write_num(w, "disabled", plan->disabled_count);
	if (is_of_plan) {
		json_write_num(w, "restore", plan->restored_count);
		json_write_num(w, "unknown", plan->unknown_count);
	}
	json_write_end(w);
}

static void write_warnings(struct json_writer *w, const struct plan_stage *stage, const char *dir)
{
	const struct record *record = stage->record;
	struct arena arena ARENA_LOCAL = {0};
	const uint32_t *lines = record->warnings_listed ? warned_lines(&arena, dir, record) : NULL;

	json_write_num(w, "warning_count", (double)record->warning_count);
	json_write_array(w, "warnings");
	for (uint32_t i = 0; i < record->warnings_listed; i++) {
		json_write_object(w, NULL);
		json_write_str(w, "message", record->warnings[i]);
		json_write_known(w, "log_line", lines[i] ? lines[i] : -1.0);
		json_write_end(w);
	}
	json_write_end(w);
}

static void write_status(struct json_writer *w, const struct plan *plan, uint32_t id)
{
	const struct graph *graph = plan->graph;
	const struct plan_stage *stage = &plan->stages[id];
	const char *dir = stage->dir ? stage->dir : graph_text(graph, graph->stages[id].dir);
	bool is_disabled = stage->state == PLAN_DISABLED;

	json_write_object(w, NULL);
	json_write_name(w, "name", stage_name(graph, id));
	json_write_num(w, "number", graph->stages[id].number);
	json_write_name(w, "dir", dir);
	json_write_str(w, "state", plan_look(stage)->name);
	manifest_write_reasons(w, stage->verdict.reasons, stage->verdict.reason_count);
	write_cause(w, plan, stage);
	json_write_name(w, "skip_reason",
		is_disabled ? graph_text(graph, graph->stages[id].skip_reason) : NULL);
	json_doc_last(w, stage->record);
	write_warnings(w, stage, dir);
	json_write_end(w);
}

void json_status(struct buf *out, const struct plan *plan)
{
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.status/1");
	json_doc_job(&w, plan->graph);
	json_write_str(&w, "running", plan->is_job_running ? plan->run_holder : NULL);
	write_counts(&w, plan, false);
	json_lists(&w, plan);
	json_write_rows(&w, "stages");
	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		if (plan->stages[i].state != PLAN_NOT_SELECTED)
			write_status(&w, plan, i);
	}
	json_write_end(&w);
	json_write_finish(&w);
}

static void write_before(struct json_writer *w, const struct record_success *success)
{
	if (!success->is_known) {
		json_write_null(w, "before");
		return;
	}
	json_write_object(w, "before");
	json_write_num(w, "duration_seconds", success->duration_seconds);
	json_write_known(w, "memory_mb", success->memory_mb > 0 ? success->memory_mb : -1);
	json_write_end(w);
}

static void write_step(struct json_writer *w, const struct plan *plan, uint32_t id)
{
	const struct plan_stage *stage = &plan->stages[id];
	struct buf command BUF_LOCAL = {0};

	command_expand(plan->graph, id, NULL, &command);
	json_write_object(w, NULL);
	json_write_name(w, "name", stage_name(plan->graph, id));
	json_write_str(w, "action",
		stage->restored                ? "restore"
		: stage->state == PLAN_RUN     ? "run"
		: stage->state == PLAN_MAY_RUN ? "may_run"
					       : "running");
	manifest_write_reasons(w, stage->verdict.reasons, stage->verdict.reason_count);
	write_cause(w, plan, stage);
	json_write_name(w, "command", buf_text(&command));
	json_doc_dir(w, plan->graph, id);
	write_before(w, &stage->record->success);
	if (stage->restored)
		manifest_write_origin(w, stage->restored);
	json_write_end(w);
}

void json_plan(struct buf *out, const struct plan *plan)
{
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.plan/1");
	json_doc_job(&w, plan->graph);
	write_counts(&w, plan, true);
	json_lists(&w, plan);
	json_write_object(&w, "seconds");
	json_write_num(&w, "run", plan->run_seconds);
	json_write_num(&w, "may_run", plan->may_seconds);
	json_write_num(&w, "restore", plan->restored_seconds);
	json_write_end(&w);
	json_write_rows(&w, "stages");
	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		uint32_t id = plan->graph->order[i];
		enum plan_state state = plan->stages[id].state;

		if (state == PLAN_RUN || state == PLAN_MAY_RUN || state == PLAN_RUNNING)
			write_step(&w, plan, id);
	}
	json_write_end(&w);
	json_write_finish(&w);
}
