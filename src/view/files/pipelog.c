/* The pipeline log.
 *
 * Lines have the one form of base/logline.h with the name "pipeline"; what a stage logs itself
 * through StageIO has the stage's name in its place ("[demux] [INFO] ..."), DEBUG excepted. The
 * wording is that of the logging architecture, which tools and people grep:
 *
 *	header     three lines in a frame of 80 '=', where things are, what the run is about, an empty line
 *	▶️  Stage demux: STARTING             then 🔎 Reason, 📥 Input, 📤 Output lines, at most 20 of each
 *	✅ Stage demux: COMPLETED (4.2s)      then 📤 Output lines for what only the stage itself reported
 *	❌ Stage demux: FAILED (exit code 1, 0.3s)   then what went wrong and where its log is
 *	⏭️  Stage demux: SKIPPED (up to date)
 *	⏹️  Stage demux: INTERRUPTED (3.1s)
 *	⏭️  Stage asr: NOT RUN (needs demux)
 *	🔁 Stage demux: attempt 1 failed (exit code 1, 0.3s), RETRYING in 5.0s
 *	⚠️  Stage demux: a warning
 *	summary    ✅ Pipeline: COMPLETED (12.3s), counts, times, cost, the slowest stages
 *	           📈 Unusual: demux took 12.0s, 3.2 times its median of 5 runs (see history.c)
 *
 * "FAILED" stands only in lines about what failed for good. Paths below the job's directory are
 * given without it, since the log lies there too. Nothing in a name can break a line: control bytes
 * are escaped.
 *
 * Stages that are up to date or disabled are held back as numbers until the first stage starts; a
 * run in which none does says how many they were in one line. Lines are collected and written when
 * the last writing was a moment ago, else within that moment (tick), or when there are many. */
#include "view/files/files.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "view/files/pipelog_part.h"
#include "view/words/words.h"

#define MOMENT_NS (50 * 1000000) /* between two writes */

/* What was held back until now is told, each at its time. */
static void let_go(struct pipelog *log, const struct graph *graph)
{
	for (uint32_t i = 0; i < log->held.count; i++) {
		const struct held *held = &log->held.items[i];
		const struct stage *stage = &graph->stages[held->stage];

		pipelog_skipped(log, held->ns, graph, held->stage,
			held->is_disabled ? graph_text(graph, stage->skip_reason) : NULL);
		if (logsink_is_full(&log->sink))
			logsink_write(&log->sink, log->sink.written_ns);
	}
	held_free(&log->held);
	log->has_started = true;
}

static void hear_settled(struct pipelog *log, const struct run_event *event)
{
	bool is_disabled = event->kind == STAGE_SKIP;

	if (log->has_started) {
		const char *text = event->text ? event->text : "";

		if (event->attempt && !*text)
			text = "the stage said so";
		pipelog_skipped(
			log, event->wall_ns, event->graph, event->stage, is_disabled ? text : NULL);
		return;
	}
	held_add(&log->held, event, event->wall_ns);
}

static void hear_begin(struct pipelog *log, const struct run_event *event)
{
	const struct graph *graph = event->graph;
	const char *job_dir = graph_text(graph, graph->job_dir);
	const char *below = path_below(job_dir, event->log_path);
	int64_t at = event->wall_ns;
	/* Heard before the run began: comes behind the header. */
	struct buf early = logsink_open(&log->sink, event->log_path, 0);

	pipelog_say(log, at, LOG_INFO, "%s", PIPELOG_FRAME);
	pipelog_say(log, at, LOG_INFO, "PIPELINE LOGGING ARCHITECTURE");
	pipelog_say(log, at, LOG_INFO, "%s", PIPELOG_FRAME);
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
	buf_free(&early);
}

static void hear_end(struct pipelog *log, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;

	if (!log->has_started && totals->done >= totals->selected)
		pipelog_nothing_ran(log, event);
	else {
		let_go(log, event->graph);
		pipelog_summary(log, event);
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

static void hear(struct pipelog *log, const struct run_event *event)
{
	if (!log->has_started && held_is_start(event))
		let_go(log, event->graph);
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
	case STAGE_FRESH:
	case STAGE_SKIP:
		hear_settled(log, event);
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
		buf_str(&log->line, event->text ? event->text : "");
		pipelog_end_line(log, event->wall_ns, LOG_WARNING);
		break;
	case RUN_SIGNAL:
		hear_signal(log, event);
		break;
	case RUN_END:
		hear_end(log, event);
		break;
	case RUN_HASHING:
	case STAGE_LINE:
	case STAGE_PROGRESS:
	case STAGE_SAMPLE:
		break;
	}
}

static bool has_news(const struct pipelog *log)
{
	return log->sink.path && log->sink.text.len;
}

static void on_event(void *ctx, const struct run_event *event)
{
	struct pipelog *log = ctx;

	hear(log, event);
	if (has_news(log) && (event->kind == RUN_END || logsink_is_due(&log->sink, event->mono_ns)))
		logsink_write(&log->sink, event->mono_ns);
}

static int on_tick(void *ctx, int64_t mono_ns, const struct run_totals *totals)
{
	struct pipelog *log = ctx;
	int left_ms = logsink_left_ms(&log->sink, mono_ns);

	(void)totals;
	if (!has_news(log))
		return -1;
	if (left_ms > 0)
		return left_ms;
	logsink_write(&log->sink, mono_ns);
	return -1;
}

static void pipelog_free(void *ctx)
{
	struct pipelog *log = ctx;

	logsink_free(&log->sink);
	held_free(&log->held);
	buf_free(&log->line);
	free(log);
}

struct listener *pipelog_new(const struct history *history)
{
	struct pipelog *log = mem_alloc(sizeof *log);

	log->history = history;
	log->sink.fd = -1;
	log->sink.moment_ns = MOMENT_NS;
	log->listener = (struct listener){
		.hear = on_event,
		.tick = on_tick,
		.free = pipelog_free,
		.err = &log->sink.err,
		.ctx = log,
	};
	return &log->listener;
}
