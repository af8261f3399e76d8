/* What the live region says: lines that fit into the terminal. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "view/console/console_live.h"
#include "view/words/words.h"

#define STAGES_SHOWN 16
#define NAME_COLUMNS 32

/* A line of the region that is being composed: what fits. */
struct row {
	struct live *live;
	size_t used, columns;
	bool color;
};

static struct row row_begin(struct live *live, bool color, unsigned columns)
{
	return (struct row){.live = live, .columns = columns - 1, .color = color};
}

static void row_add(struct row *row, enum style_tone tone, const char *text)
{
	struct buf printable = {0};

	style_text(&printable, text);
	style_begin(&row->live->next, row->color, tone);
	row->used += width_cut(
		&row->live->next, buf_text(&printable), printable.len, row->columns - row->used);
	style_end(&row->live->next, row->color, tone);
	buf_free(&printable);
}

static void row_pad(struct row *row, size_t columns)
{
	if (columns > row->columns)
		columns = row->columns;
	width_pad(&row->live->next, row->used, columns);
	if (row->used < columns)
		row->used = columns;
}

static void row_end(struct row *row)
{
	struct live *live = row->live;

	buf_str(&live->next, "\033[K\n");
	MEM_ROOM(live->next_columns, live->next_count, live->next_cap);
	live->next_columns[live->next_count++] = (uint32_t)row->used;
}

/* Whole seconds: a figure that changes ten times a second cannot be read. */
static void add_seconds(struct buf *out, double seconds)
{
	if (seconds < 60)
		buf_fmt(out, "%us", seconds > 0 ? (unsigned)seconds : 0);
	else
		text_add_duration(out, seconds);
}

static size_t name_columns(const struct live *live, uint32_t shown)
{
	size_t widest = 0;

	for (uint32_t i = 0; i < shown; i++) {
		const char *name = stage_name(live->graph, live->running[i].stage);
		size_t columns = width_of(name, strlen(name));

		if (columns > widest)
			widest = columns;
	}
	return widest < NAME_COLUMNS ? widest : NAME_COLUMNS;
}

static void draw_stage(struct console *console, const struct running *running, size_t names,
	unsigned columns, int64_t now_ns)
{
	struct live *live = console->live;
	struct row row = row_begin(live, console->options.color, columns);
	struct buf text = {0};
	size_t limit = row.columns;

	buf_str(&text, "  ");
	row_add(&row, TONE_PLAIN, buf_text(&text));
	if (row.used + names < limit)
		row.columns = row.used + names;
	row_add(&row, TONE_STRONG, stage_name(live->graph, running->stage));
	row.columns = limit;
	row_pad(&row, 2 + names + 2);

	buf_reset(&text);
	add_seconds(&text, (double)(now_ns - running->started_ns) / 1e9);
	row_pad(&row, 2 + names + 2 + (text.len < 7 ? 7 - text.len : 0));
	row_add(&row, TONE_MAYBE, buf_text(&text));

	buf_reset(&text);
	if (running->expected >= 1) {
		buf_str(&text, " of ~");
		add_seconds(&text, running->expected);
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
	row_end(&row);
	buf_free(&text);
}

static void draw_counts(struct console *console, const struct run_totals *totals, unsigned columns)
{
	struct live *live = console->live;
	struct row row = row_begin(live, console->options.color, columns);
	struct buf text = {0};

	buf_fmt(&text, "[%u/%u] ", totals->done, totals->selected);
	row_add(&row, TONE_STRONG, buf_text(&text));
	buf_reset(&text);
	if (live->count)
		buf_fmt(&text, "%u running", live->count);
	else
		buf_str(&text, "checking");
	if (live->hashed < live->to_hash) {
		buf_str(&text, ", reading ");
		text_add_size(&text, (double)live->hashed);
		buf_str(&text, " of ");
		text_add_size(&text, (double)live->to_hash);
	}
	row_add(&row, TONE_PLAIN, buf_text(&text));
	if (totals->failed) {
		buf_reset(&text);
		buf_fmt(&text, ", %u failed", totals->failed);
		row_add(&row, TONE_BAD, buf_text(&text));
	}
	if (totals->eta_seconds >= 0 && live->count) {
		buf_reset(&text);
		buf_str(&text, ", ETA ");
		add_seconds(&text, totals->eta_seconds);
		row_add(&row, TONE_PLAIN, buf_text(&text));
	}
	row_end(&row);
	buf_free(&text);
}

void live_compose(struct console *console, int64_t now_ns, const struct run_totals *totals,
	unsigned columns, unsigned rows)
{
	struct live *live = console->live;
	/* a line of context, the counts, the cursor's line */
	uint32_t room = rows > 3 ? rows - 3 : 0;
	uint32_t shown = live->count;
	size_t names;

	buf_reset(&live->next);
	live->next_count = 0;
	if (room > STAGES_SHOWN)
		room = STAGES_SHOWN;
	if (shown > room)
		shown = room ? room - 1 : 0; /* a line says how many more there are */
	names = name_columns(live, shown);
	for (uint32_t i = 0; i < shown; i++)
		draw_stage(console, &live->running[i], names, columns, now_ns);
	if (shown < live->count && room) {
		struct row row = row_begin(live, console->options.color, columns);
		struct buf text = {0};

		buf_fmt(&text, "  … and %u more", live->count - shown);
		row_add(&row, TONE_FAINT, buf_text(&text));
		row_end(&row);
		buf_free(&text);
	}
	draw_counts(console, totals, columns);
}
