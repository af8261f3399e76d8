/* What the live region says: lines that fit into the terminal. */

#include "base/mem.h"
#include "model/graph/graph.h"
#include "view/console/console_part.h"
#include "view/words/words.h"

#define STAGES_SHOWN 16
#define NAME_COLUMNS 32

static struct row begin(struct console *console, unsigned columns)
{
	return (struct row){
		.out = &console->live->next.text,
		.columns = columns - 1,
		.color = console->options.color,
	};
}

static void end(struct live *live, const struct row *row)
{
	struct region *next = &live->next;

	buf_str(&next->text, "\033[K\n");
	MEM_PUSH(next->columns, next->count, next->cap, (uint32_t)row->used);
}

static size_t name_columns(const struct console *console, uint32_t shown)
{
	size_t widest = 0;

	for (uint32_t i = 0; i < shown; i++)
		widest = width_widest(
			widest, stage_name(console->graph, console->ongoing.items[i].stage));
	return widest < NAME_COLUMNS ? widest : NAME_COLUMNS;
}

static void draw_stage(struct console *console, const struct running *running, size_t names,
	unsigned columns, int64_t now_ns)
{
	struct live *live = console->live;
	struct row row = begin(console, columns);
	struct buf text BUF_LOCAL = {0};

	row_add(&row, TONE_PLAIN, "  ");
	row_add_name(&row, stage_name(console->graph, running->stage), names);
	row_pad(&row, 2 + names + 2);

	row_seconds(&text, (double)(now_ns - running->started_ns) / 1e9);
	row_pad(&row, 2 + names + 2 + (text.len < 7 ? 7 - text.len : 0));
	row_add(&row, TONE_MAYBE, buf_text(&text));

	buf_reset(&text);
	if (running->expected >= 1) {
		buf_str(&text, " of ~");
		row_seconds(&text, running->expected);
		row_add(&row, TONE_FAINT, buf_text(&text));
	}
	if (running->fraction >= 0) {
		buf_reset(&text);
		buf_fmt(&text, "  %3d%%", (int)(running->fraction * 100));
		row_add(&row, TONE_PLAIN, buf_text(&text));
	}
	if (*running->text) {
		row_add(&row, TONE_PLAIN, "  ");
		row_add(&row, TONE_FAINT, running->text);
	}
	end(live, &row);
}

static void draw_counts(struct console *console, const struct run_totals *totals, unsigned columns)
{
	struct live *live = console->live;
	struct row row = begin(console, columns);

	row_counts(&row, &(struct row_counts){
				 .done = totals->done,
				 .selected = totals->selected,
				 .running = console->ongoing.count,
				 .queued = console->ongoing.queued.total,
				 .failed = totals->failed,
				 .hashed = live->hashed,
				 .to_hash = live->to_hash,
				 .eta_seconds = totals->eta_seconds,
			 });
	end(live, &row);
}

static void draw_queued(struct console *console, unsigned columns)
{
	struct row row = begin(console, columns);
	struct buf text BUF_LOCAL = {0};

	buf_str(&text, "  queued: ");
	queued_text(&console->ongoing.queued, &text);
	row_add(&row, TONE_FAINT, buf_text(&text));
	end(console->live, &row);
}

void live_compose(struct console *console, int64_t now_ns, const struct run_totals *totals,
	unsigned columns, unsigned rows)
{
	struct live *live = console->live;
	/* a line of context, the counts, the cursor's line */
	uint32_t room = rows > 3 ? rows - 3 : 0;
	uint32_t shown = console->ongoing.count;
	bool has_queued = console->ongoing.queued.total && room;
	size_t names;

	buf_reset(&live->next.text);
	live->next.count = 0;
	room -= has_queued;
	if (room > STAGES_SHOWN)
		room = STAGES_SHOWN;
	if (shown > room)
		shown = room ? room - 1 : 0; /* a line says how many more there are */
	names = name_columns(console, shown);
	for (uint32_t i = 0; i < shown; i++)
		draw_stage(console, &console->ongoing.items[i], names, columns, now_ns);
	if (shown < console->ongoing.count && room) {
		struct row row = begin(console, columns);
		struct buf text BUF_LOCAL = {0};

		buf_fmt(&text, "  … and %u more", console->ongoing.count - shown);
		row_add(&row, TONE_FAINT, buf_text(&text));
		end(live, &row);
	}
	if (has_queued)
		draw_queued(console, columns);
	draw_counts(console, totals, columns);
}
