/* The lines about stages. */
#include <stdarg.h>

#include "base/arena.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "view/files/pipelog_part.h"
#include "view/words/words.h"

void pipelog_end_line(struct pipelog *log, int64_t wall_ns, enum log_level level)
{
	log_line(&log->sink.text, wall_ns, "pipeline", level, buf_text(&log->line), log->line.len);
	buf_reset(&log->line);
}

void pipelog_say(struct pipelog *log, int64_t wall_ns, enum log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vfmt(&log->line, fmt, args);
	va_end(args);
	pipelog_end_line(log, wall_ns, level);
}

void pipelog_begin_stage(struct pipelog *log, const struct run_event *event, const char *sign)
{
	buf_str(&log->line, sign);
	buf_str(&log->line, "Stage ");
	style_text(&log->line, stage_name(event->graph, event->stage));
	buf_str(&log->line, ": ");
}

static void say_path(
	struct pipelog *log, const struct run_event *event, const char *what, const char *path)
{
	const char *below = path_below(graph_text(event->graph, event->graph->job_dir), path);

	buf_str(&log->line, what);
	style_text(&log->line, below && *below ? below : path);
	pipelog_end_line(log, event->wall_ns, LOG_INFO);
}

static void say_uses(struct pipelog *log, const struct run_event *event, uint32_t first,
	uint32_t count, const char *what)
{
	const struct graph *graph = event->graph;
	uint32_t told = 0;

	for (uint32_t i = first; i < first + count; i++) {
		if (!graph_is_tool(graph, &graph->uses[i]) && told++ < PIPELOG_LISTED)
			say_path(log, event, what, file_path(graph, graph->uses[i].file));
	}
	if (told > PIPELOG_LISTED)
		pipelog_say(log, event->wall_ns, LOG_INFO, "%s… and %u more", what,
			told - PIPELOG_LISTED);
}

static void say_reasons(struct pipelog *log, const struct run_event *event)
{
	uint32_t count = reasons_told(event->reasons, event->reason_count);

	for (uint32_t i = 0; i < count && i < PIPELOG_LISTED; i++) {
		buf_str(&log->line, "🔎 Reason: ");
		reason_sentence(&log->line, &event->reasons[i]);
		pipelog_end_line(log, event->wall_ns, LOG_INFO);
	}
	if (count > PIPELOG_LISTED)
		pipelog_say(log, event->wall_ns, LOG_INFO, "🔎 Reason: … and %u more",
			count - PIPELOG_LISTED);
}

void pipelog_skipped(struct pipelog *log, int64_t wall_ns, const struct graph *graph,
	uint32_t stage, const char *reason)
{
	struct buf *line = &log->line;

	buf_str(line, "⏭️  Stage ");
	style_text(line, stage_name(graph, stage));
	if (!reason) {
		buf_str(line, ": SKIPPED (up to date)");
	} else {
		buf_str(line, ": SKIPPED (");
		style_text(line, *reason ? reason : "disabled");
		buf_char(line, ')');
	}
	pipelog_end_line(log, wall_ns, LOG_INFO);
}

void pipelog_start(struct pipelog *log, const struct run_event *event)
{
	const struct stage *stage = &event->graph->stages[event->stage];

	if (event->attempt && event->attempt->restored)
		return; /* all is told when it is there */
	pipelog_begin_stage(log, event, "▶️  ");
	buf_str(&log->line, "STARTING");
	if (event->attempt_number > 1) {
		buf_fmt(&log->line, " (attempt %u)", event->attempt_number);
		pipelog_end_line(log, event->wall_ns, LOG_INFO);
		return;
	}
	pipelog_end_line(log, event->wall_ns, LOG_INFO);
	say_reasons(log, event);
	say_uses(log, event, stage->first_use, stage->input_count, "📥 Input: ");
	say_uses(log, event, stage->first_use + stage->input_count, stage->output_count,
		"📤 Output: ");
}

static void note_duration(struct pipelog *log, uint32_t stage, double seconds)
{
	struct slow slow = {.stage = stage, .seconds = seconds};

	if (seconds < 0.05)
		return; /* would be told as 0.0s */
	log->slowest_count = slowest_add(log->slowest, log->slowest_count, PIPELOG_SLOWEST, &slow);
}

void pipelog_done(struct pipelog *log, const struct run_event *event)
{
	const struct attempt *attempt = event->attempt;
	uint32_t reported = 0;

	if (!attempt->restored)
		note_duration(log, event->stage, attempt->duration_seconds);
	pipelog_begin_stage(log, event, attempt->restored ? "♻️  " : "✅ ");
	buf_str(&log->line, attempt->restored ? "RESTORED (" : "COMPLETED (");
	if (attempt->restored)
		outcome_origin(&log->line, attempt->restored);
	else
		text_add_duration(&log->line, attempt->duration_seconds);
	buf_char(&log->line, ')');
	pipelog_end_line(log, event->wall_ns, LOG_INFO);
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];

		if (file->role != ROLE_OUTPUT || file->origin != ORIGIN_REPORTED)
			continue;
		if (reported++ < PIPELOG_LISTED)
			say_path(log, event, "📤 Output: ", file->path);
	}
	if (reported > PIPELOG_LISTED)
		pipelog_say(log, event->wall_ns, LOG_INFO, "📤 Output: … and %u more",
			reported - PIPELOG_LISTED);
}

static void say_cause(struct pipelog *log, const struct run_event *event)
{
	if (!outcome_says_more(event->text))
		return;
	buf_str(&log->line, ": ");
	style_text(&log->line, event->text);
}

static void note_failed(struct pipelog *log, const struct run_event *event)
{
	if (stage_settings(event->graph, event->stage)->flags & SET_ALLOW_FAILURE ||
		log->failed_count++ >= PIPELOG_LISTED)
		return;
	buf_str(&log->failed, log->failed.len ? ", " : "");
	style_text(&log->failed, stage_name(event->graph, event->stage));
}

void pipelog_fail(struct pipelog *log, const struct run_event *event)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *dir = graph_text(event->graph, event->graph->stages[event->stage].dir);

	note_duration(log, event->stage, event->attempt->duration_seconds);
	if (event->attempt->is_interrupted) {
		pipelog_begin_stage(log, event, "⏹️  ");
		buf_str(&log->line, "INTERRUPTED (");
	} else {
		pipelog_begin_stage(log, event, "❌ ");
		buf_str(&log->line, "FAILED (");
		note_failed(log, event);
	}
	outcome_failure(&log->line, event->attempt);
	buf_char(&log->line, ')');
	say_cause(log, event);
	pipelog_end_line(log, event->wall_ns, LOG_ERROR);
	if (event->attempt->command)
		say_path(log, event, "📋 Stage log: ", stage_path(&arena, dir, STAGE_LOG_FILE));
	if (stage_settings(event->graph, event->stage)->flags & SET_ALLOW_FAILURE) {
		pipelog_begin_stage(log, event, "⚠️  ");
		buf_str(&log->line, "its failure is allowed");
		pipelog_end_line(log, event->wall_ns, LOG_WARNING);
	}
}

void pipelog_retry(struct pipelog *log, const struct run_event *event)
{
	pipelog_begin_stage(log, event, "🔁 ");
	buf_fmt(&log->line, "attempt %u failed (", event->attempt->number);
	outcome_failure(&log->line, event->attempt);
	buf_char(&log->line, ')');
	say_cause(log, event);
	buf_str(&log->line, ", RETRYING");
	if (event->delay_ms > 0) {
		buf_str(&log->line, " in ");
		text_add_duration(&log->line, (double)event->delay_ms / 1000);
	}
	pipelog_end_line(log, event->wall_ns, LOG_WARNING);
}

void pipelog_blocked(struct pipelog *log, const struct run_event *event)
{
	pipelog_begin_stage(log, event, "⏭️  ");
	buf_str(&log->line, event->other == NONE ? "NOT RUN (" : "NOT RUN (needs ");
	style_text(&log->line,
		event->other == NONE ? event->text : stage_name(event->graph, event->other));
	buf_char(&log->line, ')');
	pipelog_end_line(log, event->wall_ns, LOG_WARNING);
}
