/* The run record: schema restage.run/1.
 *
 * One JSON object a line, UTF-8, appended while the run goes on. Lines end with a newline; a last
 * one without was torn when the run was killed, and counts for nothing. Readers pass over events
 * and members that they do not know: only what would change the meaning of known ones makes a new
 * schema.
 *
 * Every line has first `event`, then `at`: seconds since the run began, monotonic. `stage` is its
 * name as users see it ("words/GPL-2"). Negative answers are null: what is not known, no exit code.
 *
 *   run_begin  first of all: schema, time (ISO 8601 with offset, to which all `at` are added), run (its id),
 *              pipeline, job, version (of restage), host, pid, processors, selected (stages that the run is
 *              about), stages (in the definition), log (the pipeline log, relative to the root), root,
 *              params (name: value, but long ones)
 *   notice     level, text: about the run itself, also that it waited for another (at 0), and what
 *              was unusual in it (history.c)
 *   hashing    bytes, total
 *   fresh      stages: a list of names that are up to date, up to 1,000 a line
 *   skip       stage, reason: it is disabled; or it said itself that it had nothing to do, then as `done`
 *   blocked    stage, by: the stage that failed or was blocked before it, or null
 *   queued     stage, attempt, job, reason: it waits elsewhere for its turn; again when that changes
 *   start      stage, attempt (from 1), reasons (objects of code, about, message), command (as run),
 *              before_seconds (how long the stage took last time)
 *   log        stage, level, text: what the stage said through StageIO
 *   progress   stage, fraction (0 to 1), text
 *   sample     stage, attempt, seconds, resources (so far): each second of a stage that lasts
 *   warning    stage, text: the run's own, or reported; what a stage's output has of them is only counted
 *   retry      stage, attempt, seconds, exit_code, signal, executor (as in the manifest, of one that ran elsewhere), text, resources, tail, delay_seconds: an attempt
 *              failed, another follows
 *   done       stage, attempt, seconds, exit_code, signal, executor, resources (as in the manifest), cost, currency
 *              (null, both, where there are several), costs (sums by currency, if there are any),
 *              warnings (their number, also of those in its output), inputs and outputs (lists of [path, checksum, size in bytes, mtime in ns as a string]),
 *              metrics (name: number; only where there are any), config (as in the manifest), tools (name: text of its version), command_digest, env_digest,
 *              restored_from (as in the manifest) of one whose results were restored
 *   fail       as done, with text (one line of what went wrong), tail (last lines of the stage's log),
 *              interrupted (by a signal to the run), allowed (its failure is). Of a stage that could not
 *              be started there is no `start`
 *   signal     signal: its number; the run winds down
 *   run_end    last of all: outcome ("success", "failed", "interrupted", "error"), seconds, ran, restored, fresh,
 *              skipped, failed, blocked, interrupted, allowed_failures, warnings (as of the last
 *              attempts), audit_findings, cpu_seconds,
 *              saved_seconds (what the fresh and restored ones took when they ran), memory_mb (the most that a
 *              stage had), cost, currency and costs as in `done`, error (what of the world
 *              failed, or null)
 *
 * A run without run_end is going on, or was killed: `pid` on `host` tells. At most 1,000 files of a
 * kind are listed; then inputs_more or outputs_more has the count of the others, and one checksum
 * over their names and checksums. File and stage names that are not UTF-8 are escaped as
 * base/name.h says. Values of environment variables are never written, only their digest.
 *
 * Of a run in which no stage starts only run_end's counts tell which were up to date or disabled
 * (logsink.h). */
#include "view/files/files.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/process.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/runs/watched.h"
#include "view/files/runrecord_part.h"

#define PARAMS_MAX 1000
#define PARAM_BYTES_MAX 200       /* longer ones are left out */
#define MOMENT_NS (100 * 1000000) /* between two writes */

/* Beside the pipeline log. */
static struct buf open_beside(struct runrecord *record, const char *log_path)
{
	struct buf path BUF_LOCAL = {0};

	job_run_record(&path, log_path);
	return logsink_open(&record->sink, buf_text(&path), O_TRUNC);
}

static struct json_writer *runrecord_line(
	struct runrecord *record, int64_t mono_ns, const char *event)
{
	struct json_writer *w = &record->line;
	int64_t at = record->sink.path ? mono_ns - record->begin_ns : 0;

	json_write_object(w, NULL);
	json_write_str(w, "event", event);
	json_write_seconds(w, "at", at > 0 ? (double)at / 1e9 : 0);
	return w;
}

struct json_writer *runrecord_stage_line(
	struct runrecord *record, const struct run_event *event, const char *name)
{
	struct json_writer *w = runrecord_line(record, event->mono_ns, name);

	json_write_name(w, "stage", stage_name(event->graph, event->stage));
	return w;
}

/* Lists of many items would make each run's record long. */
static void put_params(struct json_writer *w, const struct graph *graph)
{
	json_write_object(w, "params");
	for (uint32_t i = 0; i < graph->params.count && i < PARAMS_MAX; i++) {
		const struct pair *pair = &graph->pairs[graph->params.first + i];
		const char *value = graph_text(graph, pair->value);
		if (strlen(value) <= PARAM_BYTES_MAX)
			json_write_name(w, graph_text(graph, pair->name), value);
	}
	json_write_end(w);
}

static void put_begin(struct runrecord *record, const struct run_event *event)
{
	const struct graph *graph = event->graph;
	struct json_writer *w = runrecord_line(record, event->mono_ns, "run_begin");
	char time[CLOCK_ISO_SIZE], host[256] = "";

	clock_iso(event->wall_ns, time);
	gethostname(host, sizeof host - 1);
	json_write_str(w, "schema", "restage.run/1");
	json_write_str(w, "time", time);
	json_write_str(w, "run", event->run_id);
	json_write_str(w, "pipeline", graph_text(graph, graph->pipeline));
	json_write_name(w, "job", graph_text(graph, graph->job));
	json_write_str(w, "version", RESTAGE_VERSION);
	json_write_str(w, "host", host);
	json_write_num(w, "pid", (double)getpid());
	json_write_num(w, "processors", process_processors());
	json_write_num(w, "selected", event->totals->selected);
	json_write_num(w, "stages", graph->stage_count);
	json_write_name(w, "log", event->log_path);
	json_write_name(w, "root", graph_text(graph, graph->root));
	put_params(w, graph);
	json_write_finish(w);
}

static void hear_begin(struct runrecord *record, const struct run_event *event)
{
	/* Heard before the run began: comes behind the first line. */
	struct buf early = open_beside(record, event->log_path);

	record->begin_ns = record->sink.written_ns = event->mono_ns;
	put_begin(record, event);
	buf_add(&record->sink.text, early.data, early.len);
	buf_free(&early);
}

static void put_notice(
	struct runrecord *record, int64_t mono_ns, enum log_level level, const char *text)
{
	struct json_writer *w = runrecord_line(record, mono_ns, "notice");

	json_write_str(w, "level", log_level_name(level));
	json_write_str(w, "text", text ? text : "");
	json_write_finish(w);
}

static void put_remarks(struct runrecord *record, const struct run_event *event)
{
	const char *const *remarks;
	uint32_t count = history_remarks(record->history, &remarks);

	for (uint32_t i = 0; i < count; i++)
		put_notice(record, event->mono_ns, LOG_WARNING, remarks[i]);
}

static void hear_text(struct runrecord *record, const struct run_event *event)
{
	bool is_log = event->kind == STAGE_LOG;
	struct json_writer *w = runrecord_stage_line(record, event, is_log ? "log" : "warning");

	if (is_log)
		json_write_str(w, "level", log_level_name(event->level));
	json_write_str(w, "text", event->text ? event->text : "");
	json_write_finish(w);
}

static void hear_progress(struct runrecord *record, const struct run_event *event)
{
	struct json_writer *w = runrecord_stage_line(record, event, "progress");

	json_write_known(w, "fraction", event->fraction);
	json_write_str(w, "text", event->text ? event->text : "");
	json_write_finish(w);
}

static void hear_blocked(struct runrecord *record, const struct run_event *event)
{
	struct json_writer *w = runrecord_stage_line(record, event, "blocked");

	json_write_name(
		w, "by", event->other == NONE ? NULL : stage_name(event->graph, event->other));
	json_write_finish(w);
}

static void hear_hashing(struct runrecord *record, const struct run_event *event)
{
	struct json_writer *w = runrecord_line(record, event->mono_ns, "hashing");

	json_write_num(w, "bytes", (double)event->count);
	json_write_num(w, "total", (double)event->total);
	json_write_finish(w);
}

static void hear_queued(struct runrecord *record, const struct run_event *event)
{
	struct json_writer *w = runrecord_stage_line(record, event, "queued");

	json_write_num(w, "attempt", event->attempt_number);
	json_write_str(w, "job", event->job);
	json_write_str(w, "reason", event->text);
	json_write_finish(w);
}

static void hear_signal(struct runrecord *record, const struct run_event *event)
{
	struct json_writer *w = runrecord_line(record, event->mono_ns, "signal");

	json_write_num(w, "signal", (double)event->count);
	json_write_finish(w);
	if (!record->signal)
		record->signal = (int)event->count;
}

static const char *outcome_of(const struct runrecord *record, const struct run_event *event)
{
	if (event->text)
		return "error";
	if (record->signal || event->totals->interrupted)
		return "interrupted";
	return event->totals->failed || event->totals->is_over_budget ? "failed" : "success";
}

static void hear_end(struct runrecord *record, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;
	struct json_writer *w = runrecord_line(record, event->mono_ns, "run_end");

	json_write_str(w, "outcome", outcome_of(record, event));
	json_write_seconds(w, "seconds", totals->seconds);
	json_write_num(w, "ran", totals->ran);
	json_write_num(w, "restored", totals->restored);
	json_write_num(w, "fresh", totals->fresh);
	json_write_num(w, "skipped", totals->skipped);
	json_write_num(w, "failed", totals->failed);
	json_write_num(w, "blocked", totals->blocked);
	json_write_num(w, "interrupted", totals->interrupted);
	json_write_num(w, "allowed_failures", totals->allowed_failures);
	json_write_num(w, "warnings", (double)totals->warnings);
	json_write_num(w, "audit_findings", totals->audit_findings);
	json_write_seconds(w, "cpu_seconds", totals->cpu_seconds);
	json_write_seconds(w, "saved_seconds", totals->saved_seconds);
	if (totals->memory_mb > 0)
		json_write_num(w, "memory_mb", round(totals->memory_mb * 10) / 10);
	money_write(w, &totals->costs);
	json_write_str(w, "error", event->text);
	json_write_finish(w);
}

static void put(struct logsink *sink, const struct run_event *event)
{
	struct runrecord *record = (struct runrecord *)sink;

	switch (event->kind) {
	case RUN_BEGIN:
		hear_begin(record, event);
		break;
	case RUN_NOTICE:
	case RUN_WAIT:
		put_notice(record, event->mono_ns,
			event->kind == RUN_WAIT ? LOG_INFO : event->level, event->text);
		break;
	case RUN_HASHING:
		hear_hashing(record, event);
		break;
	case STAGE_SKIP:
		runrecord_skip(record, event);
		break;
	case STAGE_BLOCKED:
		hear_blocked(record, event);
		break;
	case STAGE_QUEUED:
		hear_queued(record, event);
		break;
	case STAGE_START:
		runrecord_start(record, event);
		break;
	case STAGE_LOG:
	case STAGE_WARNING:
		hear_text(record, event);
		break;
	case STAGE_PROGRESS:
		hear_progress(record, event);
		break;
	case STAGE_SAMPLE:
		runrecord_sample(record, event);
		break;
	case STAGE_RETRY:
		runrecord_retry(record, event);
		break;
	case STAGE_DONE:
		runrecord_done(record, event);
		break;
	case STAGE_FAIL:
		runrecord_fail(record, event);
		break;
	case RUN_SIGNAL:
		hear_signal(record, event);
		break;
	case RUN_END:
		put_remarks(record, event);
		hear_end(record, event);
		break;
	case STAGE_FRESH:
	case STAGE_LINE:
		break;
	}
}

static uint32_t put_held(struct logsink *sink, const struct held *held, uint32_t count)
{
	struct runrecord *record = (struct runrecord *)sink;
	const struct graph *graph = sink->graph;
	struct json_writer *w;
	uint32_t told = 0;

	if (held->is_disabled) {
		runrecord_skip(record,
			&(struct run_event){
				.graph = graph,
				.stage = held->stage,
				.mono_ns = held->ns,
				.text = graph_text(graph, graph->stages[held->stage].skip_reason),
			});
		return 1;
	}
	w = runrecord_line(record, held->ns, "fresh");
	json_write_array(w, "stages");
	while (told < count && told < LOGSINK_HELD_MAX && !held[told].is_disabled)
		json_write_name(w, NULL, stage_name(graph, held[told++].stage));
	json_write_end(w);
	json_write_finish(w);
	return told;
}

static bool is_watched(void *ctx)
{
	const struct logsink *sink = ctx;

	return sink->fd >= 0 && watched_by_others(sink->fd);
}

struct listener *runrecord_new(const struct history *history)
{
	struct runrecord *record = mem_alloc(sizeof *record);

	record->history = history;
	record->line.out = &record->sink.text;
	record->sink.moment_ns = MOMENT_NS;
	record->sink.put = put;
	record->sink.put_held = put_held;
	logsink_init(&record->sink);
	record->sink.listener.is_watched = is_watched;
	return &record->sink.listener;
}
