/* What runs at this moment. Where no live region shows it, it is told when nothing else was for a
 * while. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "view/console/console_part.h"

#define BEAT_NS ((int64_t)30 * 1000000000)

static struct running *find(struct ongoing *ongoing, uint32_t stage)
{
	for (uint32_t i = 0; i < ongoing->count; i++) {
		if (ongoing->items[i].stage == stage)
			return &ongoing->items[i];
	}
	return NULL;
}

static void add_running(struct ongoing *ongoing, const struct run_event *event)
{
	struct running *running = find(ongoing, event->stage);

	if (!running) {
		MEM_ROOM(ongoing->items, ongoing->count, ongoing->cap);
		running = &ongoing->items[ongoing->count++];
	}
	*running = (struct running){
		.stage = event->stage,
		.started_ns = event->mono_ns,
		.expected = event->before_seconds,
		.fraction = -1,
	};
}

static void drop_running(struct ongoing *ongoing, uint32_t stage)
{
	struct running *running = find(ongoing, stage);

	if (!running)
		return;
	ongoing->count--;
	memmove(running, running + 1,
		(size_t)(ongoing->items + ongoing->count - running) * sizeof *running);
}

static void drop_queued(struct ongoing *ongoing, uint32_t stage)
{
	if (stage >= ongoing->stage_cap || !ongoing->queued_at[stage])
		return;
	queued_remove(&ongoing->queued, ongoing->queued_at[stage] - 1);
	ongoing->queued_at[stage] = 0;
}

static void note_queued(struct ongoing *ongoing, const struct run_event *event)
{
	uint32_t cap = ongoing->stage_cap;

	drop_queued(ongoing, event->stage);
	if (event->stage >= cap) {
		ongoing->stage_cap = event->graph->stage_count;
		ongoing->queued_at = mem_enlarge(
			ongoing->queued_at, cap, ongoing->stage_cap, sizeof *ongoing->queued_at);
	}
	ongoing->queued_at[event->stage] = 1 + queued_add(&ongoing->queued, event->text,
						       stage_name(event->graph, event->stage));
}

/* What the stage said last: its progress, or a line that it put out. */
static void note_text(struct running *running, const char *text, size_t text_len)
{
	size_t len = text_len < PROGRESS_SIZE ? text_len : PROGRESS_SIZE - 1;

	while (len && len < text_len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--; /* not in the middle of a character */
	memcpy(running->text, text, len);
	running->text[len] = '\0';
}

static void note_progress(struct ongoing *ongoing, const struct run_event *event)
{
	struct running *running = find(ongoing, event->stage);

	if (!running)
		return;
	running->fraction = event->fraction > 1 ? 1 : event->fraction;
	if (event->text)
		note_text(running, event->text, event->text_len);
}

static void note_line(struct ongoing *ongoing, const struct run_event *event)
{
	struct running *running = event->text_len ? find(ongoing, event->stage) : NULL;

	if (running)
		note_text(running, event->text, event->text_len);
}

bool ongoing_ends(enum run_event_kind kind)
{
	return kind == STAGE_RETRY || kind == STAGE_DONE || kind == STAGE_FAIL ||
	       kind == STAGE_SKIP;
}

void ongoing_hear(struct ongoing *ongoing, const struct run_event *event)
{
	if (event->kind == STAGE_START || ongoing_ends(event->kind))
		drop_queued(ongoing, event->stage);
	if (event->kind == STAGE_QUEUED)
		note_queued(ongoing, event);
	else if (event->kind == STAGE_START)
		add_running(ongoing, event);
	else if (event->kind == STAGE_PROGRESS)
		note_progress(ongoing, event);
	else if (event->kind == STAGE_LINE)
		note_line(ongoing, event);
	else if (ongoing_ends(event->kind))
		drop_running(ongoing, event->stage);
}

void ongoing_free(struct ongoing *ongoing)
{
	free(ongoing->items);
	queued_free(&ongoing->queued);
	free(ongoing->queued_at);
}

/* The one that has run for longest. */
static void tell_running(struct console *console, int64_t mono_ns)
{
	const struct running *running = &console->ongoing.items[0];
	struct buf *out = &console->lines;

	buf_str(out, "still running: ");
	style_text(out, stage_name(console->graph, running->stage));
	buf_str(out, ", for ");
	text_add_duration(out, (double)(mono_ns - running->started_ns) / 1e9);
	if (running->expected >= 1) {
		buf_str(out, " of ~");
		text_add_duration(out, running->expected);
	}
	if (running->fraction >= 0)
		buf_fmt(out, ", %d%%", (int)(running->fraction * 100));
	if (*running->text) {
		buf_str(out, ", ");
		style_text(out, running->text);
	}
	if (console->ongoing.count > 1)
		buf_fmt(out, "; and %u more", console->ongoing.count - 1);
}

static void beat(struct console *console, int64_t mono_ns, const struct run_totals *totals)
{
	const struct ongoing *ongoing = &console->ongoing;
	struct buf *out = &console->lines;

	if (ongoing->count)
		tell_running(console, mono_ns);
	if (ongoing->queued.total) {
		buf_str(out, ongoing->count ? "; queued: " : "still queued: ");
		queued_text(&ongoing->queued, out);
	}
	buf_fmt(out, "; %u of %u done\n", totals->done, totals->selected);
}

int ongoing_tick(struct console *console, int64_t mono_ns, const struct run_totals *totals)
{
	bool is_idle = !console->ongoing.count && !console->ongoing.queued.total;

	if (is_idle || console->options.volume == CONSOLE_QUIET)
		return -1;
	if (mono_ns - console->said_ns >= BEAT_NS) {
		beat(console, mono_ns, totals);
		console->said_ns = mono_ns;
	}
	return (int)((console->said_ns + BEAT_NS - mono_ns) / 1000000) + 1;
}
