
#include "base/buf.h"
#include "base/text.h"
#include "view/words/words.h"

void row_add(struct row *row, enum style_tone tone, const char *text)
{
	struct buf clean BUF_LOCAL = {0};

	style_text(&clean, text);
	style_begin(row->out, row->color, tone);
	row->used += width_cut(row->out, buf_text(&clean), clean.len, row->columns - row->used);
	style_end(row->out, row->color, tone);
}

void row_add_name(struct row *row, const char *name, size_t columns)
{
	size_t limit = row->columns;

	if (row->used + columns < limit)
		row->columns = row->used + columns;
	row_add(row, TONE_STRONG, name);
	row->columns = limit;
}

void row_pad(struct row *row, size_t columns)
{
	if (columns > row->columns)
		columns = row->columns;
	width_pad(row->out, row->used, columns);
	if (row->used < columns)
		row->used = columns;
}

void row_seconds(struct buf *out, double seconds)
{
	if (seconds < 60)
		buf_fmt(out, "%us", seconds > 0 ? (unsigned)seconds : 0);
	else
		text_add_duration(out, seconds);
}

void row_counts(struct row *row, const struct row_counts *counts)
{
	struct buf text BUF_LOCAL = {0};

	buf_fmt(&text, "[%u/%u] ", counts->done, counts->selected);
	row_add(row, TONE_STRONG, buf_text(&text));
	buf_reset(&text);
	if (counts->running)
		buf_fmt(&text, "%u running", counts->running);
	if (counts->queued)
		buf_fmt(&text, "%s%u queued", text.len ? ", " : "", counts->queued);
	if (!text.len)
		buf_str(&text, "checking");
	if (counts->hashed < counts->to_hash) {
		buf_str(&text, ", reading ");
		text_add_size(&text, (double)counts->hashed);
		buf_str(&text, " of ");
		text_add_size(&text, (double)counts->to_hash);
	}
	row_add(row, TONE_PLAIN, buf_text(&text));
	buf_reset(&text);
	if (counts->failed) {
		buf_fmt(&text, ", %u failed", counts->failed);
		row_add(row, TONE_BAD, buf_text(&text));
		buf_reset(&text);
	}
	if (counts->eta_seconds >= 0 && counts->running) {
		buf_str(&text, ", ETA ");
		row_seconds(&text, counts->eta_seconds);
		row_add(row, TONE_PLAIN, buf_text(&text));
	}
}
