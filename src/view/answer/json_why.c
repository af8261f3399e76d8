/* restage.why/1
 *
 *	pipeline, job, job_dir   strings
 *	stage      name
 *	state      as in restage.status/1
 *	chain      from the stage to the root cause: {"stage", "about": "will_run" | "may_run" | "running" |
 *	           "last_run", "file": the path by which the link before it depends on this one, or null,
 *	           "run": id of the run, or null unless about the last run, "reasons": see json_doc.h};
 *	           empty where nothing is known
 *	root       name of the last stage in the chain, or null */
#include "base/buf.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/answer/json_doc.h"
#include "view/answer/json_view.h"
#include "view/answer/why_text.h"
#include "view/words/plan_words.h"

static const char *about(const struct why *why, const struct why_step *at)
{
	if (at->is_past)
		return "last_run";
	switch (why->plan->stages[at->stage].state) {
	case PLAN_MAY_RUN:
		return "may_run";
	case PLAN_RUNNING:
		return "running";
	default:
		return "will_run";
	}
}

static json *make_link(const struct why *why, const struct why_step *at)
{
	json *row = json_object();

	json_put_name(row, "stage", stage_name(why->plan->graph, at->stage));
	json_put_str(row, "about", about(why, at));
	json_put(row, "file", json_path(at->file));
	json_put(row, "run", at->is_past ? json_path(at->run) : json_null());
	json_put(row, "reasons", json_reasons(at->reasons, at->reason_count));
	return row;
}

void json_why(struct buf *out, const struct why *why, uint32_t stage)
{
	const struct graph *graph = why->plan->graph;
	struct why_step at, next;
	struct json_doc doc;
	bool is_known;

	why_first(why, stage, &at);
	is_known = !at.is_past || at.run;
	json_doc_begin(&doc, out, "restage.why/1");
	json_doc_job(&doc, graph);
	json_doc_put(&doc, "stage", json_name(stage_name(graph, stage)));
	json_doc_put(&doc, "state", json_string(plan_word(&why->plan->stages[stage]).name));
	json_doc_list(&doc, "chain");
	if (is_known)
		json_doc_row(&doc, make_link(why, &at));
	for (; is_known && why_next(why, &at, &next); at = next)
		json_doc_row(&doc, make_link(why, &next));
	json_doc_list_end(&doc);
	json_doc_put(&doc, "root", is_known ? json_name(stage_name(graph, at.stage)) : json_null());
	json_doc_end(&doc);
}
