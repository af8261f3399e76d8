/* The viewer: what belongs to it, and what it does when there is time. */
#include "view/viewer/logview.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"
#include "view/viewer/logrow.h"
#include "view/viewer/logview_part.h"

#define MERGE_MEMORY ((size_t)16 * 1024 * 1024)

struct logview *logview_new(const struct logview_options *options)
{
	struct logview *view = mem_alloc(sizeof *view);

	view->options = *options;
	view->title = mem_strdup(options->title);
	view->level = options->level;
	view->merge = logmerge_new(options->read, options->ctx, MERGE_MEMORY);
	view->blocks = mem_alloc(BLOCK_COUNT * sizeof *view->blocks);
	view->anchor = view->mark = NO_LINE;
	view->is_final = true;
	view->columns = 80;
	view->rows = 24;
	return view;
}

void logview_free(struct logview *view)
{
	if (!view)
		return;
	for (size_t i = 0; i < BLOCK_COUNT; i++)
		free(view->blocks[i].data);
	for (unsigned i = 0; i < view->drawn_rows; i++)
		buf_free(&view->drawn[i]);
	logmerge_free(view->merge);
	logmatch_free(&view->match);
	logmatch_free(&view->stage);
	buf_free(&view->typed);
	buf_free(&view->message);
	buf_free(&view->scratch);
	buf_free(&view->plain);
	free(view->blocks);
	free(view->drawn);
	free(view->lines);
	free(view->shown);
	free(view->name_shown);
	free(view->title);
	free(view);
}

void logview_restart(struct logview *view)
{
	logmerge_free(view->merge);
	view->merge = logmerge_new(view->options.read, view->options.ctx, MERGE_MEMORY);
	for (size_t i = 0; i < BLOCK_COUNT; i++)
		view->blocks[i].len = 0;
	free(view->name_shown);
	view->name_shown = NULL;
	view->name_cap = view->file_count = 0;
	view->count = view->judged = view->shown_count = 0;
	view->top = 0;
	view->anchor = view->mark = NO_LINE;
	view->hunt = HUNT_NONE;
	view->is_reading = false;
	view->sticks = view->follows;
}

uint32_t logview_add(struct logview *view, const char *name, bool has_copies)
{
	view->is_reading = true;
	view->file_count++;
	return logmerge_add(view->merge, name, has_copies);
}

void logview_wake(struct logview *view, uint32_t file)
{
	logmerge_wake(view->merge, file);
	view->is_reading = true;
}

uint64_t logview_read_to(const struct logview *view, uint32_t file)
{
	return logmerge_read_to(view->merge, file);
}

void logview_set_running(struct logview *view, bool is_running)
{
	if (view->is_running && !is_running) /* what was held back is shown now */
		for (uint32_t i = 0; i < view->file_count; i++)
			logview_wake(view, i);
	view->is_running = is_running;
	view->is_final = !is_running;
}

void view_say(struct logview *view, const char *fmt, ...)
{
	va_list args;

	buf_reset(&view->message);
	va_start(args, fmt);
	buf_vfmt(&view->message, fmt, args);
	va_end(args);
}

unsigned view_body_rows(const struct logview *view)
{
	return view->rows > 2 ? view->rows - 1 : 1;
}

uint32_t view_last_top(const struct logview *view)
{
	uint32_t count = view_count(view), rows = view_body_rows(view);

	return count > rows ? count - rows : 0;
}

void view_go(struct logview *view, uint32_t position)
{
	uint32_t last = view_last_top(view);

	view->top = position < last ? position : last;
}

bool view_mark_seen(const struct logview *view, uint32_t *position)
{
	if (view->mark == NO_LINE)
		return false;
	*position = view_position(view, view->mark);
	return *position < view_count(view) && view_at(view, *position) == view->mark &&
	       *position >= view->top && *position - view->top < view_body_rows(view);
}

bool logview_work(struct logview *view)
{
	bool is_busy = view_read_more(view);

	is_busy = view_judge_more(view) || is_busy;
	is_busy = view_hunt_more(view) || is_busy;
	if (view->sticks)
		view->top = view_last_top(view);
	if (!is_busy && view->top > view_last_top(view))
		view->top = view_last_top(view);
	if (!is_busy && !view->follows)
		view->sticks = false;
	if (view->err.code) {
		view_say(view, "%s", view->err.text);
		err_clear(&view->err);
	}
	return is_busy;
}

void logview_size(struct logview *view, unsigned columns, unsigned rows)
{
	bool was_last = view->top >= view_last_top(view) && view_count(view) > view_body_rows(view);

	view->columns = columns > 1 ? columns : 2;
	view->rows = rows > 1 ? rows : 2;
	if (was_last)
		view->top = view_last_top(view);
	else
		view_go(view, view->top);
}

bool logview_fits(struct logview *view, unsigned columns, unsigned rows)
{
	if (view->is_reading || view->judged < view->count || view_count(view) >= rows)
		return false;
	for (uint32_t i = 0; i < view_count(view); i++) {
		if (!view_text(view, view_at(view, i), (size_t)columns * 64, &view->scratch) ||
			logrow_columns(buf_text(&view->scratch), view->scratch.len, SIZE_MAX) >
				columns)
			return false;
	}
	return true;
}

void logview_print(struct logview *view, struct buf *out)
{
	for (uint32_t i = 0; i < view_count(view); i++) {
		struct logrow_look look = {
			.color = view->options.color, .level = view_level(view, view_at(view, i))};
		bool has_more;

		view_text(view, view_at(view, i), SIZE_MAX, &view->scratch);
		logrow_add(out, &look, buf_text(&view->scratch), view->scratch.len, 0, SIZE_MAX,
			&has_more);
		buf_char(out, '\n');
	}
}
