/* The lines of the viewer: an index of where they begin, the filter, and reading their text. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "view/viewer/logview_part.h"

#define READ_LINES 20000u   /* in one piece of work */
#define JUDGE_LINES 500000u /* the same */

bool view_read_more(struct logview *view)
{
	struct logmerge_line line;

	for (uint32_t i = 0; view->is_reading && i < READ_LINES; i++) {
		switch (logmerge_next(view->merge, view->is_final, &line, &view->err)) {
		case LOGMERGE_LINE:
			break;
		case LOGMERGE_BUSY:
			return true;
		case LOGMERGE_FAILED:
		case LOGMERGE_DRY:
			view->is_reading = false;
			return false;
		}
		if (line.is_rest || view->count == NO_LINE)
			continue;
		MEM_ROOM(view->lines, view->count, view->cap);
		view->lines[view->count++] = (struct view_line){
			.place = line.at << 2 | line.level, .file = line.file, .name = line.name};
	}
	return view->is_reading;
}

enum log_level view_level(const struct logview *view, uint32_t line)
{
	return (enum log_level)(view->lines[line].place & 3);
}

bool view_has_filter(const struct logview *view)
{
	return view->level > LOG_DEBUG || view->stage.text.len;
}

bool view_name_matches(const struct logmatch *match, bool is_whole, const char *name)
{
	struct buf text = {0};
	bool matches;

	if (is_whole)
		return strcmp(name, buf_text(&match->text)) == 0;
	buf_str(&text, name);
	if (text.len)
		logmatch_prepare(match, text.data, text.len);
	matches = logmatch_find(match, buf_text(&text), text.len, 0) != SIZE_MAX;
	buf_free(&text);
	return matches;
}

static bool is_name_shown(struct logview *view, uint32_t name)
{
	if (!view->stage.text.len)
		return true;
	if (name >= view->name_cap) {
		uint32_t cap = logmerge_name_count(view->merge);

		view->name_shown = mem_grow(view->name_shown, cap, 1);
		memset(view->name_shown + view->name_cap, 0, cap - view->name_cap);
		view->name_cap = cap;
	}
	if (!view->name_shown[name])
		view->name_shown[name] =
			view_name_matches(&view->stage, view->stage_is_whole,
				logmerge_name(view->merge, name))
				? 2
				: 1;
	return view->name_shown[name] == 2;
}

/* Looks at lines up to `end`. */
static void judge_to(struct logview *view, uint32_t end)
{
	for (; view->judged < end; view->judged++) {
		uint32_t line = view->judged;

		if (view_level(view, line) < view->level ||
			!is_name_shown(view, view->lines[line].name))
			continue;
		if (line == view->anchor || (view->anchor != NO_LINE && line > view->anchor)) {
			view->top = view->shown_count;
			view->anchor = NO_LINE;
		}
		MEM_ROOM(view->shown, view->shown_count, view->shown_cap);
		view->shown[view->shown_count++] = line;
	}
}

bool view_judge_more(struct logview *view)
{
	uint32_t left = view->count - view->judged;

	if (!view_has_filter(view)) {
		view->judged = view->count;
		return false;
	}
	judge_to(view, view->judged + (left < JUDGE_LINES ? left : JUDGE_LINES));
	if (view->judged < view->count)
		return true;
	if (view->anchor != NO_LINE && !view->is_reading) { /* nothing is shown behind it */
		view->anchor = NO_LINE;
		view_go(view, view->shown_count);
	}
	return false;
}

uint32_t view_count(const struct logview *view)
{
	return view_has_filter(view) ? view->shown_count : view->count;
}

uint32_t view_at(const struct logview *view, uint32_t position)
{
	return view_has_filter(view) ? view->shown[position] : position;
}

uint32_t view_position(const struct logview *view, uint32_t line)
{
	uint32_t low = 0, high = view->shown_count;

	if (!view_has_filter(view))
		return line;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (view->shown[middle] < line)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void view_filter_changed(struct logview *view)
{
	view->shown_count = 0;
	view->judged = 0;
	if (view->name_cap)
		memset(view->name_shown, 0, view->name_cap);
	view->top = 0;
	if (view_has_filter(view))
		return;
	view->judged = view->count;
	if (view->anchor != NO_LINE)
		view_go(view, view->anchor);
	view->anchor = NO_LINE;
}

/* The block of the file that holds the offset, with at least that byte in it; NULL at the end. */
static const struct view_block *find_block(struct logview *view, uint32_t file, uint64_t at)
{
	uint64_t number = at / BLOCK_SIZE;
	struct view_block *block =
		&view->blocks[(number + (uint64_t)file * 31) % BLOCK_COUNT];

	if (block->data && (block->file != file || block->number != number))
		block->len = 0;
	if (!block->data)
		block->data = mem_alloc(BLOCK_SIZE);
	block->file = file;
	block->number = number;
	while (number * BLOCK_SIZE + block->len <= at) { /* new, or the file has grown since */
		struct err err = {0};
		ssize_t got = view->options.read(view->options.ctx, file,
			number * BLOCK_SIZE + block->len, block->data + block->len,
			BLOCK_SIZE - block->len, &err);

		if (got <= 0)
			return NULL;
		block->len += (uint32_t)got;
	}
	return block;
}

bool view_text(struct logview *view, uint32_t line, size_t limit, struct buf *out)
{
	const struct view_line *known = &view->lines[line];
	uint64_t at = known->place >> 2;

	buf_reset(out);
	while (out->len < limit) {
		const struct view_block *block = find_block(view, known->file, at);
		size_t skip = (size_t)(at % BLOCK_SIZE), len;
		const char *newline;

		if (!block)
			return true;
		len = block->len - skip;
		if (len > limit - out->len)
			len = limit - out->len;
		newline = memchr(block->data + skip, '\n', len);
		if (newline) {
			buf_add(out, block->data + skip,
				(size_t)(newline - block->data) - skip);
			return true;
		}
		buf_add(out, block->data + skip, len);
		at += len;
	}
	return false;
}
