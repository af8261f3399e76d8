/* The screen of the viewer: lines, and below them a row that tells where one is or asks for something.
 * A row is written only if it is not on the screen already; each is placed by itself, and none is longer
 * than the screen is wide, so that nothing scrolls. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "view/viewer/logrow.h"
#include "view/viewer/logview_part.h"
#include "view/words/width.h"

static const char *const help[] = {
	"  j k  Down Up  Enter     a line down, up",
	"  Space b  PgDn PgUp      a page down, up",
	"  d u                     half a page down, up",
	"  g G  Home End           to the start, to the end",
	"  Left Right  0           along long lines, back to their start",
	"",
	"  /text  ?text            search forwards, backwards; capitals count if there are any",
	"  n N                     the next, the one before",
	"  e E                     the next error, the one before",
	"  Esc                     forget what was searched for",
	"",
	"  1 2 3 4                 show all; from INFO on; from WARNING on; only ERROR",
	"  s                       show only stages whose name contains some text",
	"  S                       show only the stage of this line; again: all",
	"",
	"  F                       follow: stay at the end as lines come",
	"  Ctrl-C                  stop following or searching",
	"  Ctrl-Z                  suspend;  Ctrl-L: draw anew",
	"  h                       this list",
	"  q                       leave",
};

#define LEFT_LEAST 8 /* columns of what stands left in the last row */
#define HELP_ROWS ((unsigned)(sizeof help / sizeof *help))

unsigned view_help_rows(void)
{
	return HELP_ROWS;
}

static void add_count(struct buf *out, uint32_t number)
{
	char digits[16];
	size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRIu32, number);

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_char(out, ',');
		buf_char(out, digits[i]);
	}
}

/* A part of the line, more if what was read shows as less than a row. */
static void draw_line(struct logview *view, uint32_t line, struct buf *out)
{
	struct logrow_look look = {
		.color = view->options.color,
		.level = view_level(view, line),
		.is_marked = line == view->mark,
		.match = &view->match,
	};
	size_t limit = 1024 + 4 * (view->left + view->columns), used, start = out->len;
	bool is_whole, has_more;

	for (;; limit *= 4) {
		is_whole = view_text(view, line, limit, &view->scratch);
		used = logrow_add(out, &look, buf_text(&view->scratch), view->scratch.len,
			view->left, view->columns, &has_more);
		if (is_whole || has_more || used >= view->columns)
			break;
		out->len = start;
	}
	if (is_whole && !has_more)
		return;
	out->len = start;
	used = logrow_add(out, &look, buf_text(&view->scratch), view->scratch.len, view->left,
		view->columns - 1, &has_more);
	width_pad(out, used, view->columns - 1);
	buf_str(out, "\033[7m>\033[0m");
}

static void add_filter(const struct logview *view, struct buf *out)
{
	if (view->level > LOG_DEBUG)
		buf_fmt(out, "  %s%s", log_level_name(view->level),
			view->level < LOG_ERROR ? " and above" : " only");
	if (view->stage.text.len) {
		buf_str(out, view->stage_is_whole ? "  stage " : "  stages with ");
		text_add_printable(out, view->stage.text.data, view->stage.text.len);
	}
}

static void add_place(const struct logview *view, bool has_hint, struct buf *out)
{
	uint32_t count = view_count(view), rows = view_body_rows(view);
	uint32_t last = count - view->top < rows ? count : view->top + rows;

	if (view->is_reading || view->judged < view->count)
		buf_str(out, "reading, ");
	if (!count) {
		buf_str(out, "no lines");
	} else {
		add_count(out, view->top + 1);
		buf_char(out, '-');
		add_count(out, last);
		buf_str(out, " of ");
		add_count(out, count);
	}
	buf_str(out, has_hint ? "  h: keys " : " ");
}

static void add_search(const struct logview *view, struct buf *out)
{
	uint32_t count = view_count(view);
	uint32_t at = view->hunt_at < count ? view->hunt_at : count;

	buf_fmt(out, "searching, %u%%", count ? (unsigned)((uint64_t)at * 100 / count) : 0);
}

/* In reverse over the whole width: left what is shown or what there is to say, right where. */
static void draw_status(const struct logview *view, struct buf *out)
{
	struct buf left = {0}, right = {0}, text = {0};
	size_t used, right_columns;

	buf_char(&left, ' ');
	if (view->hunt == HUNT_TEXT) {
		add_search(view, &left);
	} else if (view->message.len) {
		text_add_printable(&left, view->message.data, view->message.len);
	} else {
		text_add_printable(&left, view->title, strlen(view->title));
		add_filter(view, &left);
		if (view->follows)
			buf_str(&left, view->is_running ? "  following" : "  following (no run)");
		else if (view->is_running)
			buf_str(&left, "  running");
	}
	add_place(view, true, &right);
	if (right.len + LEFT_LEAST > view->columns) {
		buf_reset(&right);
		add_place(view, false, &right);
	}
	if (right.len + LEFT_LEAST > view->columns)
		buf_reset(&right);
	right_columns = right.len; /* all ASCII */
	used = width_cut(&text, left.data, left.len,
		view->columns - right_columns - (right_columns ? 1 : 0));
	width_pad(&text, used, view->columns - right_columns);
	buf_fmt(out, "\033[7m%s%s\033[0m", buf_text(&text), buf_text(&right));
	buf_free(&left);
	buf_free(&right);
	buf_free(&text);
}

/* How many stages the typed text names, so that it need not be typed to its end. */
static void add_stage_hint(const struct logview *view, struct buf *out)
{
	struct logmatch match = {0};
	uint32_t found = 0;
	const char *first = NULL;

	logmatch_set(&match, buf_text(&view->typed), view->typed.len);
	for (uint32_t i = 0; i < logmerge_name_count(view->merge); i++) {
		const char *name = logmerge_name(view->merge, i);

		if (view->typed.len && !view_name_matches(&match, false, name))
			continue;
		found++;
		first = first ? first : name;
	}
	buf_str(out, "   (");
	if (!first) {
		buf_str(out, "no such stage");
	} else {
		text_add_printable(out, first, strlen(first));
		if (found > 1)
			buf_fmt(out, " and %u more", found - 1);
	}
	buf_char(out, ')');
	logmatch_free(&match);
}

/* The end of what is typed is seen, whatever its length. */
static void draw_question(struct logview *view, struct buf *out)
{
	static const char *const questions[] = {
		[MODE_FORWARD] = "/",
		[MODE_BACKWARD] = "?",
		[MODE_STAGE] = "stage: ",
	};
	struct buf text = {0};
	struct logrow_look look = {.color = false};
	size_t columns, left;
	bool has_more;

	buf_str(&text, questions[view->mode]);
	text_add_printable(&text, buf_text(&view->typed), view->typed.len);
	columns = width_of(text.data, text.len);
	left = columns >= view->columns ? columns - view->columns + 1 : 0;
	view->cursor = (unsigned)(columns - left) + 1;
	if (view->mode == MODE_STAGE)
		add_stage_hint(view, &text);
	logrow_add(out, &look, text.data, text.len, left, view->columns, &has_more);
	buf_free(&text);
}

static void draw_row(struct logview *view, unsigned row, struct buf *out)
{
	uint32_t position = view->top + row;
	unsigned help_row = view->help_top + row;

	if (row + 1 == view->rows) {
		if (view->mode == MODE_LINES)
			draw_status(view, out);
		else if (view->mode == MODE_HELP)
			buf_str(out, "\033[7m any other key goes back \033[0m");
		else
			draw_question(view, out);
	} else if (view->mode == MODE_HELP) {
		if (help_row < HELP_ROWS)
			width_cut(out, help[help_row], strlen(help[help_row]), view->columns);
	} else if (position < view_count(view)) {
		draw_line(view, view_at(view, position), out);
	}
}

static void size_rows(struct logview *view)
{
	if (view->drawn_rows == view->rows)
		return;
	for (unsigned i = view->rows; i < view->drawn_rows; i++)
		buf_free(&view->drawn[i]);
	view->drawn = mem_grow(view->drawn, view->rows, sizeof *view->drawn);
	for (unsigned i = view->drawn_rows; i < view->rows; i++)
		view->drawn[i] = (struct buf){0};
	view->drawn_rows = view->rows;
}

void logview_draw(struct logview *view, bool anew, struct buf *out)
{
	struct buf row = {0};

	anew = anew || view->drawn_rows != view->rows;
	size_rows(view);
	view->cursor = 0;
	if (anew)
		buf_str(out, "\033[?25l\033[0m\033[2J");
	for (unsigned i = 0; i < view->rows; i++) {
		struct buf *drawn = &view->drawn[i];

		buf_reset(&row);
		draw_row(view, i, &row);
		if (anew ? row.len == 0
			 : row.len == drawn->len &&
					memcmp(buf_text(&row), buf_text(drawn), row.len) == 0) {
			buf_reset(drawn);
			buf_add(drawn, row.data, row.len);
			continue;
		}
		buf_fmt(out, "\033[?25l\033[%u;1H\033[K", i + 1);
		buf_add(out, row.data, row.len);
		buf_reset(drawn);
		buf_add(drawn, row.data, row.len);
	}
	if (view->cursor)
		buf_fmt(out, "\033[%u;%uH\033[?25h", view->rows, view->cursor);
	buf_free(&row);
}
