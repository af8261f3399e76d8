/* The pipeline log.
 *
 * Lines have the one form of base/logline.h with the name "pipeline"; what a stage logs itself through
 * StageIO has the stage's name in its place ("[demux] [INFO] ..."), DEBUG excepted. The wording is that
 * of the logging architecture, which tools and people grep:
 *
 *	header     three lines in a frame of 80 '=', where things are, what the run is about, an empty line
 *	▶️  Stage demux: STARTING             then 🔎 Reason, 📥 Input, 📤 Output lines, at most 20 of each
 *	✅ Stage demux: COMPLETED (4.2s)      then 📤 Output lines for what only the stage itself reported
 *	❌ Stage demux: FAILED (exit code 1, 0.3s)   then what went wrong and where its log is
 *	⏭️  Stage demux: SKIPPED (up to date)
 *	⏹️  Stage demux: INTERRUPTED (3.1s)
 *	⏭️  Stage asr: NOT RUN (demux failed)
 *	🔁 Stage demux: attempt 1 failed (exit code 1, 0.3s), RETRYING in 5.0s
 *	⚠️  Stage demux: a warning
 *	summary    ✅ Pipeline: COMPLETED (12.3s), counts, times, cost, the slowest stages
 *
 * "FAILED" stands only in lines about what failed for good. Paths below the job's directory are given
 * without it, since the log lies there too. Nothing in a name can break a line: control bytes are escaped.
 *
 * Stages that are up to date or disabled are held back as numbers until the first stage starts; a run in
 * which none does says how many they were in one line. Lines are collected and written when the last
 * writing was a moment ago, else within that moment (tick), or when there are many. */
#include "view/pipelog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph.h"
#include "view/outcome.h"
#include "view/reasons.h"
#include "view/style.h"

#define LISTED 20                 /* files or reasons of one stage */
#define SLOWEST 5
#define MOMENT_NS (50 * 1000000)  /* between two writes */
#define MANY_BYTES (256 * 1024)   /* written at once */
#define FRAME                                                                                      \
	"================================================================================"

struct held {
	int64_t wall_ns;
	uint32_t stage;
	bool is_disabled;
};

struct pipelog {
	struct listener listener;
	struct err err;
	char *path; /* owned; NULL before RUN_BEGIN */
	int fd;
	struct buf text; /* not written yet */
	struct buf line; /* being made */
	int64_t written_ns; /* mono: of the last writing */
	struct held *held;
	uint32_t held_count, held_cap;
	bool has_started; /* some stage: nothing is held any more */
	struct {
		uint32_t stage;
		double seconds;
	} slowest[SLOWEST]; /* falling */
	uint32_t slowest_count;
};

static void write_out(struct pipelog *log)
{
	if (log->text.len && log->fd >= 0 && fs_write_all(log->fd, log->text.data, log->text.len)) {
		err_sys(&log->err, errno, "write", log->path);
		close(log->fd);
		log->fd = -1;
	}
	buf_reset(&log->text);
}

static void create(struct pipelog *log, const char *path)
{
	struct arena arena = {0};

	log->path = mem_strdup(path);
	if (fs_mkdirs(path_dir(&arena, path), &log->err) == 0) {
		log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
		if (log->fd < 0)
			err_sys(&log->err, errno, "create", path);
	}
	arena_free(&arena);
}

/* Ends the line that was made in log->line. */
static void end_line(struct pipelog *log, int64_t wall_ns, enum log_level level)
{
	log_line(&log->text, wall_ns, "pipeline", level, buf_text(&log->line), log->line.len);
	buf_reset(&log->line);
}

__attribute__((format(printf, 4, 5))) static void say(
	struct pipelog *log, int64_t wall_ns, enum log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vfmt(&log->line, fmt, args);
	va_end(args);
	end_line(log, wall_ns, level);
}

/* "▶️  Stage demux: " begins a line. */
static void begin_stage(struct pipelog *log, const struct run_event *event, const char *sign)
{
	buf_str(&log->line, sign);
	buf_str(&log->line, "Stage ");
	style_text(&log->line, stage_name(event->graph, event->stage));
	buf_str(&log->line, ": ");
}

static void say_stage(struct pipelog *log, const struct run_event *event, const char *sign,
	enum log_level level, const char *what)
{
	begin_stage(log, event, sign);
	buf_str(&log->line, what);
	end_line(log, event->wall_ns, level);
}

static void say_path(struct pipelog *log, const struct run_event *event, const char *what,
	const char *path)
{
	const char *below = path_below(graph_text(event->graph, event->graph->job_dir), path);

	buf_str(&log->line, what);
	style_text(&log->line, below && *below ? below : path);
	end_line(log, event->wall_ns, LOG_INFO);
}

static void say_uses(struct pipelog *log, const struct run_event *event, uint32_t first,
	uint32_t count, const char *what)
{
	for (uint32_t i = 0; i < count && i < LISTED; i++)
		say_path(log, event, what,
			file_path(event->graph, event->graph->uses[first + i].file));
	if (count > LISTED)
		say(log, event->wall_ns, LOG_INFO, "%s… and %u more", what, count - LISTED);
}

static void say_reasons(struct pipelog *log, const struct run_event *event)
{
	for (uint32_t i = 0; i < event->reason_count && i < LISTED; i++) {
		buf_str(&log->line, "🔎 Reason: ");
		reason_sentence(&log->line, &event->reasons[i]);
		end_line(log, event->wall_ns, LOG_INFO);
	}
	if (event->reason_count > LISTED)
		say(log, event->wall_ns, LOG_INFO, "🔎 Reason: … and %u more",
			event->reason_count - LISTED);
}

static void say_skipped(struct pipelog *log, int64_t wall_ns, const struct graph *graph,
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
	end_line(log, wall_ns, LOG_INFO);
}

/* What was held back until now is told, each at its time. */
static void let_go(struct pipelog *log, const struct graph *graph)
{
	for (uint32_t i = 0; i < log->held_count; i++) {
		const struct held *held = &log->held[i];
		const struct stage *stage = &graph->stages[held->stage];

		say_skipped(log, held->wall_ns, graph, held->stage,
			held->is_disabled ? graph_text(graph, stage->skip_reason) : NULL);
		if (log->text.len >= MANY_BYTES)
			write_out(log);
	}
	free(log->held);
	log->held = NULL;
	log->held_count = log->held_cap = 0;
	log->has_started = true;
}

static void hear_settled(struct pipelog *log, const struct run_event *event)
{
	bool is_disabled = event->kind == STAGE_SKIP;

	if (log->has_started) {
		say_skipped(log, event->wall_ns, event->graph, event->stage,
			!is_disabled ? NULL : event->text ? event->text : "");
		return;
	}
	MEM_ROOM(log->held, log->held_count, log->held_cap);
	log->held[log->held_count++] = (struct held){
		.wall_ns = event->wall_ns, .stage = event->stage, .is_disabled = is_disabled};
}

static void hear_begin(struct pipelog *log, const struct run_event *event)
{
	const struct graph *graph = event->graph;
	const char *job_dir = graph_text(graph, graph->job_dir);
	const char *below = path_below(job_dir, event->log_path);
	int64_t at = event->wall_ns;
	struct buf early = log->text; /* heard before the run began: comes behind the header */

	create(log, event->log_path);
	log->text = (struct buf){0};
	say(log, at, LOG_INFO, "%s", FRAME);
	say(log, at, LOG_INFO, "PIPELINE LOGGING ARCHITECTURE");
	say(log, at, LOG_INFO, "%s", FRAME);
	buf_str(&log->line, "📋 Main pipeline log: ");
	style_text(&log->line, below && *below ? below : event->log_path);
	end_line(log, at, LOG_INFO);
	say(log, at, LOG_INFO, "📋 Stage logs: Each stage writes to its own subdirectory");
	say(log, at, LOG_INFO, "📋 Stage manifests: Track inputs/outputs/intermediate files");
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
	end_line(log, at, LOG_INFO);
	say(log, at, LOG_INFO, "%s", "");
	buf_add(&log->text, early.data, early.len);
	buf_free(&early);
}

static void hear_start(struct pipelog *log, const struct run_event *event)
{
	const struct stage *stage = &event->graph->stages[event->stage];

	begin_stage(log, event, "▶️  ");
	buf_str(&log->line, "STARTING");
	if (event->attempt_number > 1) {
		buf_fmt(&log->line, " (attempt %u)", event->attempt_number);
		end_line(log, event->wall_ns, LOG_INFO);
		return;
	}
	end_line(log, event->wall_ns, LOG_INFO);
	say_reasons(log, event);
	say_uses(log, event, stage->first_use, stage->input_count, "📥 Input: ");
	say_uses(log, event, stage->first_use + stage->input_count, stage->output_count,
		"📤 Output: ");
}

static void note_duration(struct pipelog *log, uint32_t stage, double seconds)
{
	uint32_t at = log->slowest_count;

	while (at > 0 && log->slowest[at - 1].seconds < seconds)
		at--;
	if (at == SLOWEST)
		return;
	if (log->slowest_count < SLOWEST)
		log->slowest_count++;
	memmove(&log->slowest[at + 1], &log->slowest[at],
		(log->slowest_count - at - 1) * sizeof *log->slowest);
	log->slowest[at].stage = stage;
	log->slowest[at].seconds = seconds;
}

static void hear_done(struct pipelog *log, const struct run_event *event)
{
	const struct attempt *attempt = event->attempt;
	uint32_t reported = 0;

	note_duration(log, event->stage, attempt->duration_seconds);
	begin_stage(log, event, "✅ ");
	buf_str(&log->line, "COMPLETED (");
	text_add_duration(&log->line, attempt->duration_seconds);
	buf_char(&log->line, ')');
	end_line(log, event->wall_ns, LOG_INFO);
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];

		if (file->role != ROLE_OUTPUT || file->origin != ORIGIN_REPORTED)
			continue;
		if (reported++ < LISTED)
			say_path(log, event, "📤 Output: ", file->path);
	}
	if (reported > LISTED)
		say(log, event->wall_ns, LOG_INFO, "📤 Output: … and %u more", reported - LISTED);
}

static void hear_fail(struct pipelog *log, const struct run_event *event)
{
	struct arena arena = {0};
	const char *dir = graph_text(event->graph, event->graph->stages[event->stage].dir);

	note_duration(log, event->stage, event->attempt->duration_seconds);
	if (event->attempt->is_interrupted) {
		begin_stage(log, event, "⏹️  ");
		buf_str(&log->line, "INTERRUPTED (");
	} else {
		begin_stage(log, event, "❌ ");
		buf_str(&log->line, "FAILED (");
	}
	outcome_failure(&log->line, event->attempt);
	buf_char(&log->line, ')');
	end_line(log, event->wall_ns, LOG_ERROR);
	if (outcome_says_more(event->text)) {
		buf_str(&log->line, "   ");
		style_text(&log->line, event->text);
		end_line(log, event->wall_ns, LOG_ERROR);
	}
	if (event->attempt->command)
		say_path(log, event, "📋 Stage log: ", path_join(&arena, dir, "stage.log"));
	if (stage_settings(event->graph, event->stage)->flags & SET_ALLOW_FAILURE)
		say_stage(log, event, "⚠️  ", LOG_WARNING, "its failure is allowed");
	arena_free(&arena);
}

static void hear_retry(struct pipelog *log, const struct run_event *event)
{
	begin_stage(log, event, "🔁 ");
	buf_fmt(&log->line, "attempt %u failed (", event->attempt->number);
	outcome_failure(&log->line, event->attempt);
	buf_str(&log->line, "), RETRYING");
	if (event->delay_ms > 0) {
		buf_str(&log->line, " in ");
		text_add_duration(&log->line, (double)event->delay_ms / 1000);
	}
	end_line(log, event->wall_ns, LOG_WARNING);
}

static void hear_signal(struct pipelog *log, const struct run_event *event)
{
	buf_str(&log->line, "⚠️  Stopping on ");
	outcome_signal(&log->line, (int)event->count);
	end_line(log, event->wall_ns, LOG_WARNING);
}

static void say_seconds(struct pipelog *log, int64_t at, const char *what, double seconds)
{
	buf_str(&log->line, what);
	text_add_duration(&log->line, seconds);
	end_line(log, at, LOG_INFO);
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
	end_line(log, event->wall_ns, LOG_INFO);
}

/* The one line of a run in which nothing had to run. */
static void say_nothing_ran(struct pipelog *log, const struct run_event *event)
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
	end_line(log, event->wall_ns, LOG_INFO);
}

static void say_summary(struct pipelog *log, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;
	int64_t at = event->wall_ns;

	say(log, at, LOG_INFO, "%s", "");
	say(log, at, LOG_INFO, "%s", FRAME);
	buf_str(&log->line, totals->failed ? "❌ Pipeline: FAILED ("
			: totals->interrupted ? "⏹️  Pipeline: INTERRUPTED ("
					      : "✅ Pipeline: COMPLETED (");
	text_add_duration(&log->line, totals->seconds);
	buf_char(&log->line, ')');
	end_line(log, at, outcome_is_bad(totals) ? LOG_ERROR : LOG_INFO);
	buf_fmt(&log->line, "📊 Stages: %u selected, ", totals->selected);
	outcome_counts(&log->line, totals);
	end_line(log, at, LOG_INFO);
	if (totals->cpu_seconds > 0)
		say_seconds(log, at, "💻 CPU time: ", totals->cpu_seconds);
	if (totals->saved_seconds > 0)
		say_seconds(log, at, "♻️  Saved time: ", totals->saved_seconds);
	if (totals->cost > 0)
		say(log, at, LOG_INFO, "💰 Cost: %.*f", totals->cost < 1 ? 6 : 2, totals->cost);
	if (log->slowest_count > 1)
		say_slowest(log, event);
	say(log, at, LOG_INFO, "%s", FRAME);
}

static void hear_end(struct pipelog *log, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;

	if (!log->has_started && totals->done >= totals->selected)
		say_nothing_ran(log, event);
	else {
		let_go(log, event->graph);
		say_summary(log, event);
	}
}

static void hear_blocked(struct pipelog *log, const struct run_event *event)
{
	begin_stage(log, event, "⏭️  ");
	buf_str(&log->line, "NOT RUN (");
	if (event->other == NONE) {
		buf_str(&log->line, "a stage before it failed");
	} else {
		style_text(&log->line, stage_name(event->graph, event->other));
		buf_str(&log->line, " failed");
	}
	buf_char(&log->line, ')');
	end_line(log, event->wall_ns, LOG_WARNING);
}

/* A line with the text of the event behind a sign; several lines stay several. */
static void say_text(struct pipelog *log, const struct run_event *event, const char *sign,
	enum log_level level)
{
	buf_str(&log->line, sign);
	buf_str(&log->line, event->text ? event->text : "");
	end_line(log, event->wall_ns, level);
}

/* Does the event show that this is more than a run in which nothing had to run? */
static bool is_start(enum run_event_kind kind)
{
	return kind == STAGE_START || kind == STAGE_FAIL || kind == STAGE_BLOCKED;
}

static void hear(struct pipelog *log, const struct run_event *event)
{
	if (!log->has_started && is_start(event->kind))
		let_go(log, event->graph);
	switch (event->kind) {
	case RUN_BEGIN:
		hear_begin(log, event);
		break;
	case RUN_NOTICE:
		if (event->level != LOG_DEBUG)
			say_text(log, event, event->level >= LOG_WARNING ? "⚠️  " : "", event->level);
		break;
	case RUN_WAIT:
		say_text(log, event, "⏳ ", LOG_INFO);
		break;
	case STAGE_FRESH:
	case STAGE_SKIP:
		hear_settled(log, event);
		break;
	case STAGE_BLOCKED:
		hear_blocked(log, event);
		break;
	case STAGE_START:
		hear_start(log, event);
		break;
	case STAGE_LOG:
		if (event->level != LOG_DEBUG)
			log_line(&log->text, event->wall_ns, stage_name(event->graph, event->stage),
				event->level, event->text, event->text_len);
		break;
	case STAGE_RETRY:
		hear_retry(log, event);
		break;
	case STAGE_DONE:
		hear_done(log, event);
		break;
	case STAGE_FAIL:
		hear_fail(log, event);
		break;
	case STAGE_WARNING:
		begin_stage(log, event, "⚠️  ");
		buf_str(&log->line, event->text ? event->text : "");
		end_line(log, event->wall_ns, LOG_WARNING);
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

static void on_event(void *ctx, const struct run_event *event)
{
	struct pipelog *log = ctx;

	hear(log, event);
	if (!log->path || !log->text.len)
		return;
	if (event->kind == RUN_END || log->text.len >= MANY_BYTES ||
		event->mono_ns - log->written_ns >= MOMENT_NS) {
		write_out(log);
		log->written_ns = event->mono_ns;
	}
}

static int on_tick(void *ctx, int64_t mono_ns, const struct run_totals *totals)
{
	struct pipelog *log = ctx;
	int64_t left_ns = log->written_ns + MOMENT_NS - mono_ns;

	(void)totals;
	if (!log->path || !log->text.len)
		return -1;
	if (left_ns > 0)
		return (int)(left_ns / 1000000) + 1;
	write_out(log);
	log->written_ns = mono_ns;
	return -1;
}

struct pipelog *pipelog_new(void)
{
	struct pipelog *log = mem_alloc(sizeof *log);

	log->fd = -1;
	log->listener = (struct listener){.hear = on_event, .tick = on_tick, .ctx = log};
	return log;
}

struct listener *pipelog_listener(struct pipelog *log)
{
	return &log->listener;
}

int pipelog_error(const struct pipelog *log, struct err *err)
{
	if (log->err.code == EXIT_OK)
		return 0;
	if (err && err->code == EXIT_OK)
		*err = log->err;
	return -1;
}

void pipelog_free(struct pipelog *log)
{
	if (!log)
		return;
	if (log->path)
		write_out(log);
	if (log->fd >= 0)
		close(log->fd);
	free(log->path);
	free(log->held);
	buf_free(&log->text);
	buf_free(&log->line);
	free(log);
}
