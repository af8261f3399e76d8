/* restage.top/1
 *
 *	pipeline, job, job_dir   strings
 *	running    null, or who holds the job's lock ("pid 1234 on host since ...")
 *	run        id of the run that goes on, or null: the others are null too then
 *	seconds    since it began
 *	counts     {"selected", "done", "running", "failed"}: stages; done are those that are settled, whatever
 *	           came of them
 *	eta_seconds  number, or null: not known
 *	stages     that run now, in the order in which they started: {"name", "attempt", "seconds": so far,
 *	           "before_seconds": number or null, "memory_mb": number or null, "cpu_percent": number or null,
 *	           "fraction": 0 to 1 or null, "progress": string or null}
 *	last       without a run: {"run", "outcome": string or null (it was killed)} of the last one, or null */
#include "base/buf.h"
#include "model/graph/graph.h"
#include "view/answer/json_doc.h"
#include "view/screen/top.h"

static json *make_counts(const struct top_counts *counts)
{
	json *object = json_object();

	json_put_num(object, "selected", counts->selected);
	json_put_num(object, "done", counts->done);
	json_put_num(object, "running", counts->running);
	json_put_num(object, "failed", counts->failed);
	return object;
}

/* Milliseconds are exact enough for a look. */
static double rounded(double seconds)
{
	return (double)(int64_t)(seconds * 1000 + 0.5) / 1000;
}

static json *make_stage(const struct top *top, const struct runlog_attempt *attempt)
{
	const struct runlog_stage *stage = &top->log->stages[attempt->stage_index];
	const struct runlog_sample *last =
		attempt->sample_count ? &attempt->samples[attempt->sample_count - 1] : NULL;
	double seconds = top->now - attempt->start;
	json *row = json_object();

	json_put_name(row, "name", attempt->stage);
	json_put_num(row, "attempt", attempt->number);
	json_put_num(row, "seconds", rounded(seconds > 0 ? seconds : 0));
	json_put(row, "before_seconds", json_known(attempt->before_seconds));
	json_put(row, "memory_mb", json_known(last ? last->memory_mb : -1));
	json_put(row, "cpu_percent", json_known(last ? last->cpu_percent : -1));
	json_put(row, "fraction", json_known(stage->fraction));
	json_put_str(row, "progress", stage->progress);
	return row;
}

static json *make_last(const struct top *top)
{
	json *object;

	if (top_is_running(top) || !top->log || !top->log->has_begun)
		return json_null();
	object = json_object();
	json_put_str(object, "run", top->log->run);
	json_put_str(object, "outcome", top->log->outcome);
	return object;
}

void top_json(struct buf *out, const struct top *top)
{
	bool is_running = top_is_running(top);
	struct top_counts counts = {.eta_seconds = -1};
	struct json_doc doc;

	if (is_running)
		top_count(top, &counts);
	json_doc_begin(&doc, out, "restage.top/1");
	json_doc_job(&doc, top->graph);
	json_doc_put(&doc, "running", top->who ? json_string(top->who) : json_null());
	json_doc_put(&doc, "run", is_running ? json_string(top->log->run) : json_null());
	json_doc_put(&doc, "seconds", json_known(is_running ? rounded(top->now) : -1));
	json_doc_put(&doc, "counts", is_running ? make_counts(&counts) : json_null());
	json_doc_put(&doc, "eta_seconds",
		json_known(counts.eta_seconds < 0 ? -1 : rounded(counts.eta_seconds)));
	json_doc_list(&doc, "stages");
	for (uint32_t i = 0; is_running && i < top->log->attempt_count; i++)
		if (top->log->attempts[i].state == RUNLOG_RUNNING)
			json_doc_row(&doc, make_stage(top, &top->log->attempts[i]));
	json_doc_list_end(&doc);
	json_doc_put(&doc, "last", make_last(top));
	json_doc_end(&doc);
}
