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

static json *cause_of(const struct plan *plan, const struct plan_stage *stage)
{
	bool is_pending = stage->state == PLAN_RUN || stage->state == PLAN_MAY_RUN;

	if (!is_pending || stage->cause == NONE)
		return json_null();
	return json_name(stage_name(plan->graph, stage->cause));
}

static json *make_counts(const struct plan *plan)
{
	json *counts = json_object();

	json_put_num(counts, "up_to_date", plan->fresh_count);
	json_put_num(counts, "out_of_date", plan->run_count);
	json_put_num(counts, "may_run", plan->may_count);
	json_put_num(counts, "disabled", plan->disabled_count);
	return counts;
}

static json *make_warnings(const struct plan_stage *stage, const char *dir)
{
	json *list = json_array();

	for (uint32_t i = 0; i < stage->record.warning_count; i++) {
		json *row = json_object();
		uint32_t line = warning_line(dir, stage->record.warnings[i]);

		json_put_str(row, "message", stage->record.warnings[i]);
		json_put(row, "log_line", line ? json_number(line) : json_null());
		json_push(list, row);
	}
	return list;
}

static json *make_status(const struct plan *plan, uint32_t id)
{
	const struct graph *graph = plan->graph;
	const struct plan_stage *stage = &plan->stages[id];
	const char *dir = stage->dir ? stage->dir : graph_text(graph, graph->stages[id].dir);
	bool is_disabled = stage->state == PLAN_DISABLED;
	json *row = json_object();

	json_put_name(row, "name", stage_name(graph, id));
	json_put_num(row, "number", graph->stages[id].number);
	json_put_name(row, "dir", dir);
	json_put_str(row, "state", plan_word(stage).name);
	json_put(row, "reasons", json_reasons(stage->verdict.reasons, stage->verdict.reason_count));
	json_put(row, "cause", cause_of(plan, stage));
	json_put(row, "skip_reason",
		json_path(is_disabled ? graph_text(graph, graph->stages[id].skip_reason) : NULL));
	json_put(row, "last", json_last(&stage->record));
	json_put(row, "warnings", make_warnings(stage, dir));
	return row;
}

void json_status(struct buf *out, const struct plan *plan)
{
	struct json_doc doc;

	json_doc_begin(&doc, out, "restage.status/1");
	json_doc_job(&doc, plan->graph);
	json_doc_put(&doc, "running",
		plan->is_job_running ? json_string(plan->run_holder) : json_null());
	json_doc_put(&doc, "counts", make_counts(plan));
	json_doc_list(&doc, "stages");
	for (uint32_t i = 0; i < plan->graph->stage_count; i++)
		if (plan->stages[i].state != PLAN_NOT_SELECTED)
			json_doc_row(&doc, make_status(plan, i));
	json_doc_list_end(&doc);
	json_doc_end(&doc);
}

static json *make_before(const struct record_success *success)
{
	json *before;

	if (!success->is_known)
		return json_null();
	before = json_object();
	json_put_num(before, "duration_seconds", success->duration_seconds);
	json_put(before, "memory_mb", json_known(success->memory_mb > 0 ? success->memory_mb : -1));
	return before;
}

static json *make_step(const struct plan *plan, uint32_t id)
{
	const struct plan_stage *stage = &plan->stages[id];
	struct buf command = {0};
	json *row = json_object();

	command_expand(plan->graph, id, NULL, &command);
	json_put_name(row, "name", stage_name(plan->graph, id));
	json_put_str(row, "action",
		stage->state == PLAN_RUN       ? "run"
		: stage->state == PLAN_MAY_RUN ? "may_run"
					       : "running");
	json_put(row, "reasons", json_reasons(stage->verdict.reasons, stage->verdict.reason_count));
	json_put(row, "cause", cause_of(plan, stage));
	json_put_name(row, "command", buf_text(&command));
	json_put(row, "before", make_before(&stage->record.success));
	buf_free(&command);
	return row;
}

void json_plan(struct buf *out, const struct plan *plan)
{
	json *counts = make_counts(plan), *seconds = json_object();
	struct json_doc doc;

	json_put_num(counts, "unknown", plan->unknown_count);
	json_put_num(seconds, "run", plan->run_seconds);
	json_put_num(seconds, "may_run", plan->may_seconds);
	json_doc_begin(&doc, out, "restage.plan/1");
	json_doc_job(&doc, plan->graph);
	json_doc_put(&doc, "counts", counts);
	json_doc_put(&doc, "seconds", seconds);
	json_doc_list(&doc, "stages");
	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		uint32_t id = plan->graph->order[i];
		enum plan_state state = plan->stages[id].state;

		if (state == PLAN_RUN || state == PLAN_MAY_RUN || state == PLAN_RUNNING)
			json_doc_row(&doc, make_step(plan, id));
	}
	json_doc_list_end(&doc);
	json_doc_end(&doc);
}
