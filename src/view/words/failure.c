#include "view/words/words.h"

#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "run/engine/listener.h"

static bool counts(const struct run_event *event)
{
	return event->kind == STAGE_FAIL && !event->attempt->is_interrupted &&
	       !(stage_settings(event->graph, event->stage)->flags & SET_ALLOW_FAILURE);
}

void failures_hear(struct failures *failures, const struct run_event *event)
{
	struct arena *arena = &failures->arena;
	const struct graph *graph = event->graph;
	const struct attempt *attempt = event->attempt;
	struct buf what = {0};
	const char **tail;
	const char *dir;

	if (!counts(event) || failures->count++ >= FAILURES_KEPT)
		return;
	dir = graph_text(graph, graph->stages[event->stage].dir);
	outcome_failure(&what, attempt);
	tail = arena_alloc(arena, (event->tail_count + 1) * sizeof *tail);
	for (uint32_t i = 0; i < event->tail_count; i++)
		tail[i] = arena_strdup(arena, event->tail[i]);
	failures->items[failures->count - 1] = (struct failure){
		.stage = event->stage,
		.what = arena_strdup(arena, buf_text(&what)),
		.text = outcome_says_more(event->text) ? arena_strdup(arena, event->text) : NULL,
		.command = attempt->command ? arena_strdup(arena, attempt->command) : NULL,
		.log = attempt->command ? stage_path(arena, dir, STAGE_LOG_FILE) : NULL,
		.tail = tail,
		.tail_count = event->tail_count,
		.attempts = attempt->number,
	};
	buf_free(&what);
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
	if (failure->log) {
		buf_fmt(out, "  ended    %s", failure->what);
		if (failure->attempts > 1)
			buf_fmt(out, ", attempt %u", failure->attempts);
		buf_str(out, "\n  log      ");
		style_text(out, failure->log);
		buf_char(out, '\n');
	}
}

void failures_add_rest(struct buf *out, const struct failures *failures)
{
	uint32_t kept = failures_kept(failures);

	if (failures->count > kept)
		buf_fmt(out, "\n… and %u more failed: restage logs --failed shows their logs\n",
			failures->count - kept);
}
