/* The run record: schema restage.run/1.
 *
 * One JSON object a line, UTF-8, appended while the run goes on. Lines end with a newline; a last one
 * without was torn when the run was killed, and counts for nothing. Readers pass over events and members
 * that they do not know: only what would change the meaning of known ones makes a new schema.
 *
 * Every line has first `event`, then `at`: seconds since the run began, monotonic. `stage` is its name as
 * users see it ("words/GPL-2"). Negative answers are null: what is not known, no exit code.
 *
 *   run_begin  first of all: schema, time (ISO 8601 with offset, to which all `at` are added), run (its id),
 *              pipeline, job, version (of restage), host, pid, processors, selected (stages that the run is
 *              about), stages (in the definition), log (the pipeline log, relative to the root), root
 *   notice     level, text: about the run itself, also that it waited for another (at 0), and what
 *              was unusual in it (history.h)
 *   hashing    bytes, total
 *   fresh      stages: a list of names that are up to date, up to 1,000 a line
 *   skip       stage, reason: it is disabled; or it said itself that it had nothing to do, then as `done`
 *   blocked    stage, by: the stage that failed or was blocked before it, or null
 *   start      stage, attempt (from 1), reasons (objects of code, about, message), command (as run),
 *              before_seconds (how long the stage took last time)
 *   log        stage, level, text: what the stage said through StageIO
 *   progress   stage, fraction (0 to 1), text
 *   sample     stage, attempt, seconds, resources (so far): each second of a stage that lasts
 *   warning    stage, text
 *   retry      stage, attempt, seconds, exit_code, signal, text, resources, tail, delay_seconds: an attempt
 *              failed, another follows
 *   done       stage, attempt, seconds, exit_code, signal, resources (as in the manifest), cost, currency,
 *              inputs and outputs (lists of [path, checksum, size in bytes, mtime in ns as a string]),
 *              config (as in the manifest), tools (name: text of its version), command_digest, env_digest
 *   fail       as done, with text (one line of what went wrong), tail (last lines of the stage's log),
 *              interrupted (by a signal to the run), allowed (its failure is). Of a stage that could not
 *              be started there is no `start`
 *   signal     signal: its number; the run winds down
 *   run_end    last of all: outcome ("success", "failed", "interrupted", "error"), seconds, ran, fresh,
 *              skipped, failed, blocked, interrupted, allowed_failures, audit_findings, cpu_seconds,
 *              saved_seconds (what the fresh ones took when they last ran), cost, error (what of the world
 *              failed, or null)
 *
 * A run without run_end is going on, or was killed: `pid` on `host` tells. At most 1,000 files of a kind
 * are listed; then inputs_more or outputs_more has the count of the others, and one checksum over their
 * names and checksums. File and stage names that are not UTF-8 are escaped as base/name.h says. Values of
 * environment variables are never written, only their digest.
 *
 * Stages that are up to date or disabled are held back as numbers until the first stage starts; of a run in
 * which none does only run_end's counts tell, so that a run with nothing to do costs one opening and one
 * writing, however many its stages. Lines are collected and written when the last writing was a moment
 * ago, else within that moment (tick), or when there are many. */
#include "view/files/runrecord.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/name.h"
#include "base/path.h"
#include "base/process.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "view/answer/json_doc.h"
#include "view/files/history.h"
#include "view/files/runrecord_part.h"

#define MOMENT_NS (100 * 1000000) /* between two writes */
#define MANY_BYTES (256 * 1024)   /* written at once */

static void write_out(struct runrecord *record)
{
	const struct buf *text = &record->text;

	if (text->len && record->fd >= 0 && fs_write_all(record->fd, text->data, text->len)) {
		err_sys(&record->err, errno, "write", record->path);
		close(record->fd);
		record->fd = -1;
	}
	buf_reset(&record->text);
}

/* Quotas and network file systems tell of what they could not keep only now. */
static void close_file(struct runrecord *record)
{
	if (record->fd >= 0 && close(record->fd) < 0 && errno != EINTR)
		err_sys(&record->err, errno, "write", record->path);
	record->fd = -1;
}

static void create(struct runrecord *record, const char *log_path)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY;
	struct arena arena = {0};
	struct buf path = {0};

	job_run_record(&path, log_path);
	record->path = buf_steal(&path);
	record->fd = open(record->path, flags, 0666);
	if (record->fd < 0 && errno == ENOENT &&
		fs_mkdirs(path_dir(&arena, record->path), &record->err) == 0)
		record->fd = open(record->path, flags, 0666);
	if (record->fd < 0)
		err_sys(&record->err, errno, "create", record->path);
	arena_free(&arena);
}

json *runrecord_line(const struct runrecord *record, int64_t mono_ns, const char *event)
{
	json_quick_begin();
	json *line = json_object();
	int64_t at = record->path ? mono_ns - record->begin_ns : 0;

	json_put_str(line, "event", event);
	json_put(line, "at", json_seconds(at > 0 ? (double)at / 1e9 : 0));
	return line;
}

json *runrecord_stage_line(
	const struct runrecord *record, const struct run_event *event, const char *name)
{
	json *line = runrecord_line(record, event->mono_ns, name);

	json_put_name(line, "stage", stage_name(event->graph, event->stage));
	return line;
}

void runrecord_end_line(struct runrecord *record, json *line)
{
	json_format_line(line, &record->text);
	buf_char(&record->text, '\n');
	json_quick_end(line);
}

/* The next of the held stages, from `first` on, as one line; returns how many they were. */
static uint32_t put_held(struct runrecord *record, const struct graph *graph, uint32_t first)
{
	const struct runrecord_held *held = &record->held[first];
	uint32_t count = 0, most = record->held_count - first;
	struct buf *out = &record->text;
	struct buf name = {0};
	json *line;

	if (held->is_disabled) {
		struct run_event event = {.graph = graph,
			.stage = held->stage,
			.mono_ns = held->mono_ns,
			.text = graph_text(graph, graph->stages[held->stage].skip_reason)};

		runrecord_skip(record, &event);
		return 1;
	}
	line = runrecord_line(record, held->mono_ns, "fresh");
	json_format_line(line, out);
	json_quick_end(line);
	out->len--; /* its brace */
	buf_str(out, ", \"stages\": [");
	while (count < most && count < RUNRECORD_STAGES_MAX && !held[count].is_disabled) {
		if (count)
			buf_str(out, ", ");
		buf_reset(&name);
		name_to_json(&name, stage_name(graph, held[count++].stage));
		json_format_string(buf_text(&name), out);
	}
	buf_str(out, "]}\n");
	buf_free(&name);
	return count;
}

static void put_all_held(struct runrecord *record, const struct graph *graph)
{
	for (uint32_t i = 0; i < record->held_count;) {
		i += put_held(record, graph, i);
		if (record->text.len >= MANY_BYTES)
			write_out(record);
	}
	record->held_count = 0;
}

static void hold(struct runrecord *record, const struct run_event *event)
{
	MEM_ROOM(record->held, record->held_count, record->held_cap);
	record->held[record->held_count++] = (struct runrecord_held){.mono_ns = event->mono_ns,
		.stage = event->stage,
		.is_disabled = event->kind == STAGE_SKIP};
	if (record->has_started && record->held_count >= RUNRECORD_STAGES_MAX)
		put_all_held(record, event->graph);
}

static void put_begin(struct runrecord *record, const struct run_event *event)
{
	const struct graph *graph = event->graph;
	json *line = runrecord_line(record, event->mono_ns, "run_begin");
	char time[CLOCK_ISO_SIZE], host[256] = "";

	clock_iso(event->wall_ns, time);
	gethostname(host, sizeof host - 1);
	json_put_str(line, "schema", "restage.run/1");
	json_put_str(line, "time", time);
	json_put_str(line, "run", event->run_id);
	json_put_str(line, "pipeline", graph_text(graph, graph->pipeline));
	json_put_name(line, "job", graph_text(graph, graph->job));
	json_put_str(line, "version", RESTAGE_VERSION);
	json_put_str(line, "host", host);
	json_put_num(line, "pid", (double)getpid());
	json_put_num(line, "processors", process_processors());
	json_put_num(line, "selected", event->totals->selected);
	json_put_num(line, "stages", graph->stage_count);
	json_put_name(line, "log", event->log_path);
	json_put_name(line, "root", graph_text(graph, graph->root));
	runrecord_end_line(record, line);
}

static void hear_begin(struct runrecord *record, const struct run_event *event)
{
	struct buf early = record->text; /* heard before the run began: comes behind the first line */

	create(record, event->log_path);
	record->graph = event->graph;
	record->text = (struct buf){0};
	record->begin_ns = record->written_ns = event->mono_ns;
	put_begin(record, event);
	buf_add(&record->text, early.data, early.len);
	buf_free(&early);
}

static void put_notice(
	struct runrecord *record, int64_t mono_ns, enum log_level level, const char *text)
{
	json *line = runrecord_line(record, mono_ns, "notice");

	json_put_str(line, "level", log_level_name(level));
	json_put_str(line, "text", text ? text : "");
	runrecord_end_line(record, line);
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
	json *line = runrecord_stage_line(record, event, is_log ? "log" : "warning");

	if (is_log)
		json_put_str(line, "level", log_level_name(event->level));
	json_put_str(line, "text", event->text ? event->text : "");
	runrecord_end_line(record, line);
}

static void hear_progress(struct runrecord *record, const struct run_event *event)
{
	json *line = runrecord_stage_line(record, event, "progress");

	json_put(line, "fraction", json_known(event->fraction));
	json_put_str(line, "text", event->text ? event->text : "");
	runrecord_end_line(record, line);
}

static void hear_blocked(struct runrecord *record, const struct run_event *event)
{
	json *line = runrecord_stage_line(record, event, "blocked");
	bool is_known = event->other != NONE;

	json_put_name(line, "by", is_known ? stage_name(event->graph, event->other) : NULL);
	runrecord_end_line(record, line);
}

static void hear_hashing(struct runrecord *record, const struct run_event *event)
{
	json *line = runrecord_line(record, event->mono_ns, "hashing");

	json_put_num(line, "bytes", (double)event->count);
	json_put_num(line, "total", (double)event->total);
	runrecord_end_line(record, line);
}

static void hear_signal(struct runrecord *record, const struct run_event *event)
{
	json *line = runrecord_line(record, event->mono_ns, "signal");

	json_put_num(line, "signal", (double)event->count);
	runrecord_end_line(record, line);
	if (!record->signal)
		record->signal = (int)event->count;
}

static const char *outcome_of(const struct runrecord *record, const struct run_event *event)
{
	if (event->text)
		return "error";
	if (record->signal || event->totals->interrupted)
		return "interrupted";
	return event->totals->failed ? "failed" : "success";
}

static void hear_end(struct runrecord *record, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;
	json *line = runrecord_line(record, event->mono_ns, "run_end");

	json_put_str(line, "outcome", outcome_of(record, event));
	json_put(line, "seconds", json_seconds(totals->seconds));
	json_put_num(line, "ran", totals->ran);
	json_put_num(line, "fresh", totals->fresh);
	json_put_num(line, "skipped", totals->skipped);
	json_put_num(line, "failed", totals->failed);
	json_put_num(line, "blocked", totals->blocked);
	json_put_num(line, "interrupted", totals->interrupted);
	json_put_num(line, "allowed_failures", totals->allowed_failures);
	json_put_num(line, "audit_findings", totals->audit_findings);
	json_put(line, "cpu_seconds", json_seconds(totals->cpu_seconds));
	json_put(line, "saved_seconds", json_seconds(totals->saved_seconds));
	json_put_num(line, "cost", totals->cost);
	json_put_str(line, "error", event->text);
	runrecord_end_line(record, line);
}

/* Does the event show that this is more than a run in which nothing had to run? */
static bool is_start(enum run_event_kind kind)
{
	return kind == STAGE_START || kind == STAGE_FAIL || kind == STAGE_BLOCKED;
}

static bool is_held(const struct run_event *event)
{
	return event->kind == STAGE_FRESH || (event->kind == STAGE_SKIP && !event->attempt);
}

static void put_event(struct runrecord *record, const struct run_event *event)
{
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

static bool has_news(const struct runrecord *record)
{
	return record->path && (record->text.len || (record->has_started && record->held_count));
}

static void write_news(struct runrecord *record, const struct graph *graph, int64_t mono_ns)
{
	if (record->has_started)
		put_all_held(record, graph);
	write_out(record);
	record->written_ns = mono_ns;
}

static void on_event(void *ctx, const struct run_event *event)
{
	struct runrecord *record = ctx;

	record->has_started = record->has_started || is_start(event->kind);
	if (is_held(event)) {
		hold(record, event);
	} else {
		if (record->has_started)
			put_all_held(record, event->graph);
		put_event(record, event);
	}
	if (!has_news(record))
		return;
	if (event->kind == RUN_END || record->text.len >= MANY_BYTES ||
		event->mono_ns - record->written_ns >= MOMENT_NS)
		write_news(record, event->graph, event->mono_ns);
	if (event->kind == RUN_END)
		close_file(record);
}

static int on_tick(void *ctx, int64_t mono_ns, const struct run_totals *totals)
{
	struct runrecord *record = ctx;
	int64_t left_ns = record->written_ns + MOMENT_NS - mono_ns;

	(void)totals;
	if (!has_news(record))
		return -1;
	if (left_ns > 0)
		return (int)(left_ns / 1000000) + 1;
	write_news(record, record->graph, mono_ns);
	return -1;
}

struct runrecord *runrecord_new(void)
{
	struct runrecord *record = mem_alloc(sizeof *record);

	record->fd = -1;
	record->listener = (struct listener){.hear = on_event, .tick = on_tick, .ctx = record};
	return record;
}

void runrecord_use_history(struct runrecord *record, const struct history *history)
{
	record->history = history;
}

struct listener *runrecord_listener(struct runrecord *record)
{
	return &record->listener;
}

int runrecord_error(const struct runrecord *record, struct err *err)
{
	if (record->err.code == EXIT_OK)
		return 0;
	if (err && err->code == EXIT_OK)
		*err = record->err;
	return -1;
}

void runrecord_free(struct runrecord *record)
{
	if (!record)
		return;
	if (record->path)
		write_out(record);
	close_file(record);
	free(record->path);
	free(record->held);
	buf_free(&record->text);
	free(record);
}
