/* Keys, and where they lead. */
#include <string.h>

#include "view/viewer/logview_part.h"

static void scroll(struct logview *view, int64_t by)
{
	int64_t to = (int64_t)view->top + by;

	if (by < 0)
		view->follows = view->sticks = false;
	view_go(view, to > 0 ? (uint32_t)(to < UINT32_MAX ? to : UINT32_MAX - 1) : 0);
}

static void go_end(struct logview *view, bool follows)
{
	view->sticks = true;
	view->follows = follows;
	view->top = view_last_top(view);
}

static void go_start(struct logview *view)
{
	view->follows = view->sticks = false;
	view->top = 0;
}

/* The line that the user looks at: what was found, if it is seen, else the first. NO_LINE: none. */
static uint32_t looked_at(const struct logview *view)
{
	uint32_t position;

	if (view_mark_seen(view, &position))
		return view->mark;
	if (view->top >= view_count(view))
		return NO_LINE;
	return view_at(view, view->top);
}

static void set_filter(struct logview *view, enum log_level level, const char *stage, size_t len,
	bool is_whole)
{
	view->anchor = looked_at(view);
	view->hunt = HUNT_NONE;
	view->level = level;
	logmatch_set(&view->stage, stage, len);
	view->stage_is_whole = is_whole;
	view_filter_changed(view);
}

static void set_level(struct logview *view, enum log_level level)
{
	struct buf stage = {0};

	buf_add(&stage, buf_text(&view->stage.text), view->stage.text.len);
	set_filter(view, level, buf_text(&stage), stage.len, view->stage_is_whole);
	buf_free(&stage);
}

/* Only the stage of the line that is looked at; or all again. */
static void toggle_stage(struct logview *view)
{
	uint32_t line = looked_at(view);
	const char *name;

	if (view->stage.text.len) {
		set_filter(view, view->level, "", 0, false);
		return;
	}
	if (line == NO_LINE)
		return;
	name = logmerge_name(view->merge, view->lines[line].name);
	set_filter(view, view->level, name, strlen(name), true);
}

static void ask(struct logview *view, enum view_mode mode)
{
	view->mode = mode;
	buf_reset(&view->typed);
}

static void search_again(struct logview *view, bool back)
{
	if (!view->match.text.len)
		view_say(view, "nothing was searched for yet: / searches");
	else
		view_hunt(view, HUNT_TEXT, back);
}

static void answer(struct logview *view)
{
	enum view_mode mode = view->mode;

	view->mode = MODE_LINES;
	if (mode == MODE_STAGE) {
		set_filter(view, view->level, buf_text(&view->typed), view->typed.len, false);
		return;
	}
	if (view->typed.len) {
		logmatch_set(&view->match, buf_text(&view->typed), view->typed.len);
		view->mark = NO_LINE;
	}
	view->match_back = mode == MODE_BACKWARD;
	search_again(view, view->match_back);
}

static void type_key(struct logview *view, const struct key *key)
{
	struct buf *typed = &view->typed;

	if (key->kind == KEY_ENTER) {
		answer(view);
	} else if (key->kind == KEY_ESCAPE || (key->kind == KEY_BACKSPACE && !typed->len)) {
		view->mode = MODE_LINES;
	} else if (key->kind == KEY_BACKSPACE) {
		do
			typed->len--;
		while (typed->len && ((unsigned char)typed->data[typed->len] & 0xc0) == 0x80);
		typed->data[typed->len] = '\0';
	} else if (key->kind == KEY_CONTROL && key->text[0] == 'u') {
		buf_reset(typed);
	} else if (key->kind == KEY_TEXT) {
		buf_str(typed, key->text);
	}
}

static void help_key(struct logview *view, const struct key *key)
{
	unsigned rows = view_body_rows(view), all = view_help_rows();
	bool is_down = key->kind == KEY_DOWN || key->kind == KEY_PAGE_DOWN ||
		       (key->kind == KEY_TEXT && strchr("j ", key->text[0]));
	bool is_up = key->kind == KEY_UP || key->kind == KEY_PAGE_UP ||
		     (key->kind == KEY_TEXT && strchr("kb", key->text[0]));

	if (is_down && view->help_top + rows < all)
		view->help_top++;
	else if (is_up && view->help_top)
		view->help_top--;
	else if (!is_down && !is_up)
		view->mode = MODE_LINES;
}

static void sideways(struct logview *view, bool right)
{
	size_t step = view->columns / 2;

	if (right)
		view->left += step;
	else
		view->left = view->left > step ? view->left - step : 0;
}

static void clear_search(struct logview *view)
{
	view->mark = NO_LINE;
	logmatch_set(&view->match, "", 0);
}

/* False: leave. */
static bool letter_key(struct logview *view, char letter)
{
	int64_t page = view_body_rows(view);

	switch (letter) {
	case 'q':
	case 'Q':
		return false;
	case 'j':
		scroll(view, 1);
		break;
	case 'k':
		scroll(view, -1);
		break;
	case ' ':
	case 'f':
		scroll(view, page);
		break;
	case 'b':
		scroll(view, -page);
		break;
	case 'd':
		scroll(view, page / 2);
		break;
	case 'u':
		scroll(view, -(page / 2));
		break;
	case 'g':
	case '<':
		go_start(view);
		break;
	case 'G':
	case '>':
		go_end(view, false);
		break;
	case 'F':
		go_end(view, true);
		break;
	case '0':
	case '^':
		view->left = 0;
		break;
	case '1':
	case '2':
	case '3':
	case '4':
		set_level(view, (enum log_level)(letter - '1'));
		break;
	case 's':
		ask(view, MODE_STAGE);
		break;
	case 'S':
		toggle_stage(view);
		break;
	case '/':
		ask(view, MODE_FORWARD);
		break;
	case '?':
		ask(view, MODE_BACKWARD);
		break;
	case 'n':
		search_again(view, view->match_back);
		break;
	case 'N':
		search_again(view, !view->match_back);
		break;
	case 'e':
		view_hunt(view, HUNT_ERROR, false);
		break;
	case 'E':
		view_hunt(view, HUNT_ERROR, true);
		break;
	case 'h':
		view->mode = MODE_HELP;
		view->help_top = 0;
		break;
	default:
		view_say(view, "h shows the keys");
		break;
	}
	return true;
}

static void control_key(struct logview *view, char letter)
{
	int64_t page = view_body_rows(view);

	if (letter == 'f')
		scroll(view, page);
	else if (letter == 'b')
		scroll(view, -page);
	else if (letter == 'd')
		scroll(view, page / 2);
	else if (letter == 'u')
		scroll(view, -(page / 2));
	else if (letter == 'n' || letter == 'e')
		scroll(view, 1);
	else if (letter == 'p' || letter == 'y')
		scroll(view, -1);
}

bool logview_key(struct logview *view, const struct key *key)
{
	buf_reset(&view->message);
	if (view->mode == MODE_HELP) {
		help_key(view, key);
		return true;
	}
	if (view->mode != MODE_LINES) {
		type_key(view, key);
		return true;
	}
	view->hunt = HUNT_NONE;
	switch (key->kind) {
	case KEY_TEXT:
		return letter_key(view, key->text[0]);
	case KEY_CONTROL:
		control_key(view, key->text[0]);
		break;
	case KEY_ENTER:
	case KEY_DOWN:
		scroll(view, 1);
		break;
	case KEY_UP:
		scroll(view, -1);
		break;
	case KEY_PAGE_DOWN:
		scroll(view, view_body_rows(view));
		break;
	case KEY_PAGE_UP:
		scroll(view, -(int64_t)view_body_rows(view));
		break;
	case KEY_HOME:
		go_start(view);
		break;
	case KEY_END:
		go_end(view, false);
		break;
	case KEY_LEFT:
	case KEY_RIGHT:
		sideways(view, key->kind == KEY_RIGHT);
		break;
	case KEY_ESCAPE:
		clear_search(view);
		break;
	case KEY_TAB:
	case KEY_BACKSPACE:
	case KEY_UNKNOWN:
		break;
	}
	return true;
}

bool logview_interrupt(struct logview *view)
{
	bool had = view->hunt || view->mode != MODE_LINES || view->follows || view->sticks;

	view->hunt = HUNT_NONE;
	view->mode = MODE_LINES;
	view->follows = view->sticks = false;
	if (had)
		view_say(view, "stopped");
	return had;
}
