/* The pipeline log.
 *
 * Lines have the one form of base/logline.h with the name "pipeline"; what a stage logs itself
 * through StageIO has the stage's name in its place ("[demux] [INFO] ..."), DEBUG excepted. The
 * wording is that of the logging architecture, which tools and people grep:
 *
 *	header     three lines in a frame of 80 '=', where things are, what the run is about, an empty line
 *	▶️  Stage demux: STARTING             then 🔎 Reason, 📥 Input, 📤 Output lines, at most 20 of each
 *	✅ Stage demux: COMPLETED (4.2s)      then 📤 Output lines for what only the stage itself reported
 *	❌ Stage demux: FAILED (exit code 1, 0.3s): in.mp4: No such file   then where its log is
 *	⏭️  Stage demux: SKIPPED (up to date)
 *	⏹️  Stage demux: INTERRUPTED (3.1s)
 *	⏭️  Stage asr: NOT RUN (needs demux)
 *	🔁 Stage demux: attempt 1 failed (exit code 1, 0.3s): no route, RETRYING in 5.0s
 *	⚠️  Stage demux: a warning
 *	summary    ✅ Pipeline: COMPLETED (12.3s), counts, failed stages, warnings by stage, CPU time,
 *	           peak memory, bytes, costs by currency, the slowest stages
 *	           📈 Unusual: demux took 12.0s, 3.2 times its median of 5 runs (see history.c)
 *
 * "FAILED" stands only in lines about what failed for good. Paths below the job's directory are
 * given without it, since the log lies there too. Nothing in a name can break a line: control bytes
 * are escaped.
 *
 * Stages that are up to date are told one by one only if they are at most twenty, else by their
 * number in one line at the end: the run record has each.
 *
 * A run in which no stage starts says how many were up to date in one line (logsink.h). */
#include "view/files/files.h"

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "view/files/pipelog_part.h"
#include "view/words/words.h"

#define MOMENT_NS (50 * 1000000) /* between two writes */
#define FRAME "================================================================================"

static void hear_begin(struct pipelog *log, const struct run_event *event)
{
	const struct graph *graph = event->graph;
	const char *job_dir = graph_text(graph, graph->job_dir);
	const char *below = path_below(job_dir, event->log_path);
	int64_t at = event->wall_ns;
	/* Heard before the run began: comes behind the header. */
	struct buf early BUF_LOCAL = logsink_open(&log->sink, event->log_path, 0);

	log->selected = event->totals->selected;
	pipelog_say(log, at, LOG_INFO, "%s", FRAME);
	pipelog_say(log, at, LOG_INFO, "PIPELINE LOGGING ARCHITECTURE");
	pipelog_say(log, at, LOG_INFO, "%s", FRAME);
	buf_str(&log->line, "📋 Main pipeline log: ");
	style_text(&log->line, below && *below ? below : event->log_path);
	pipelog_end_line(log, at, LOG_INFO);
	pipelog_say(log, at, LOG_INFO, "📋 Stage logs: Each stage writes to its own subdirectory");
	pipelog_say(
		log, at, LOG_INFO, "📋 Stage manifests: Track inputs/outputs/intermediate files");
	buf_str(&log->line, "📋 Pipeline ");
	style_text(&log->line, graph_text(graph, graph->pipeline));
	buf_str(&log->line, ", job ");
	style_text(&log->line, job_dir);
	buf_str(&log->line, ", run ");
	style_text(&log->line, event->run_id ? event->run_id : "");
	buf_str(&log->line, ": ");
	outcome_plural(&log->line, event->totals->selected, "stage");
	if (event->totals->selected != graph->stage_count)
		buf_fmt(&log->line, " of %u", graph->stage_count);
	pipelog_end_line(log, at, LOG_INFO);
	pipelog_say(log, at, LOG_INFO, "%s", "");
	buf_add(&log->sink.text, early.data, early.len);
}

static void say_seconds(struct pipelog *log, int64_t at, const char *what, double seconds)
{
	buf_str(&log->line, what);
	text_add_duration(&log->line, seconds);
	pipelog_end_line(log, at, LOG_INFO);
}

static void say_slowest(struct pipelog *log, const struct run_event *event)
{
	buf_str(&log->line, "🐢 Slowest: ");
	for (uint32_t i = 0; i < log->slowest_count; i++) {
		if (i)
			buf_str(&log->line, ", ");
		style_text(&log->line, stage_name(event->graph, log->slowest[i].stage));
		buf_char(&log->line, ' ');
		text_add_duration(&log->line, log->slowest[i].seconds);
	}
	pipelog_end_line(log, event->wall_ns, LOG_INFO);
}

/* The one line of a run in which nothing had to run. */
static void nothing_ran(struct pipelog *log, const struct run_event *event)
{
	buf_str(&log->line, "⏭️  Nothing to run: ");
	outcome_counts(&log->line, event->totals);
	buf_str(&log->line, " (");
	text_add_duration(&log->line, event->totals->seconds);
	if (event->totals->saved_seconds > 0) {
		buf_str(&log->line, ", saved ");
		text_add_duration(&log->line, event->totals->saved_seconds);
	}
	buf_char(&log->line, ')');
	pipelog_end_line(log, event->wall_ns, LOG_INFO);
}

static void say_remarks(struct pipelog *log, int64_t at)
{
	const char *const *remarks;
	uint32_t count = history_remarks(log->history, &remarks);

	for (uint32_t i = 0; i < count; i++)
		pipelog_say(log, at, LOG_WARNING, "📈 Unusual: %s", remarks[i]);
}

static void say_usage(struct pipelog *log, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;
	int64_t at = event->wall_ns;

	if (totals->memory_mb > 0) {
		buf_str(&log->line, "🧠 Peak memory: ");
		text_add_size(&log->line, totals->memory_mb * 1048576);
		buf_str(&log->line, " (");
		style_text(&log->line, stage_name(event->graph, totals->memory_stage));
		buf_char(&log->line, ')');
		pipelog_end_line(log, at, LOG_INFO);
	}
	if (totals->read_mb > 0 || totals->written_mb > 0) {
		buf_str(&log->line, "💾 Bytes: ");
		text_add_size(&log->line, totals->read_mb * 1048576);
		buf_str(&log->line, " read, ");
		text_add_size(&log->line, totals->written_mb * 1048576);
		buf_str(&log->line, " written");
		pipelog_end_line(log, at, LOG_INFO);
	}
	if (totals->costs.count) {
		buf_str(&log->line, "💰 Cost: ");
		money_text(&log->line, &totals->costs);
		pipelog_end_line(log, at, LOG_INFO);
	}
}

static void summary(struct pipelog *log, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;
	int64_t at = event->wall_ns;

	pipelog_say(log, at, LOG_INFO, "%s", "");
	pipelog_say(log, at, LOG_INFO, "%s", FRAME);
	buf_str(&log->line, totals->failed           ? "❌ Pipeline: FAILED ("
			    : totals->interrupted    ? "⏹️  Pipeline: INTERRUPTED ("
			    : totals->is_over_budget ? "⏹️  Pipeline: STOPPED ("
						     : "✅ Pipeline: COMPLETED (");
	text_add_duration(&log->line, totals->seconds);
	buf_char(&log->line, ')');
	pipelog_end_line(log, at, outcome_is_bad(totals) ? LOG_ERROR : LOG_INFO);
	buf_fmt(&log->line, "📊 Stages: %u selected, ", totals->selected);
	outcome_counts(&log->line, totals);
	pipelog_end_line(log, at, LOG_INFO);
	if (log->failed_count) {
		buf_str(&log->line, "❌ Failed: ");
		buf_add(&log->line, log->failed.data, log->failed.len);
		if (log->failed_count > PIPELOG_LISTED)
			buf_fmt(&log->line, " and %u more", log->failed_count - PIPELOG_LISTED);
		pipelog_end_line(log, at, LOG_ERROR);
	}
	if (log->warned.count) {
		buf_str(&log->line, "⚠️  ");
		warned_add(&log->line, event->graph, &log->warned, WARNED_KEPT);
		pipelog_end_line(log, at, LOG_WARNING);
	}
	if (totals->cpu_seconds >= 0.05)
		say_seconds(log, at, "💻 CPU time: ", totals->cpu_seconds);
	if (totals->saved_seconds >= 0.05)
		say_seconds(log, at, "♻️  Saved time: ", totals->saved_seconds);
	say_usage(log, event);
	if (log->slowest_count > 1)
		say_slowest(log, event);
	say_remarks(log, at);
	pipelog_say(log, at, LOG_INFO, "%s", FRAME);
}

/* Of more than a few stages it is known only at the end how many are up to date. */
static void say_fresh(struct pipelog *log, const struct run_event *event)
{
	if (log->fresh_count > PIPELOG_LISTED) {
		pipelog_say(log, event->wall_ns, LOG_INFO,
			"⏭️  %u stages: SKIPPED (up to date)", log->fresh_count);
		return;
	}
	for (uint32_t i = 0; i < log->fresh_count; i++)
		pipelog_skipped(log, event->wall_ns, event->graph, log->fresh[i], NULL);
}

static void hear_end(struct pipelog *log, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;

	if (!log->sink.has_started && totals->done >= totals->selected) {
		nothing_ran(log, event);
	} else {
		logsink_let_go(&log->sink);
		say_fresh(log, event);
		summary(log, event);
	}
}

static void hear_signal(struct pipelog *log, const struct run_event *event)
{
	buf_str(&log->line, "⚠️  Stopping on ");
	text_add_signal(&log->line, (int)event->count);
	pipelog_end_line(log, event->wall_ns, LOG_WARNING);
}

/* A line with the text of the event behind a sign; several lines stay several. */
static void say_text(
	struct pipelog *log, const struct run_event *event, const char *sign, enum log_level level)
{
	buf_str(&log->line, sign);
	buf_str(&log->line, event->text ? event->text : "");
	pipelog_end_line(log, event->wall_ns, level);
}

static void put(struct logsink *sink, const struct run_event *event)
{
	struct pipelog *log = (struct pipelog *)sink;
	const char *text = event->text ? event->text : "";

	warned_hear(&log->warned, event);
	switch (event->kind) {
	case RUN_BEGIN:
		hear_begin(log, event);
		break;
	case RUN_NOTICE:
		if (event->level != LOG_DEBUG)
			say_text(log, event, event->level >= LOG_WARNING ? "⚠️  " : "",
				event->level);
		break;
	case RUN_WAIT:
		say_text(log, event, "⏳ ", LOG_INFO);
		break;
	case STAGE_SKIP:
		pipelog_skipped(log, event->wall_ns, event->graph, event->stage,
			*text ? text : "the stage said so");
		break;
	case STAGE_BLOCKED:
		pipelog_blocked(log, event);
		break;
	case STAGE_START:
		pipelog_start(log, event);
		break;
	case STAGE_LOG:
		if (event->level != LOG_DEBUG)
			log_line(&log->sink.text, event->wall_ns,
				stage_name(event->graph, event->stage), event->level, event->text,
				event->text_len);
		break;
	case STAGE_RETRY:
		pipelog_retry(log, event);
		break;
	case STAGE_DONE:
		pipelog_done(log, event);
		break;
	case STAGE_FAIL:
		pipelog_fail(log, event);
		break;
	case STAGE_WARNING:
		pipelog_begin_stage(log, event, "⚠️  ");
		buf_str(&log->line, text);
		pipelog_end_line(log, event->wall_ns, LOG_WARNING);
		break;
	case RUN_SIGNAL:
		hear_signal(log, event);
		break;
	case RUN_END:
		hear_end(log, event);
		break;
	case STAGE_FRESH:
	case STAGE_QUEUED:
	case RUN_HASHING:
	case STAGE_LINE:
	case STAGE_PROGRESS:
	case STAGE_SAMPLE:
		break;
	}
}

static uint32_t put_held(struct logsink *sink, const struct held *held, uint32_t count)
{
	struct pipelog *log = (struct pipelog *)sink;
	const struct graph *graph = sink->graph;
	const char *reason = graph_text(graph, graph->stages[held->stage].skip_reason);

	(void)count;
	if (held->is_disabled)
		pipelog_skipped(log, held->ns, graph, held->stage, reason);
	else if (log->selected <= PIPELOG_LISTED)
		pipelog_skipped(log, held->ns, graph, held->stage, NULL);
	else if (log->fresh_count++ < PIPELOG_LISTED)
		log->fresh[log->fresh_count - 1] = held->stage;
	return 1;
}

static void done(struct logsink *sink)
{
	buf_free(&((struct pipelog *)sink)->line);
	buf_free(&((struct pipelog *)sink)->failed);
}

struct listener *pipelog_new(const struct history *history)
{
	struct pipelog *log = mem_alloc(sizeof *log);

	log->history = history;
	log->sink.moment_ns = MOMENT_NS;
	log->sink.keeps_wall = true;
	log->sink.put = put;
	log->sink.put_held = put_held;
	log->sink.done = done;
	logsink_init(&log->sink);
	return &log->sink.listener;
}
