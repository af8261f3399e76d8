/* restage.status/1
 *
 *	pipeline, job, job_dir   strings
 *	running    null, or who runs this job now ("pid 1234 since ...")
 *	counts     {"up_to_date", "out_of_date", "may_run", "disabled"}: numbers; out of date are also those
 *	           that never ran, failed, were interrupted, or are running
 *	stages     selected ones in order of definition: {"name", "number", "dir", "state": "up_to_date" |
 *	           "out_of_date" | "never_ran" | "failed" | "interrupted" | "may_run" | "disabled" |
 *	           "running", "reasons": see json_doc.h, "cause": name of a stage that it waits for, or null,
 *	           "skip_reason": string or null, "last": see json_doc.h, "warnings": of the last attempt:
 *	           {"message", "log_line": line of the stage's log, or null}}
 *
 * restage.plan/1, of run -n
 *
 *	pipeline, job, job_dir
 *	counts     as above, and "unknown": stages that will or may run and have no earlier duration
 *	seconds    {"run", "may_run"}: what they took before, as far as known
 *	stages     those that will or may run, in the order in which they would start: {"name", "action":
 *	           "run" | "may_run" | "running", "reasons", "cause", "command", "before": {"duration_seconds",
 *	           "memory_mb"} or null} */
#include "base/buf.h"
#include "model/command/command.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/answer/json_doc.h"
#include "view/answer/json_view.h"
#include "view/words/plan_words.h"
#include "view/words/warning_place.h"

static void write_cause(
	struct json_writer *w, const struct plan *plan, const struct plan_stage *stage)
{
	bool is_pending = stage->state == PLAN_RUN || stage->state == PLAN_MAY_RUN;
	bool is_known = is_pending && stage->cause != NONE;

	json_write_name(w, "cause", is_known ? stage_name(plan->graph, stage->cause) : NULL);
}

static void write_counts(struct json_writer *w, const struct plan *plan, bool with_unknown)
{
	json_write_object(w, "counts");
	json_write_num(w, "up_to_date", plan->fresh_count);
	json_write_num(w, "out_of_date", plan->run_count);
	json_write_num(w, "may_run", plan->may_count);
	json_write_num(w, "disabled", plan->disabled_count);
	if (with_unknown)
		json_write_num(w, "unknown", plan->unknown_count);
	json_write_end(w);
}

static void write_warnings(struct json_writer *w, const struct plan_stage *stage, const char *dir)
{
	json_write_array(w, "warnings");
	for (uint32_t i = 0; i < stage->record.warning_count; i++) {
		uint32_t line = warning_line(dir, stage->record.warnings[i]);

		json_write_object(w, NULL);
		json_write_str(w, "message", stage->record.warnings[i]);
		json_write_known(w, "log_line", line ? line : -1.0);
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
	json_doc_reasons(w, stage->verdict.reasons, stage->verdict.reason_count);
	write_cause(w, plan, stage);
	json_write_name(w, "skip_reason",
		is_disabled ? graph_text(graph, graph->stages[id].skip_reason) : NULL);
	json_doc_last(w, &stage->record);
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
	struct buf command = {0};

	command_expand(plan->graph, id, NULL, &command);
	json_write_object(w, NULL);
	json_write_name(w, "name", stage_name(plan->graph, id));
	json_write_str(w, "action",
		stage->state == PLAN_RUN       ? "run"
		: stage->state == PLAN_MAY_RUN ? "may_run"
					       : "running");
	json_doc_reasons(w, stage->verdict.reasons, stage->verdict.reason_count);
	write_cause(w, plan, stage);
	json_write_name(w, "command", buf_text(&command));
	write_before(w, &stage->record.success);
	json_write_end(w);
	buf_free(&command);
}

void json_plan(struct buf *out, const struct plan *plan)
{
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.plan/1");
	json_doc_job(&w, plan->graph);
	write_counts(&w, plan, true);
	json_write_object(&w, "seconds");
	json_write_num(&w, "run", plan->run_seconds);
	json_write_num(&w, "may_run", plan->may_seconds);
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
