/* The live region: below the lines that scroll, a line for each running stage and a line with the
 * counts.
 *
 *	demux  1m 02s   42%  decoding
 *	asr       12s of ~30s
 *	[12/40] 2 running, ETA 1m 05s
 *
 * The cursor rests at the start of the line below the region. To draw again it goes up over the
 * region, writes over it, and clears what is left. Whatever happens to the program in between, the
 * terminal is in order: no mode is changed, the cursor is never hidden, and every line ends in a
 * newline. Lines of the region are cut to one column less than the terminal has, so that none wraps
 * by itself.
 *
 * When the window is made narrower, terminals wrap the lines that stand there; therefore the
 * columns of each drawn line are kept, and the way up is counted with the width of now. After a
 * pause in which nothing was heard (the program was stopped and the shell wrote something) the old
 * region is left where it is. A stage that owns the terminal (console = yes) has it alone:
 * everything waits until it ends. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "view/console/console_part.h"

#define DRAW_NS INT64_C(100000000)   /* between two drawings */
#define FIRST_NS INT64_C(200000000)  /* a run that is over sooner draws nothing */
#define PAUSE_NS INT64_C(3000000000) /* nothing heard for so long: we were stopped */
#define SECOND_NS INT64_C(1000000000)

struct live *live_new(void)
{
	struct live *live = mem_alloc(sizeof *live);

	live->owner = NONE;
	return live;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	free(live->shown.columns);
	free(live->next.columns);
	buf_free(&live->shown.text);
	buf_free(&live->next.text);
	buf_free(&live->message);
	free(live);
}

/* Moves the cursor to the start of the region on the screen. The terminal may have echoed something
 * ("^C") where it was. */
static void go_up(struct live *live, unsigned columns)
{
	uint32_t up = 0;

	for (uint32_t i = 0; i < live->shown.count; i++) {
		uint32_t wide = live->shown.columns[i];

		up += wide ? (wide + columns - 1) / columns : 1;
	}
	if (up)
		buf_fmt(&live->message, "\r\033[%uA", up);
}

static void send(struct console *console)
{
	struct live *live = console->live;

	if (live->message.len)
		console->options.write(console->options.ctx, live->message.data, live->message.len);
	buf_reset(&live->message);
}

/* false: not in front. */
static bool screen_size(const struct console *console, unsigned *columns, unsigned *rows)
{
	bool in_front = true;

	*columns = *rows = 0;
	if (console->options.size)
		in_front = console->options.size(console->options.ctx, columns, rows);
	if (!*columns)
		*columns = 80;
	if (!*rows)
		*rows = 24;
	if (*columns < 2)
		*columns = 2;
	return in_front;
}

static void forget_region(struct live *live)
{
	live->shown.count = 0;
	buf_reset(&live->shown.text);
}

/* Lines above, then the region in place of the one on the screen. */
static void draw(struct console *console, int64_t now_ns, const struct run_totals *totals)
{
	struct live *live = console->live;
	unsigned columns, rows;
	struct region before = live->shown;

	live->drawn_ns = now_ns;
	if (!screen_size(console, &columns, &rows)) {
		forget_region(live);
		buf_add(&live->message, console->lines.data, console->lines.len);
		buf_reset(&console->lines);
		send(console);
		return;
	}
	live_compose(console, now_ns, totals, columns, rows);
	if (!console->lines.len && before.count == live->next.count &&
		text_eq(buf_text(&before.text), buf_text(&live->next.text)))
		return;
	go_up(live, columns);
	if (console->lines.len) {
		buf_str(&live->message, "\033[J");
		buf_add(&live->message, console->lines.data, console->lines.len);
		buf_reset(&console->lines);
	}
	buf_add(&live->message, live->next.text.data, live->next.text.len);
	buf_str(&live->message, "\033[J");
	send(console);
	live->shown = live->next;
	live->next = before;
}

/* Clears the region and writes the lines. */
static void clear(struct console *console)
{
	struct live *live = console->live;
	unsigned columns, rows;

	if (live->shown.count && screen_size(console, &columns, &rows)) {
		go_up(live, columns);
		buf_str(&live->message, "\033[J");
	}
	forget_region(live);
	buf_add(&live->message, console->lines.data, console->lines.len);
	buf_reset(&console->lines);
	send(console);
}

void live_end(struct console *console)
{
	if (console->live->is_ended)
		return;
	console->live->is_ended = true;
	clear(console);
}

/* Takes the event in; the screen follows in draw(). */
static void follow(struct console *console, const struct run_event *event)
{
	struct live *live = console->live;
	bool owns = event->kind == STAGE_START &&
		    (stage_settings(event->graph, event->stage)->flags & SET_CONSOLE);

	if (event->kind == RUN_HASHING) {
		live->hashed = event->count;
		live->to_hash = event->total;
	}
	if (owns) {
		clear(console); /* before the stage writes there */
		live->owner = event->stage;
	}
	if (live->owner == event->stage && ongoing_ends(event->kind))
		live->owner = NONE;
}

static void heard(struct live *live, int64_t mono_ns)
{
	if (live->heard_ns && mono_ns - live->heard_ns > PAUSE_NS)
		forget_region(live);
	live->heard_ns = mono_ns;
}

int live_tick(struct console *console, int64_t mono_ns, const struct run_totals *totals)
{
	struct live *live = console->live;
	int64_t due_ns = live->drawn_ns ? live->drawn_ns + DRAW_NS : live->begun_ns + FIRST_NS;
	int64_t wish_ns;

	if (!live->begun_ns || live->is_ended)
		return -1;
	heard(live, mono_ns);
	if (live->owner != NONE)
		return (int)(SECOND_NS / 1000000);
	if (mono_ns < due_ns)
		return (int)((due_ns - mono_ns) / 1000000) + 1;
	draw(console, mono_ns, totals);
	wish_ns = SECOND_NS; /* the next figure to change: the seconds of the oldest */
	if (console->ongoing.count)
		wish_ns -= (mono_ns - console->ongoing.items[0].started_ns) % SECOND_NS;
	return (int)(wish_ns / 1000000) + 1;
}

void live_hear(struct console *console, const struct run_event *event)
{
	struct live *live = console->live;

	if (!live->begun_ns && event->kind == RUN_BEGIN)
		live->begun_ns = event->mono_ns;
	follow(console, event);
	if (!live->begun_ns) {
		clear(console); /* waiting for the lock: lines only */
		return;
	}
	live_tick(console, event->mono_ns, event->totals);
}
