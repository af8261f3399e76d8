/* The lines at the end. */
#include "base/text.h"
#include "model/graph/graph.h"
#include "view/files/files.h"
#include "view/files/pipelog_part.h"
#include "view/words/words.h"

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
void pipelog_nothing_ran(struct pipelog *log, const struct run_event *event)
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

void pipelog_summary(struct pipelog *log, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;
	int64_t at = event->wall_ns;

	pipelog_say(log, at, LOG_INFO, "%s", "");
	pipelog_say(log, at, LOG_INFO, "%s", PIPELOG_FRAME);
	buf_str(&log->line, totals->failed        ? "❌ Pipeline: FAILED ("
			    : totals->interrupted ? "⏹️  Pipeline: INTERRUPTED ("
						  : "✅ Pipeline: COMPLETED (");
	text_add_duration(&log->line, totals->seconds);
	buf_char(&log->line, ')');
	pipelog_end_line(log, at, outcome_is_bad(totals) ? LOG_ERROR : LOG_INFO);
	buf_fmt(&log->line, "📊 Stages: %u selected, ", totals->selected);
	outcome_counts(&log->line, totals);
	pipelog_end_line(log, at, LOG_INFO);
	if (totals->cpu_seconds >= 0.05)
		say_seconds(log, at, "💻 CPU time: ", totals->cpu_seconds);
	if (totals->saved_seconds >= 0.05)
		say_seconds(log, at, "♻️  Saved time: ", totals->saved_seconds);
	if (totals->cost > 0)
		pipelog_say(
			log, at, LOG_INFO, "💰 Cost: %.*f", totals->cost < 1 ? 6 : 2, totals->cost);
	if (log->slowest_count > 1)
		say_slowest(log, event);
	say_remarks(log, at);
	pipelog_say(log, at, LOG_INFO, "%s", PIPELOG_FRAME);
}
