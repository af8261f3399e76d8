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

static void write_link(struct json_writer *w, const struct why *why, const struct why_step *at)
{
	json_write_object(w, NULL);
	json_write_name(w, "stage", stage_name(why->plan->graph, at->stage));
	json_write_str(w, "about", about(why, at));
	json_write_name(w, "file", at->file);
	json_write_name(w, "run", at->is_past ? at->run : NULL);
	json_doc_reasons(w, at->reasons, at->reason_count);
	json_write_end(w);
}

void json_why(struct buf *out, const struct why *why, uint32_t stage)
{
	const struct graph *graph = why->plan->graph;
	struct json_writer w = {.out = out};
	struct why_step at, next;
	bool is_known;

	why_first(why, stage, &at);
	is_known = !at.is_past || at.run;
	json_write_document(&w, "restage.why/1");
	json_doc_job(&w, graph);
	json_write_name(&w, "stage", stage_name(graph, stage));
	json_write_str(&w, "state", plan_look(&why->plan->stages[stage])->name);
	json_write_rows(&w, "chain");
	if (is_known)
		write_link(&w, why, &at);
	for (; is_known && why_next(why, &at, &next); at = next)
		write_link(&w, why, &next);
	json_write_end(&w);
	json_write_name(&w, "root", is_known ? stage_name(graph, at.stage) : NULL);
	json_write_finish(&w);
}
