/* Trace events as Chrome's about:tracing and Perfetto (ui.perfetto.dev) open them: the JSON object
 * form.
 *
 *	{"traceEvents": [
 *	{"name": "demux", "cat": "stage", "ph": "X", "ts": 12000, "dur": 4200000, "pid": 1, "tid": 1, "args": {...}},
 *	...
 *	], "displayTimeUnit": "ms", "otherData": {...}}
 *
 * Times are microseconds since the run began. The run is process 1; a thread of it is a lane, and
 * an attempt lies in the first lane that is free when it starts, so there are as many lanes as ran
 * at once. Complete events ("X") are attempts, and inside of them the phases that stages told;
 * counters ("C") are the running stages and, from
 * their samples, their memory and CPU together; instant events ("i") are warnings, errors and
 * failures, in the lane of their stage; metadata ("M") names process and lanes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/manifest_members.h"
#include "base/map.h"
#include "base/mem.h"
#include "view/export/export.h"

#define PID 1
#define LANE_RUN 0 /* thread of what is about the run itself */

struct trace {
	const struct export_run *run;
	struct json_writer w;
	uint32_t *lane; /* by attempt, from 1 */
	uint32_t lane_count;
};

/* A change of what the counters show. */
struct moment {
	double at;
	enum {
		MOMENT_END, /* first: who starts at the instant of an end takes its place */
		MOMENT_START,
		MOMENT_SAMPLE,
	} kind;
	uint32_t attempt, sample;
};

static double micros(double seconds)
{
	return (double)(int64_t)(seconds * 1e6 + 0.5);
}

/* The members that every event begins with. */
static struct json_writer *begin_event(struct trace *trace, const char *phase, const char *name,
	const char *category, double at, uint32_t lane)
{
	struct json_writer *w = &trace->w;

	json_write_object(w, NULL);
	json_write_name(w, "name", name);
	json_write_str(w, "cat", category);
	json_write_str(w, "ph", phase);
	json_write_num(w, "ts", micros(at));
	json_write_num(w, "pid", PID);
	json_write_num(w, "tid", lane);
	return w;
}

static void end_event(struct json_writer *w)
{
	json_write_end(w); /* args */
	json_write_end(w);
}

/* Lanes by time of start; attempts stand in that order. */
static void assign_lanes(struct trace *trace)
{
	const struct past_run *log = trace->run->log;
	double *free_at MEM_LOCAL = NULL;
	uint32_t cap = 0;

	trace->lane = mem_alloc((log->attempt_count + 1) * sizeof *trace->lane);
	for (uint32_t i = 0; i < log->attempt_count; i++) {
		uint32_t lane = 0;

		while (lane < trace->lane_count && free_at[lane] > log->attempts[i].start)
			lane++;
		if (lane == trace->lane_count) {
			MEM_ROOM(free_at, lane, cap);
			trace->lane_count++;
		}
		free_at[lane] = export_end(log, &log->attempts[i]);
		trace->lane[i] = lane + 1;
	}
}

static void put_name(struct trace *trace, const char *what, uint32_t lane, const char *name)
{
	struct json_writer *w = begin_event(trace, "M", what, "__metadata", 0, lane);

	json_write_object(w, "args");
	json_write_name(w, "name", name);
	end_event(w);
}

static void put_names(struct trace *trace)
{
	const struct past_run *log = trace->run->log;
	struct buf name BUF_LOCAL = {0};

	buf_fmt(&name, "%s, run %s", log->pipeline ? log->pipeline : "", log->run ? log->run : "");
	put_name(trace, "process_name", LANE_RUN, buf_text(&name));
	put_name(trace, "thread_name", LANE_RUN, "run");
	for (uint32_t i = 1; i <= trace->lane_count; i++) {
		buf_reset(&name);
		buf_fmt(&name, "lane %u", i);
		put_name(trace, "thread_name", i, buf_text(&name));
	}
}

static void write_messages(struct json_writer *w, const json *reasons)
{
	json_write_array(w, "reasons");
	for (const json *node = json_first(reasons); node; node = json_next(node))
		json_write_str(w, NULL, json_get_str(node, "message", ""));
	json_write_end(w);
}

static void put_attempt(struct trace *trace, uint32_t index)
{
	const struct export_run *run = trace->run;
	const struct past_attempt *attempt = &run->log->attempts[index];
	struct json_writer *w = begin_event(
		trace, "X", attempt->stage, "stage", attempt->start, trace->lane[index]);

	json_write_num(w, "dur", micros(export_end(run->log, attempt)) - micros(attempt->start));
	json_write_object(w, "args");
	json_write_num(w, "attempt", attempt->number);
	json_write_str(w, "state", export_state(run, attempt));
	json_write_known(w, "exit_code", attempt->exit_code);
	json_write_known(w, "signal", attempt->signal ? attempt->signal : -1);
	json_write_str(w, "message", attempt->text);
	write_messages(w, attempt->reasons);
	json_write_str(w, "command", attempt->command);
	if (attempt->dir)
		json_write_str(w, "dir", attempt->dir);
	json_write_node(w, "resources", attempt->resources);
	json_write_num(w, "inputs", (double)(attempt->input_count + attempt->inputs_more));
	json_write_num(w, "outputs", (double)(attempt->output_count + attempt->outputs_more));
	end_event(w);
}

/* Inside the slice of its attempt. */
static void put_phases(struct trace *trace, uint32_t index)
{
	const struct past_run *log = trace->run->log;
	const struct past_attempt *attempt = &log->attempts[index];
	double last = export_end(log, attempt);

	for (const json *node = json_first(json_get(attempt->resources, MANIFEST_PHASES)); node;
		node = json_next(node)) {
		int64_t started_ns;
		if (clock_parse_iso(json_get_str(node, "started", ""), &started_ns) < 0)
			continue;
		double start = (double)(started_ns - log->begin_ns) / 1e9;
		double end = start + json_get_num(node, "seconds", 0);
		start = fmin(fmax(start, attempt->start), last);
		end = fmin(fmax(end, start), last);
		struct json_writer *w = begin_event(trace, "X", json_get_str(node, "name", ""),
			"phase", start, trace->lane[index]);
		json_write_num(w, "dur", micros(end) - micros(start));
		json_write_object(w, "args");
		for (const json *value = json_first(node); value; value = json_next(value)) {
			if (json_is(value, JSON_NUMBER))
				json_write_node(w, json_key(value), value);
		}
		end_event(w);
	}
}

static int compare_moments(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->attempt < y->attempt ? -1 : x->attempt > y->attempt;
}

static struct moment *list_moments(const struct past_run *log, uint32_t *count)
{
	struct moment *moments = NULL;
	uint32_t cap = 0;

	*count = 0;
	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct past_attempt *attempt = &log->attempts[i];

		MEM_ROOM(moments, *count + attempt->sample_count + 2, cap);
		moments[(*count)++] = (struct moment){attempt->start, MOMENT_START, i, 0};
		moments[(*count)++] = (struct moment){export_end(log, attempt), MOMENT_END, i, 0};
		for (uint32_t k = 0; k < attempt->sample_count; k++)
			moments[(*count)++] =
				(struct moment){attempt->samples[k].at, MOMENT_SAMPLE, i, k};
	}
	if (*count)
		qsort(moments, *count, sizeof *moments, compare_moments);
	return moments;
}

static void put_counter(
	struct trace *trace, const char *name, const char *unit, double at, double value)
{
	struct json_writer *w = begin_event(trace, "C", name, "counter", at, LANE_RUN);

	json_write_object(w, "args");
	json_write_num(w, unit, value);
	end_event(w);
}

/* What the stages that run now use together, by their last samples. */
struct usage {
	struct past_sample *last; /* by attempt */
	double memory_mb, cpu_percent, gpu_percent, gpu_memory_mb;
	bool has_gpu; /* there was a figure of one */
};

static double known(double value)
{
	return value > 0 ? value : 0;
}

static double rounded(double value, double parts)
{
	return (double)(int64_t)(known(value) * parts + 0.5) / parts;
}

static void put_usage(struct trace *trace, struct usage *usage, uint32_t attempt, double at,
	struct past_sample now)
{
	struct past_sample *last = &usage->last[attempt];

	usage->memory_mb += known(now.memory_mb) - known(last->memory_mb);
	usage->cpu_percent += known(now.cpu_percent) - known(last->cpu_percent);
	usage->gpu_percent += known(now.gpu_percent) - known(last->gpu_percent);
	usage->gpu_memory_mb += known(now.gpu_memory_mb) - known(last->gpu_memory_mb);
	usage->has_gpu =
		usage->has_gpu || known(now.gpu_percent) > 0 || known(now.gpu_memory_mb) > 0;
	*last = now;
	put_counter(trace, "memory", "MB", at, rounded(usage->memory_mb, 1000));
	put_counter(trace, "CPU", "percent", at, rounded(usage->cpu_percent, 10));
	if (!usage->has_gpu)
		return;
	put_counter(trace, "GPU", "percent", at, rounded(usage->gpu_percent, 10));
	put_counter(trace, "GPU memory", "MB", at, rounded(usage->gpu_memory_mb, 1000));
}

static void put_counters(struct trace *trace)
{
	const struct past_run *log = trace->run->log;
	uint32_t count, running = 0;
	struct moment *moments MEM_LOCAL = list_moments(log, &count);
	struct usage usage = {.last = mem_alloc((log->attempt_count + 1) * sizeof *usage.last)};

	for (uint32_t i = 0; i < count; i++) {
		const struct moment *moment = &moments[i];
		const struct past_attempt *attempt = &log->attempts[moment->attempt];
		bool is_last = i + 1 == count || moments[i + 1].kind == MOMENT_SAMPLE ||
			       moments[i + 1].at != moment->at;

		if (moment->kind == MOMENT_SAMPLE) {
			put_usage(trace, &usage, moment->attempt, moment->at,
				attempt->samples[moment->sample]);
			continue;
		}
		running = moment->kind == MOMENT_START ? running + 1 : running - 1;
		if (moment->kind == MOMENT_END && attempt->sample_count)
			put_usage(trace, &usage, moment->attempt, moment->at,
				(struct past_sample){0});
		if (is_last)
			put_counter(trace, "running stages", "stages", moment->at, running);
	}
	free(usage.last);
}

static void put_instant(struct trace *trace, const char *stage, uint32_t lane, const char *level,
	double at, const char *text)
{
	struct json_writer *w;
	struct buf name BUF_LOCAL = {0};

	if (stage)
		buf_fmt(&name, "%s: ", stage);
	buf_str(&name, level);
	w = begin_event(trace, "i", buf_text(&name), "message", at, lane);
	json_write_str(w, "s", lane == LANE_RUN ? "p" : "t");
	json_write_object(w, "args");
	json_write_str(w, "text", text);
	end_event(w);
}

/* Notes stand in the order of time, as attempts do: so the lane of each stage is known as it was
 * then. */
static void put_notes(struct trace *trace)
{
	const struct past_run *log = trace->run->log;
	struct map lanes MAP_LOCAL = {0};
	uint32_t seen = 0;

	for (uint32_t i = 0; i < log->note_count; i++) {
		const struct past_note *note = &log->notes[i];
		uint32_t lane = NONE;

		for (; seen < log->attempt_count && log->attempts[seen].start <= note->at; seen++)
			map_set(&lanes, log->attempts[seen].stage, trace->lane[seen]);
		if (strcmp(note->level, "WARNING") != 0 && strcmp(note->level, "ERROR") != 0)
			continue;
		if (note->stage)
			lane = map_get(&lanes, note->stage);
		put_instant(trace, note->stage, lane == NONE ? LANE_RUN : lane,
			*note->level == 'E' ? "error" : "warning", note->at, note->text);
	}
}

static void put_failures(struct trace *trace)
{
	const struct past_run *log = trace->run->log;
	struct buf text BUF_LOCAL = {0};

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct past_attempt *attempt = &log->attempts[i];

		if (attempt->state != PAST_FAILED)
			continue;
		buf_reset(&text);
		export_outcome(&text, trace->run, attempt);
		put_instant(trace, attempt->stage, trace->lane[i],
			export_state(trace->run, attempt), export_end(log, attempt),
			buf_text(&text));
	}
}

static void write_other_data(struct json_writer *w, const struct export_run *run)
{
	const struct past_run *log = run->log;
	char began[CLOCK_ISO_SIZE];

	export_time(log, 0, began);
	json_write_object(w, "otherData");
	json_write_str(w, "run", log->run);
	json_write_name(w, "pipeline", log->pipeline);
	json_write_name(w, "job", log->job);
	json_write_str(w, "began_at", began);
	json_write_str(w, "host", log->host);
	json_write_str(w, "version", log->version);
	json_write_str(w, "outcome", past_outcome(run->log, run->is_alive));
	json_write_num(w, "seconds", log->seconds);
	json_write_end(w);
}

void export_trace(struct buf *out, const struct export_run *run)
{
	struct trace trace = {.run = run, .w = {.out = out, .is_flush = true}};

	assign_lanes(&trace);
	json_write_object(&trace.w, NULL);
	json_write_rows(&trace.w, "traceEvents");
	put_names(&trace);
	for (uint32_t i = 0; i < run->log->attempt_count; i++) {
		put_attempt(&trace, i);
		put_phases(&trace, i);
	}
	put_counters(&trace);
	put_notes(&trace);
	put_failures(&trace);
	json_write_end(&trace.w);
	json_write_str(&trace.w, "displayTimeUnit", "ms");
	write_other_data(&trace.w, run);
	json_write_finish(&trace.w);
	free(trace.lane);
}
