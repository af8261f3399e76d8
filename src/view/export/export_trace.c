/* Trace events as Chrome's about:tracing and Perfetto (ui.perfetto.dev) open them: the JSON object form.
 *
 *	{"traceEvents": [
 *	{"name": "demux", "cat": "stage", "ph": "X", "ts": 12000, "dur": 4200000, "pid": 1, "tid": 1, "args": {...}},
 *	...
 *	], "displayTimeUnit": "ms", "otherData": {...}}
 *
 * Times are microseconds since the run began. The run is process 1; a thread of it is a lane, and an attempt
 * lies in the first lane that is free when it starts, so there are as many lanes as ran at once. Complete
 * events ("X") are attempts; counters ("C") are the running stages and, from their samples, their memory and
 * CPU together; instant events ("i") are warnings, errors and failures, in the lane of their stage; metadata
 * ("M") names process and lanes. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "view/export/export_part.h"

#define PID 1
#define LANE_RUN 0 /* thread of what is about the run itself */

struct trace {
	const struct export_run *run;
	struct buf *out;
	bool has_events;
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
static json *make_event(const char *phase, const char *name, const char *category, double at, uint32_t lane)
{
	json *event = json_object();

	json_put_name(event, "name", name);
	json_put_str(event, "cat", category);
	json_put_str(event, "ph", phase);
	json_put_num(event, "ts", micros(at));
	json_put_num(event, "pid", PID);
	json_put_num(event, "tid", lane);
	return event;
}

static void put(struct trace *trace, json *event)
{
	buf_str(trace->out, trace->has_events ? ",\n" : "\n");
	trace->has_events = true;
	json_format_line(event, trace->out);
	json_free(event);
}

/* Lanes by time of start; attempts stand in that order. */
static void assign_lanes(struct trace *trace)
{
	const struct runlog *log = trace->run->log;
	double *free_at = NULL;
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
	free(free_at);
}

static void put_name(struct trace *trace, const char *what, uint32_t lane, const char *name)
{
	json *event = make_event("M", what, "__metadata", 0, lane);
	json *args = json_object();

	json_put_name(args, "name", name);
	json_put(event, "args", args);
	put(trace, event);
}

static void put_names(struct trace *trace)
{
	const struct runlog *log = trace->run->log;
	struct buf name = {0};

	buf_fmt(&name, "%s, run %s", log->pipeline ? log->pipeline : "", log->run ? log->run : "");
	put_name(trace, "process_name", LANE_RUN, buf_text(&name));
	put_name(trace, "thread_name", LANE_RUN, "run");
	for (uint32_t i = 1; i <= trace->lane_count; i++) {
		buf_reset(&name);
		buf_fmt(&name, "lane %u", i);
		put_name(trace, "thread_name", i, buf_text(&name));
	}
	buf_free(&name);
}

static json *copy_or_null(const json *node)
{
	return node ? json_copy(node) : json_null();
}

static json *make_messages(const json *reasons)
{
	json *list = json_array();

	for (const json *node = json_first(reasons); node; node = json_next(node))
		json_push(list, json_string(json_get_str(node, "message", "")));
	return list;
}

static void put_attempt(struct trace *trace, uint32_t index)
{
	const struct export_run *run = trace->run;
	const struct runlog_attempt *attempt = &run->log->attempts[index];
	json *event = make_event("X", attempt->stage, "stage", attempt->start, trace->lane[index]);
	json *args = json_object();

	json_put_num(event, "dur", micros(export_end(run->log, attempt)) - micros(attempt->start));
	json_put_num(args, "attempt", attempt->number);
	json_put_str(args, "state", export_state(run, attempt));
	json_put(args, "exit_code", export_known(attempt->exit_code));
	json_put(args, "signal", attempt->signal ? json_number(attempt->signal) : json_null());
	json_put_str(args, "message", attempt->text);
	json_put(args, "reasons", make_messages(attempt->reasons));
	json_put_str(args, "command", attempt->command);
	json_put(args, "resources", copy_or_null(attempt->resources));
	json_put_num(args, "inputs", (double)(attempt->input_count + attempt->inputs_more));
	json_put_num(args, "outputs", (double)(attempt->output_count + attempt->outputs_more));
	json_put(event, "args", args);
	put(trace, event);
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

static struct moment *list_moments(const struct runlog *log, uint32_t *count)
{
	struct moment *moments = NULL;
	uint32_t cap = 0;

	*count = 0;
	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct runlog_attempt *attempt = &log->attempts[i];

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

static void put_counter(struct trace *trace, const char *name, const char *unit, double at, double value)
{
	json *event = make_event("C", name, "counter", at, LANE_RUN);
	json *args = json_object();

	json_put_num(args, unit, value);
	json_put(event, "args", args);
	put(trace, event);
}

/* What the stages that run now use together, by their last samples. */
struct usage {
	struct runlog_sample *last; /* by attempt */
	double memory_mb, cpu_percent;
};

static double known(double value)
{
	return value > 0 ? value : 0;
}

static void put_usage(struct trace *trace, struct usage *usage, uint32_t attempt, double at,
	struct runlog_sample now)
{
	struct runlog_sample *last = &usage->last[attempt];

	usage->memory_mb += known(now.memory_mb) - known(last->memory_mb);
	usage->cpu_percent += known(now.cpu_percent) - known(last->cpu_percent);
	*last = now;
	put_counter(trace, "memory", "MB", at,
		(double)(int64_t)(known(usage->memory_mb) * 1000 + 0.5) / 1000);
	put_counter(trace, "CPU", "percent", at,
		(double)(int64_t)(known(usage->cpu_percent) * 10 + 0.5) / 10);
}

static void put_counters(struct trace *trace)
{
	const struct runlog *log = trace->run->log;
	uint32_t count, running = 0;
	struct moment *moments = list_moments(log, &count);
	struct usage usage = {.last = mem_alloc((log->attempt_count + 1) * sizeof *usage.last)};

	for (uint32_t i = 0; i < count; i++) {
		const struct moment *moment = &moments[i];
		const struct runlog_attempt *attempt = &log->attempts[moment->attempt];
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
				(struct runlog_sample){0});
		if (is_last)
			put_counter(trace, "running stages", "stages", moment->at, running);
	}
	free(moments);
	free(usage.last);
}

static void put_instant(struct trace *trace, const char *stage, uint32_t lane, const char *level,
	double at, const char *text)
{
	struct buf name = {0};
	json *event, *args = json_object();

	if (stage)
		buf_fmt(&name, "%s: ", stage);
	buf_str(&name, level);
	event = make_event("i", buf_text(&name), "message", at, lane);
	json_put_str(event, "s", lane == LANE_RUN ? "p" : "t");
	json_put_str(args, "text", text);
	json_put(event, "args", args);
	put(trace, event);
	buf_free(&name);
}

/* Notes stand in the order of time, as attempts do: so the lane of each stage is known as it was then. */
static void put_notes(struct trace *trace)
{
	const struct runlog *log = trace->run->log;
	struct map lanes = {0};
	uint32_t seen = 0;

	for (uint32_t i = 0; i < log->note_count; i++) {
		const struct runlog_note *note = &log->notes[i];
		uint32_t lane = MAP_NONE;

		for (; seen < log->attempt_count && log->attempts[seen].start <= note->at; seen++)
			map_set(&lanes, log->attempts[seen].stage, trace->lane[seen]);
		if (strcmp(note->level, "WARNING") != 0 && strcmp(note->level, "ERROR") != 0)
			continue;
		if (note->stage)
			lane = map_get(&lanes, note->stage);
		put_instant(trace, note->stage, lane == MAP_NONE ? LANE_RUN : lane,
			*note->level == 'E' ? "error" : "warning", note->at, note->text);
	}
	map_free(&lanes);
}

static void put_failures(struct trace *trace)
{
	const struct runlog *log = trace->run->log;
	struct buf text = {0};

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct runlog_attempt *attempt = &log->attempts[i];

		if (attempt->state != RUNLOG_FAILED)
			continue;
		buf_reset(&text);
		export_outcome(&text, trace->run, attempt);
		put_instant(trace, attempt->stage, trace->lane[i], export_state(trace->run, attempt),
			export_end(log, attempt), buf_text(&text));
	}
	buf_free(&text);
}

static void add_other_data(struct buf *out, const struct export_run *run)
{
	const struct runlog *log = run->log;
	json *data = json_object();
	char began[CLOCK_ISO_SIZE];

	export_time(log, 0, began);
	json_put_str(data, "run", log->run);
	json_put_name(data, "pipeline", log->pipeline);
	json_put_name(data, "job", log->job);
	json_put_str(data, "began_at", began);
	json_put_str(data, "host", log->host);
	json_put_str(data, "version", log->version);
	json_put_str(data, "outcome", export_run_outcome(run));
	json_put_num(data, "seconds", log->seconds);
	json_format_line(data, out);
	json_free(data);
}

void export_trace(struct buf *out, const struct export_run *run)
{
	struct trace trace = {.run = run, .out = out};

	assign_lanes(&trace);
	buf_str(out, "{\"traceEvents\": [");
	put_names(&trace);
	for (uint32_t i = 0; i < run->log->attempt_count; i++)
		put_attempt(&trace, i);
	put_counters(&trace);
	put_notes(&trace);
	put_failures(&trace);
	buf_str(out, "\n], \"displayTimeUnit\": \"ms\", \"otherData\": ");
	add_other_data(out, run);
	buf_str(out, "}\n");
	free(trace.lane);
}
