#include "view/words/words.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/manifest/attempt.h"
#include "run/engine/listener.h"

#define COMMAND_SHOWN ((size_t)500) /* bytes */

void outcome_failure(struct buf *out, const struct attempt *attempt)
{
	if (attempt->signal) {
		buf_str(out, "killed by ");
		text_add_signal(out, attempt->signal);
		buf_str(out, ", ");
	} else if (attempt->exit_code > 0) {
		buf_fmt(out, "exit code %d, ", attempt->exit_code);
	}
	text_add_duration(out, attempt->duration_seconds);
}

void outcome_origin(struct buf *out, const struct attempt_origin *origin)
{
	buf_str(out, "run ");
	style_text(out, origin->run ? origin->run : "?");
	buf_str(out, " of job ");
	style_text(out, origin->job ? origin->job : "?");
	if (origin->host) {
		buf_str(out, " on ");
		style_text(out, origin->host);
	}
	if (origin->seconds < 0)
		return;
	buf_str(out, ", saved ");
	text_add_duration(out, origin->seconds);
}

bool outcome_says_more(const char *text)
{
	return text && *text && !text_starts(text, FAILED_BY_CODE) &&
	       !text_starts(text, FAILED_BY_SIGNAL);
}

bool outcome_is_bad(const struct run_totals *totals)
{
	return totals->failed || totals->interrupted || totals->is_over_budget;
}

void outcome_plural(struct buf *out, uint64_t count, const char *noun)
{
	buf_fmt(out, "%llu %s%s", (unsigned long long)count, noun, count == 1 ? "" : "s");
}

void outcome_counts(struct buf *out, const struct run_totals *totals)
{
	uint32_t settled = totals->ran + totals->restored + totals->fresh + totals->skipped +
			   totals->failed + totals->blocked + totals->interrupted +
			   totals->allowed_failures;
	const struct {
		uint32_t count;
		const char *what;
	} parts[] = {
		{totals->ran, "ran"},
		{totals->restored, "restored"},
		{totals->fresh, "up to date"},
		{totals->skipped, "skipped"},
		{totals->failed, "failed"},
		{totals->interrupted, "interrupted"},
		/* behind a failure, or not come to because the run ended early */
		{totals->blocked + (totals->selected > settled ? totals->selected - settled : 0),
			"not run"},
		{totals->allowed_failures, "allowed to fail"},
	};
	const char *comma = "";

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!parts[i].count)
			continue;
		buf_fmt(out, "%s%u %s", comma, parts[i].count, parts[i].what);
		comma = ", ";
	}
	if (!*comma)
		buf_str(out, "no stages");
}

uint32_t slowest_add(struct slow *list, uint32_t count, uint32_t most, const struct slow *slow)
{
	uint32_t at = count;

	while (at && list[at - 1].seconds < slow->seconds)
		at--;
	if (at == most)
		return count;
	if (count < most)
		count++;
	memmove(&list[at + 1], &list[at], (count - at - 1) * sizeof *list);
	list[at] = *slow;
	return count;
}

static bool is_failure(const struct run_event *event)
{
	return event->kind == STAGE_FAIL && !event->attempt->is_interrupted &&
	       !(stage_settings(event->graph, event->stage)->flags & SET_ALLOW_FAILURE);
}

/* Thousands of inputs make megabytes of it. */
static const char *cut(struct arena *arena, const char *command)
{
	size_t len = strlen(command), shown = COMMAND_SHOWN;

	if (len <= COMMAND_SHOWN + COMMAND_SHOWN / 10)
		return arena_strdup(arena, command);
	while (shown && ((unsigned char)command[shown] & 0xc0) == 0x80)
		shown--; /* not in the middle of a character */
	return arena_fmt(arena, "%.*s … (%zu bytes more)", (int)shown, command, len - shown);
}

void failures_hear(struct failures *failures, const struct run_event *event)
{
	struct arena *arena = &failures->arena;
	const struct graph *graph = event->graph;
	const struct attempt *attempt = event->attempt;
	struct buf what BUF_LOCAL = {0};
	const char **tail;
	const char *dir;

	if (!is_failure(event) || failures->count++ >= FAILURES_KEPT)
		return;
	dir = graph_text(graph, graph->stages[event->stage].dir);
	uint32_t run_dir = stage_settings(graph, event->stage)->dir;
	outcome_failure(&what, attempt);
	tail = arena_alloc(arena, (event->tail_count + 1) * sizeof *tail);
	for (uint32_t i = 0; i < event->tail_count; i++)
		tail[i] = arena_strdup(arena, event->tail[i]);
	failures->items[failures->count - 1] = (struct failure){
		.stage = event->stage,
		.what = arena_strdup(arena, buf_text(&what)),
		.text = outcome_says_more(event->text) ? arena_strdup(arena, event->text) : NULL,
		.command = attempt->command ? cut(arena, attempt->command) : NULL,
		.dir = run_dir ? arena_strdup(arena, graph_text(graph, run_dir)) : NULL,
		.log = attempt->command ? stage_path(arena, dir, STAGE_LOG_FILE) : NULL,
		.tail = tail,
		.tail_count = event->tail_count,
		.attempts = attempt->number,
	};
}

uint32_t failures_kept(const struct failures *failures)
{
	return failures->count < FAILURES_KEPT ? failures->count : FAILURES_KEPT;
}

void failures_free(struct failures *failures)
{
	arena_free(&failures->arena);
	failures->count = 0;
}

/* Text of several lines, each behind `indent`. */
static void add_indented(struct buf *out, const char *text, const char *indent)
{
	const char *end;

	for (; (end = strchr(text, '\n')) && end[1]; text = end + 1) {
		text_add_printable(out, text, (size_t)(end - text));
		buf_fmt(out, "\n%s", indent);
	}
	text_add_printable(out, text, end ? (size_t)(end - text) : strlen(text));
	buf_char(out, '\n');
}

void failure_add(struct buf *out, bool color, const char *name, const struct failure *failure)
{
	style_add(out, color, TONE_STRONG, name);
	buf_char(out, ' ');
	style_add(out, color, TONE_BAD, "failed");
	if (failure->text) {
		buf_str(out, ": ");
		style_text(out, failure->text);
	}
	buf_char(out, '\n');
	for (uint32_t i = 0; i < failure->tail_count; i++) {
		size_t len = strlen(failure->tail[i]);

		while (len && failure->tail[i][len - 1] == '\n')
			len--;
		buf_str(out, "  | ");
		text_add_printable(out, failure->tail[i], len);
		buf_char(out, '\n');
	}
	if (failure->command) {
		buf_str(out, "  command  ");
		add_indented(out, failure->command, "           ");
	}
	if (failure->command && failure->dir) {
		buf_str(out, "  runs in  ");
		add_indented(out, failure->dir, "");
	}
	if (failure->log) {
		buf_fmt(out, "  ended    %s", failure->what);
		if (failure->attempts > 1)
			buf_fmt(out, ", attempt %u", failure->attempts);
		buf_str(out, "\n  log      ");
		style_text(out, failure->log);
		buf_str(out, "\n  next     restage logs ");
		style_text(out, name);
		buf_str(out, " shows all of it; restage run goes on from here\n");
	}
}

void failures_add_rest(struct buf *out, const struct failures *failures)
{
	uint32_t kept = failures_kept(failures);

	if (failures->count > kept)
		buf_fmt(out, "\n… and %u more failed: restage logs --failed shows their logs\n",
			failures->count - kept);
}
