/* restage.top/1
 *
 *	pipeline, job, job_dir   strings
 *	running    null, or who holds the job's lock ("pid 1234 on host since ...")
 *	run        id of the run that goes on, or null: the others are null too then
 *	seconds    since it began
 *	counts     {"selected", "done", "running", "failed", "queued"}: stages; done are those that are settled, whatever
 *	           came of them; queued wait elsewhere for their turn
 *	eta_seconds  number, or null: not known
 *	stages     that run now, in the order in which they started: {"name", "attempt", "seconds": so far,
 *	           "before_seconds": number or null, "memory_mb": number or null, "cpu_percent": number or null,
 *	           "gpu_percent": number or null, "gpu_memory_mb": number or null,
 *	           "fraction": 0 to 1 or null, "progress": string or null, "job" and "host": strings of what runs
 *	           elsewhere, or null}
 *	queued     stages that wait elsewhere for their turn: {"name", "job": string or null, "reason": string or null}
 *	last       without a run: {"run", "outcome": string or null (it was killed)} of the last one, or null */
#include "base/buf.h"
#include "model/graph/graph.h"
#include "view/answer/json_doc.h"
#include "view/screen/top.h"

static void write_counts(struct json_writer *w, const struct row_counts *counts)
{
	json_write_object(w, "counts");
	json_write_num(w, "selected", counts->selected);
	json_write_num(w, "done", counts->done);
	json_write_num(w, "running", counts->running);
	json_write_num(w, "failed", counts->failed);
	json_write_num(w, "queued", counts->queued);
	json_write_end(w);
}

/* Milliseconds are exact enough for a look. */
static double rounded(double seconds)
{
	return (double)(int64_t)(seconds * 1000 + 0.5) / 1000;
}

static void write_stage(
	struct json_writer *w, const struct top *top, const struct past_attempt *attempt)
{
	const struct past_stage *stage = &top->log->stages[attempt->stage_index];
	const struct past_sample *last =
		attempt->sample_count ? &attempt->samples[attempt->sample_count - 1] : NULL;
	double seconds = top->now - attempt->start;

	json_write_object(w, NULL);
	json_write_name(w, "name", attempt->stage);
	json_write_num(w, "attempt", attempt->number);
	json_write_num(w, "seconds", rounded(seconds > 0 ? seconds : 0));
	json_write_known(w, "before_seconds", attempt->before_seconds);
	json_write_known(w, "memory_mb", last ? last->memory_mb : -1);
	json_write_known(w, "cpu_percent", last ? last->cpu_percent : -1);
	json_write_known(w, "gpu_percent", last ? last->gpu_percent : -1);
	json_write_known(w, "gpu_memory_mb", last ? last->gpu_memory_mb : -1);
	json_write_known(w, "fraction", stage->fraction);
	json_write_str(w, "progress", stage->progress);
	json_write_str(w, "job", attempt->job);
	json_write_str(w, "host", attempt->host);
	json_write_end(w);
}

static void write_queued(struct json_writer *w, const struct past_run *log)
{
	json_write_rows(w, "queued");
	for (uint32_t i = 0; log && i < log->stage_count; i++) {
		const struct past_stage *stage = &log->stages[i];
		if (!stage->is_queued)
			continue;
		json_write_object(w, NULL);
		json_write_name(w, "name", stage->name);
		json_write_str(w, "job", stage->job);
		json_write_str(w, "reason", stage->queued_for);
		json_write_end(w);
	}
	json_write_end(w);
}

static void write_last(struct json_writer *w, const struct top *top)
{
	if (top_is_running(top) || !top->log || !top->log->has_begun) {
		json_write_null(w, "last");
		return;
	}
	json_write_object(w, "last");
	json_write_str(w, "run", top->log->run);
	json_write_str(w, "outcome", top->log->outcome);
	json_write_end(w);
}

void top_json(struct buf *out, const struct top *top)
{
	bool is_running = top_is_running(top);
	struct row_counts counts = {.eta_seconds = -1};
	struct json_writer w = {.out = out};

	if (is_running)
		top_count(top, &counts);
	json_write_document(&w, "restage.top/1");
	json_doc_job(&w, top->graph);
	json_write_str(&w, "running", top->who);
	json_write_str(&w, "run", is_running ? top->log->run : NULL);
	json_write_known(&w, "seconds", is_running ? rounded(top->now) : -1);
	if (is_running)
		write_counts(&w, &counts);
	else
		json_write_null(&w, "counts");
	json_write_known(
		&w, "eta_seconds", counts.eta_seconds < 0 ? -1 : rounded(counts.eta_seconds));
	json_write_rows(&w, "stages");
	for (uint32_t i = 0; is_running && i < top->log->attempt_count; i++) {
		if (top->log->attempts[i].state == PAST_RUNNING)
			write_stage(&w, top, &top->log->attempts[i]);
	}
	json_write_end(&w);
	write_queued(&w, is_running ? top->log : NULL);
	write_last(&w, top);
	json_write_finish(&w);
}
