/* Prometheus' text exposition format 0.0.4, for node_exporter's textfile collector:
 *
 *	restage export --format prometheus -o /var/lib/node_exporter/restage_subtitles.prom
 *
 *	# HELP restage_stage_duration_seconds How long the last attempt took.
 *	# TYPE restage_stage_duration_seconds gauge
 *	restage_stage_duration_seconds{pipeline="subtitles",restage_job="talk",stage="asr"} 12.5
 *
 * All are gauges: the file is a picture of now, and counters would fall with every new run. Names
 * have their unit at the end, in base units (seconds, bytes, ratio). The label is `restage_job`,
 * since a scrape puts its own `job` on everything. The state of a stage is one series with the
 * value 1 and the state as label; the time of its last success comes from its manifest, so that it
 * is there also when this run did not need the stage. What is not known has no series. No time
 * stamps: the collector refuses them. */
#include <math.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/name.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "view/export/export.h"

#define BYTES_PER_MB 1048576.0

struct metrics {
	const struct export_run *run;
	struct buf *out;
	struct buf labels; /* pipeline and job, ready to be followed by more */
};

/* A value in quotes: backslash, quote and newline are escaped, all else stands as it is. */
static void add_label(struct buf *out, const char *label, const char *value)
{
	static const char *const escaped[] = {"\\n", "\\\\", "\\\""};
	struct buf text BUF_LOCAL = {0};

	name_to_json(&text, value ? value : "");
	buf_fmt(out, "%s=\"", label);
	text_add_replaced(out, buf_text(&text), "\n\\\"", escaped);
	buf_char(out, '"');
}

static void begin(const struct metrics *metrics, const char *name, const char *help)
{
	buf_fmt(metrics->out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void add_value(const struct metrics *metrics, double value)
{
	if (value == floor(value) && fabs(value) < 1e15)
		buf_fmt(metrics->out, "} %.0f\n", value);
	else
		buf_fmt(metrics->out, "} %.6f\n", value);
}

/* Unix time with microseconds. */
static double unix_time(int64_t wall_ns)
{
	int64_t micros = wall_ns / 1000;

	return (double)micros / 1e6;
}

static void add_head(const struct metrics *metrics, const char *name)
{
	buf_fmt(metrics->out, "%s{%s", name, buf_text(&metrics->labels));
}

static void add_more(const struct metrics *metrics, const char *label, const char *value)
{
	buf_char(metrics->out, ',');
	add_label(metrics->out, label, value);
}

/* A metric of the run with one series. */
static void add_run(const struct metrics *metrics, const char *name, const char *help, double value)
{
	begin(metrics, name, help);
	add_head(metrics, name);
	add_value(metrics, value);
}

static void add_costs(const struct metrics *metrics)
{
	struct money costs = {0};

	money_read(&costs, metrics->run->log->totals);
	begin(metrics, "restage_run_cost", "Cost of the run by currency.");
	for (uint32_t i = 0; i < costs.count; i++) {
		add_head(metrics, "restage_run_cost");
		if (*costs.sums[i].currency)
			add_more(metrics, "currency", costs.sums[i].currency);
		add_value(metrics, costs.sums[i].amount);
	}
	if (!costs.count) {
		add_head(metrics, "restage_run_cost");
		add_value(metrics, 0);
	}
}

static void add_run_metrics(const struct metrics *metrics)
{
	static const char *const states[] = {
		"ran", "fresh", "skipped", "failed", "blocked", "interrupted", "allowed_failures"};
	const struct past_run *log = metrics->run->log;
	const char *outcome = past_outcome(metrics->run->log, metrics->run->is_alive);

	begin(metrics, "restage_run_info", "The run that these metrics tell of.");
	add_head(metrics, "restage_run_info");
	add_more(metrics, "run", log->run);
	add_more(metrics, "outcome", outcome);
	add_more(metrics, "version", log->version);
	add_value(metrics, 1);
	add_run(metrics, "restage_run_success", "Whether the run ended well.",
		text_eq(outcome, "success"));
	add_run(metrics, "restage_run_start_time_seconds", "When the run began, as Unix time.",
		unix_time(log->begin_ns));
	add_run(metrics, "restage_run_duration_seconds",
		"How long the run took, so far if it goes on.",
		log->seconds > 0 ? log->seconds : 0);
	if (!log->totals)
		return;
	begin(metrics, "restage_run_stages", "Stages by what came of them in the run.");
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		add_head(metrics, "restage_run_stages");
		buf_fmt(metrics->out, ",state=\"%s\"", states[i]);
		add_value(metrics, export_total(log, states[i]));
	}
	add_run(metrics, "restage_run_cpu_seconds", "CPU time of the stages that ran.",
		export_total(log, "cpu_seconds"));
	add_run(metrics, "restage_run_saved_seconds",
		"What the stages that were up to date took when they last ran.",
		export_total(log, "saved_seconds"));
	add_costs(metrics);
}

static double bytes_of(const struct past_attempt *attempt, const char *name)
{
	double mb = export_resource(attempt, name);

	return mb < 0 ? -1 : floor(mb * BYTES_PER_MB + 0.5);
}

static double sum_sizes(const struct past_attempt *attempt, const struct past_file *files,
	uint32_t count, uint64_t more)
{
	double sum = 0;

	if (more || attempt->state != PAST_DONE)
		return -1;
	for (uint32_t i = 0; i < count; i++)
		sum += (double)files[i].size;
	return sum;
}

/* Name behind "restage_stage_", help, value for an attempt `a`; negative: not known. */
#define ATTEMPT_METRICS(X) \
	X(duration_seconds, "How long the last attempt took, so far if it goes on.", \
		export_seconds(log, a)) \
	X(attempts, "Attempts in this run.", a->number) \
	X(exit_code, "Exit code of the last attempt.", a->exit_code) \
	X(warnings, "Warnings of the last attempt.", a->warnings) \
	X(cpu_seconds, "CPU time of the last attempt.", export_cpu_seconds(a)) \
	X(memory_bytes, "Peak memory of all processes of the last attempt.", \
		bytes_of(a, "memory_mb")) \
	X(gpu_seconds, "Time in which GPUs were busy for the last attempt.", \
		export_resource(a, "gpu_seconds")) \
	X(gpu_memory_bytes, "Peak memory of the last attempt on GPUs.", \
		bytes_of(a, "gpu_memory_mb")) \
	X(read_bytes, "Bytes that the last attempt read.", bytes_of(a, "read_mb")) \
	X(written_bytes, "Bytes that the last attempt wrote.", bytes_of(a, "written_mb")) \
	X(input_bytes, "Size of the inputs of the last attempt.", \
		sum_sizes(a, a->inputs, a->input_count, a->inputs_more)) \
	X(output_bytes, "Size of the outputs of the last attempt.", \
		sum_sizes(a, a->outputs, a->output_count, a->outputs_more))

#define FUNCTION(name, help, value) \
	static double name##_of(const struct past_run *log, const struct past_attempt *a) \
	{ \
		(void)log; \
		return value; \
	}
#define METRIC(name, help, value) {"restage_stage_" #name, help, name##_of},

ATTEMPT_METRICS(FUNCTION)

static const struct {
	const char *name, *help;
	double (*value)(const struct past_run *log, const struct past_attempt *attempt);
} attempt_metrics[] = {ATTEMPT_METRICS(METRIC)};

static void add_stage_value(
	const struct metrics *metrics, const char *name, const char *stage, double value)
{
	add_head(metrics, name);
	add_more(metrics, "stage", stage);
	add_value(metrics, value);
}

static void add_attempt_metrics(const struct metrics *metrics)
{
	const struct past_run *log = metrics->run->log;

	for (size_t m = 0; m < sizeof attempt_metrics / sizeof *attempt_metrics; m++) {
		bool has_begun = false;

		for (uint32_t i = 0; i < log->stage_count; i++) {
			const struct past_stage *stage = &log->stages[i];
			double value;

			if (stage->last_attempt == NONE)
				continue;
			value = attempt_metrics[m].value(log, &log->attempts[stage->last_attempt]);
			if (value < 0)
				continue;
			if (!has_begun)
				begin(metrics, attempt_metrics[m].name, attempt_metrics[m].help);
			has_begun = true;
			add_stage_value(metrics, attempt_metrics[m].name, stage->name, value);
		}
	}
}

static const char *state_word(const struct export_run *run, const struct past_stage *stage)
{
	switch (stage->state) {
	case PAST_WAITING:
		return "waiting";
	case PAST_FRESH:
		return "up_to_date";
	case PAST_SKIPPED:
		return "skipped";
	case PAST_BLOCKED:
		return "blocked";
	case PAST_RUNNING:
	case PAST_DONE:
	case PAST_FAILED:
		break;
	}
	if (stage->last_attempt == NONE)
		return "waiting";
	return export_state(run, &run->log->attempts[stage->last_attempt]);
}

static void add_states(const struct metrics *metrics)
{
	const struct past_run *log = metrics->run->log;

	if (!log->stage_count)
		return;
	begin(metrics, "restage_stage_state",
		"What came of the stage in this run, 1 for the state it is in.");
	for (uint32_t i = 0; i < log->stage_count; i++) {
		add_head(metrics, "restage_stage_state");
		add_more(metrics, "stage", log->stages[i].name);
		buf_fmt(metrics->out, ",state=\"%s\"", state_word(metrics->run, &log->stages[i]));
		add_value(metrics, 1);
	}
}

static void add_successes(const struct metrics *metrics)
{
	const struct graph *graph = metrics->run->graph;
	bool has_begun = false;

	for (uint32_t i = 0; metrics->run->records && i < graph->stage_count; i++) {
		const struct record_success *success = &metrics->run->records[i].success;
		int64_t wall_ns;

		if (!success->is_known || !success->completed_at ||
			clock_parse_iso(success->completed_at, &wall_ns) < 0)
			continue;
		if (!has_begun)
			begin(metrics, "restage_stage_last_success_time_seconds",
				"When the stage last succeeded, in any run, as Unix time.");
		has_begun = true;
		add_stage_value(metrics, "restage_stage_last_success_time_seconds",
			stage_name(graph, i), unix_time(wall_ns));
	}
}

void export_prometheus(struct buf *out, const struct export_run *run)
{
	struct metrics metrics = {.run = run, .out = out};

	add_label(&metrics.labels, "pipeline", run->log->pipeline);
	buf_char(&metrics.labels, ',');
	add_label(&metrics.labels, "restage_job", run->log->job);
	add_run_metrics(&metrics);
	add_states(&metrics);
	add_attempt_metrics(&metrics);
	add_successes(&metrics);
	buf_free(&metrics.labels);
}
