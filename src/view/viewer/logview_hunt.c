/* Searching: for a text, or for the next error, a piece at a time, so that keys are heard meanwhile. */
#include "base/mem.h"
#include "view/viewer/logrow.h"
#include "view/viewer/logview_part.h"

#define HUNT_BYTES ((size_t)4 * 1024 * 1024) /* in one piece of work */
#define HUNT_LINES 200000u
#define LINE_LIMIT ((size_t)16 * 1024 * 1024) /* of a line, so much is searched */

void view_hunt(struct logview *view, enum hunt_kind kind, bool back)
{
	uint32_t from;

	view->hunt = kind;
	view->hunts_back = back;
	/* backwards it is one more than the position, so that 0 is the end */
	if (view_mark_seen(view, &from))
		view->hunt_at = back ? from : from + 1;
	else
		view->hunt_at = view->top;
}

/* The column of the match comes on the screen. */
static void show_column(struct logview *view, const struct buf *text, size_t plain)
{
	size_t start = logrow_columns(buf_text(text), text->len, plain);
	size_t end = logrow_columns(buf_text(text), text->len, plain + view->match.text.len);

	if (end <= view->columns)
		view->left = 0;
	else if (start < view->left || end > view->left + view->columns)
		view->left = start > view->columns / 2 ? start - view->columns / 2 : 0;
}

static bool is_hit(struct logview *view, uint32_t line, size_t *bytes)
{
	struct buf *text = &view->plain;
	size_t found;

	if (view->hunt == HUNT_ERROR)
		return view_level(view, line) == LOG_ERROR;
	view_text(view, line, LINE_LIMIT, &view->scratch);
	buf_reset(text);
	logrow_plain(text, buf_text(&view->scratch), view->scratch.len);
	if (text->len)
		logmatch_prepare(&view->match, text->data, text->len);
	found = logmatch_find(&view->match, buf_text(text), text->len, 0);
	*bytes += text->len;
	if (found == SIZE_MAX)
		return false;
	show_column(view, &view->scratch, found);
	return true;
}

/* The line found is marked; it comes to the top, or a third down, unless it is on the screen already. */
static void show_hit(struct logview *view, uint32_t position)
{
	unsigned rows = view_body_rows(view);

	view->hunt = HUNT_NONE;
	view->mark = view_at(view, position);
	view->follows = view->sticks = false;
	if (position < view->top || position - view->top >= rows)
		view_go(view, position > rows / 3 ? position - rows / 3 : 0);
}

bool view_hunt_more(struct logview *view)
{
	size_t bytes = 0;

	for (uint32_t i = 0; view->hunt && i < HUNT_LINES && bytes < HUNT_BYTES; i++) {
		uint32_t count = view_count(view), position;

		if (view->hunts_back ? view->hunt_at == 0 : view->hunt_at >= count) {
			if (!view->hunts_back && (view->is_reading || view->judged < view->count))
				return false;
			if (view->hunt == HUNT_TEXT)
				view_say(view, "not found: %s", buf_text(&view->match.text));
			else
				view_say(view, "no %s error", view->hunts_back ? "earlier" : "further");
			view->hunt = HUNT_NONE;
			return false;
		}
		position = view->hunts_back ? --view->hunt_at : view->hunt_at++;
		if (position < count && is_hit(view, view_at(view, position), &bytes))
			show_hit(view, position);
	}
	return view->hunt != HUNT_NONE;
}
