/* Lines for a run: one an event, "<stage>: <what>"; the last ones tell the failures. */
#include <string.h>

#include "base/text.h"
#include "model/graph/graph.h"
#include "record/manifest/attempt.h"
#include "view/console/console_part.h"
#include "view/files/files.h"
#include "view/words/words.h"

#define BLOCKED_SHOWN 10
#define WARNED_SHOWN 3 /* stages */

/* "demux: " in front of what happened to it. */
static struct buf *begin(struct console *console, const struct run_event *event)
{
	style_add(&console->lines, console->options.color, TONE_STRONG,
		stage_name(event->graph, event->stage));
	buf_str(&console->lines, ": ");
	return &console->lines;
}

static void say(struct console *console, enum style_tone tone, const char *text)
{
	style_add(&console->lines, console->options.color, tone, text);
}

/* " (input in/a.mp4 changed)" */
static void add_reasons(struct console *console, const struct reason *reasons, uint32_t count)
{
	bool color = console->options.color;

	count = reasons_told(reasons, count);
	if (!count)
		return;
	style_begin(&console->lines, color, TONE_FAINT);
	buf_str(&console->lines, " (");
	reasons_short(&console->lines, reasons, count);
	buf_char(&console->lines, ')');
	style_end(&console->lines, color, TONE_FAINT);
}

static void hear_start(struct console *console, const struct run_event *event)
{
	if (event->attempt && event->attempt->restored)
		return; /* it is told when it is there */
	/* with a live region the running stages are there, and one line tells the end */
	if (console->live && !(stage_settings(event->graph, event->stage)->flags & SET_CONSOLE))
		return;
	begin(console, event);
	say(console, TONE_PLAIN, "running");
	if (event->attempt_number > 1)
		buf_fmt(&console->lines, ", attempt %u", event->attempt_number);
	else
		add_reasons(console, event->reasons, event->reason_count);
	buf_char(&console->lines, '\n');
}

static void hear_done(struct console *console, const struct run_event *event)
{
	begin(console, event);
	if (event->attempt->restored) {
		say(console, TONE_GOOD, "restored");
		buf_str(&console->lines, " from ");
		outcome_origin(&console->lines, event->attempt->restored);
		buf_char(&console->lines, '\n');
		return;
	}
	say(console, TONE_GOOD, "done");
	buf_str(&console->lines, " in ");
	text_add_duration(&console->lines, event->attempt->duration_seconds);
	if (console->live)
		add_reasons(console, event->attempt->reasons, event->attempt->reason_count);
	buf_char(&console->lines, '\n');
}

static void say_cause(struct console *console, const struct run_event *event)
{
	if (!outcome_says_more(event->text))
		return;
	buf_str(&console->lines, ": ");
	say(console, TONE_PLAIN, event->text);
}

static void hear_fail(struct console *console, const struct run_event *event)
{
	bool is_allowed = stage_settings(event->graph, event->stage)->flags & SET_ALLOW_FAILURE;

	begin(console, event);
	if (event->attempt->is_interrupted) {
		say(console, TONE_WARN, "interrupted");
		buf_str(&console->lines, " after ");
		text_add_duration(&console->lines, event->attempt->duration_seconds);
		buf_char(&console->lines, '\n');
		return;
	}
	say(console, is_allowed ? TONE_WARN : TONE_BAD, "failed");
	buf_str(&console->lines, " (");
	outcome_failure(&console->lines, event->attempt);
	buf_char(&console->lines, ')');
	say_cause(console, event);
	buf_str(&console->lines, is_allowed ? ", which is allowed\n" : "\n");
}

static void hear_retry(struct console *console, const struct run_event *event)
{
	begin(console, event);
	say(console, TONE_WARN, "attempt failed");
	buf_str(&console->lines, " (");
	outcome_failure(&console->lines, event->attempt);
	buf_char(&console->lines, ')');
	say_cause(console, event);
	buf_str(&console->lines, ", trying again");
	if (event->delay_ms > 0) {
		buf_str(&console->lines, " in ");
		text_add_duration(&console->lines, (double)event->delay_ms / 1000);
	}
	buf_char(&console->lines, '\n');
}

/* After a failure thousands may not be run: a few are told, the summary counts them. */
static void hear_blocked(struct console *console, const struct run_event *event)
{
	if (console->blocked_count++ >= BLOCKED_SHOWN && console->options.volume != CONSOLE_VERBOSE)
		return;
	begin(console, event);
	buf_str(&console->lines, event->other == NONE ? "not run: " : "not run, needs ");
	say(console, TONE_PLAIN,
		event->other == NONE ? event->text : stage_name(event->graph, event->other));
	buf_char(&console->lines, '\n');
}

static void hear_signal(struct console *console, const struct run_event *event)
{
	say(console, TONE_WARN, "stopping");
	buf_str(&console->lines, " on ");
	text_add_signal(&console->lines, (int)event->count);
	buf_str(&console->lines, "; once more kills at once\n");
}

/* A word in front of a text that needs one. */
static void say_level(struct console *console, enum log_level level)
{
	if (level < LOG_WARNING)
		return;
	say(console, level == LOG_ERROR ? TONE_BAD : TONE_WARN,
		level == LOG_ERROR ? "error" : "warning");
	buf_str(&console->lines, ": ");
}

/* A text of the stage or about it. */
static void hear_text(struct console *console, const struct run_event *event, enum log_level level)
{
	begin(console, event);
	say_level(console, level);
	text_add_printable(&console->lines, event->text ? event->text : "",
		event->text ? strlen(event->text) : 0);
	buf_char(&console->lines, '\n');
}

static void hear_line(struct console *console, const struct run_event *event)
{
	style_add(&console->lines, console->options.color, TONE_FAINT,
		stage_name(event->graph, event->stage));
	buf_str(&console->lines, " | ");
	text_add_printable(&console->lines, event->text, event->text_len);
	buf_char(&console->lines, '\n');
}

static void hear_notice(struct console *console, const struct run_event *event)
{
	if (event->level == LOG_DEBUG && console->options.volume != CONSOLE_VERBOSE)
		return;
	say_level(console, event->level);
	say(console, TONE_PLAIN, event->text);
	buf_char(&console->lines, '\n');
}

void console_plain(struct console *console, const struct run_event *event)
{
	bool is_verbose = console->options.volume == CONSOLE_VERBOSE;

	if (console->options.volume == CONSOLE_QUIET)
		return; /* failures come at the end */
	switch (event->kind) {
	case RUN_NOTICE:
		hear_notice(console, event);
		break;
	case RUN_WAIT:
		say(console, TONE_PLAIN, event->text);
		buf_char(&console->lines, '\n');
		break;
	case STAGE_FRESH:
		if (is_verbose) {
			begin(console, event);
			buf_str(&console->lines, "up to date\n");
		}
		break;
	case STAGE_SKIP:
		if (is_verbose || console->has_started) {
			begin(console, event);
			buf_str(&console->lines, "skipped");
			if (event->text && *event->text) {
				buf_str(&console->lines, ": ");
				say(console, TONE_PLAIN, event->text);
			}
			buf_char(&console->lines, '\n');
		}
		break;
	case STAGE_BLOCKED:
		hear_blocked(console, event);
		break;
	case STAGE_START:
		hear_start(console, event);
		break;
	case STAGE_LINE:
		if (is_verbose && !event->count)
			hear_line(console, event);
		break;
	case STAGE_LOG:
		if (is_verbose || event->level >= LOG_WARNING)
			hear_text(console, event, event->level);
		break;
	case STAGE_RETRY:
		hear_retry(console, event);
		break;
	case STAGE_DONE:
		hear_done(console, event);
		break;
	case STAGE_FAIL:
		hear_fail(console, event);
		break;
	case STAGE_WARNING:
		hear_text(console, event, LOG_WARNING);
		break;
	case RUN_SIGNAL:
		hear_signal(console, event);
		break;
	case RUN_BEGIN:
	case RUN_HASHING:
	case STAGE_QUEUED:
	case STAGE_PROGRESS:
	case STAGE_SAMPLE:
	case RUN_END:
		break;
	}
}

static void add_remarks(struct console *console)
{
	const char *const *remarks;
	uint32_t count = history_remarks(console->options.history, &remarks);

	for (uint32_t i = 0; i < count; i++) {
		say(console, TONE_WARN, "unusual");
		buf_fmt(&console->lines, ": %s\n", remarks[i]);
	}
}

/* What tools put out is told by its number only: a compiler may have thousands. */
static void add_warned(struct console *console, const struct run_event *event)
{
	const struct warned *warned = &console->warned;

	if (!warned->count)
		return;
	style_begin(&console->lines, console->options.color, TONE_WARN);
	warned_add(&console->lines, event->graph, warned, WARNED_SHOWN);
	style_end(&console->lines, console->options.color, TONE_WARN);
	buf_str(&console->lines, ": restage status shows them\n");
}

void console_summary(struct console *console, const struct run_event *event)
{
	const struct run_totals *totals = event->totals;
	struct buf *out = &console->lines;
	bool is_bad = outcome_is_bad(totals);

	if (console->options.volume == CONSOLE_QUIET)
		return;
	if (!console->has_started && !is_bad && totals->done >= totals->selected)
		buf_str(out, "nothing to do: ");
	style_begin(out, console->options.color, is_bad ? TONE_BAD : TONE_GOOD);
	outcome_counts(out, totals);
	style_end(out, console->options.color, is_bad ? TONE_BAD : TONE_GOOD);
	buf_str(out, " in ");
	text_add_duration(out, totals->seconds);
	if (totals->saved_seconds > 0) {
		buf_str(out, " (saved ");
		text_add_duration(out, totals->saved_seconds);
		buf_char(out, ')');
	}
	if (totals->costs.count) {
		buf_str(out, ", cost ");
		money_text(out, &totals->costs);
	}
	buf_char(out, '\n');
	add_warned(console, event);
	add_remarks(console);
}

void console_failures(struct console *console, const struct run_event *event)
{
	struct buf *out = &console->lines;

	if (console->options.is_github)
		return; /* github.c tells them, in groups */
	for (uint32_t i = 0; i < failures_kept(&console->failures); i++) {
		const struct failure *failure = &console->failures.items[i];

		if (out->len || console->options.volume != CONSOLE_QUIET)
			buf_char(out, '\n');
		failure_add(out, console->options.color, stage_name(event->graph, failure->stage),
			failure);
	}
	failures_add_rest(out, &console->failures);
}
