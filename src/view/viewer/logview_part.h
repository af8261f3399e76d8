/* The viewer's parts, for its own files only: logview.c has what holds them together, logview_keys.c keys
 * and what they do, logview_lines.c the lines and the filter, logview_hunt.c searching, logview_draw.c the
 * screen. */
#ifndef VIEW_LOGVIEW_PART_H
#define VIEW_LOGVIEW_PART_H

#include "base/buf.h"
#include "base/err.h"
#include "view/viewer/logmatch.h"
#include "view/viewer/logview.h"

#define NO_LINE UINT32_MAX

/* A line is known by where it begins; its text is read when it is needed. */
struct view_line {
	uint64_t place; /* offset in the file << 2 | level */
	uint32_t file, name;
};

/* A piece of a file in memory: lines that are drawn or searched one after the other lie together. */
struct view_block {
	uint64_t number; /* offset / BLOCK_SIZE */
	uint32_t file;
	uint32_t len;
	char *data; /* owned; NULL: unused */
};

#define BLOCK_SIZE ((size_t)32 * 1024)
#define BLOCK_COUNT ((size_t)256)

enum view_mode {
	MODE_LINES,
	MODE_FORWARD,  /* typing what is searched for, "/" ... */
	MODE_BACKWARD, /* ... "?" */
	MODE_STAGE,    /* typing a stage's name */
	MODE_HELP,
};

enum hunt_kind {
	HUNT_NONE,
	HUNT_TEXT,
	HUNT_ERROR,
};

struct logview {
	struct logview_options options;
	char *title;
	struct logmerge *merge;
	uint32_t file_count;
	struct err err; /* of reading: shown */

	struct view_line *lines;
	uint32_t count, cap;
	bool is_reading; /* there may be more lines */
	bool is_running, is_final;
	struct view_block *blocks;

	/* The filter. Without one every line is shown, and `shown` is not used. */
	enum log_level level;
	struct logmatch stage; /* a name or a part of names; empty: all */
	bool stage_is_whole;
	uint8_t *name_shown; /* by name: 0 not known yet, 1 no, 2 yes */
	uint32_t name_cap;
	uint32_t *shown; /* line numbers */
	uint32_t shown_count, shown_cap;
	uint32_t judged; /* lines that were looked at */

	/* Where we are. Positions are places in what is shown. */
	uint32_t top;
	uint32_t anchor; /* line that shall be on top as soon as it is judged; NO_LINE: none */
	size_t left;
	uint32_t mark; /* line that was found last */
	bool sticks;   /* to the end */
	bool follows;  /* until told otherwise */

	enum hunt_kind hunt;
	bool hunts_back;
	uint32_t hunt_at; /* position that is looked at next */
	struct logmatch match;
	bool match_back; /* it was sought backwards: n goes on so */

	enum view_mode mode;
	struct buf typed;   /* in a question */
	struct buf message; /* shown until the next key */
	unsigned columns, rows;
	unsigned help_top;
	struct buf *drawn; /* by row: what stands on the screen; owned */
	unsigned drawn_rows;
	unsigned cursor; /* column of the cursor in the last row; 0: hidden */
	struct buf scratch, plain;
};

/* logview_lines.c */
bool view_read_more(struct logview *view); /* false: nothing more for now */
bool view_judge_more(struct logview *view);
bool view_has_filter(const struct logview *view);
uint32_t view_count(const struct logview *view);                   /* of what is shown */
uint32_t view_at(const struct logview *view, uint32_t position);   /* the line there */
uint32_t view_position(const struct logview *view, uint32_t line); /* of the first shown from it on */
void view_filter_changed(struct logview *view);
enum log_level view_level(const struct logview *view, uint32_t line);
/* Puts the line's text in out (emptied first), `limit` bytes of it at most; true if that is all. */
bool view_text(struct logview *view, uint32_t line, size_t limit, struct buf *out);
bool view_name_matches(const struct logmatch *match, bool is_whole, const char *name);

/* logview_hunt.c */
void view_hunt(struct logview *view, enum hunt_kind kind, bool back);
bool view_hunt_more(struct logview *view); /* false: it is over, or must wait for lines */

/* logview_draw.c */
unsigned view_help_rows(void);

/* logview.c */
unsigned view_body_rows(const struct logview *view);
uint32_t view_last_top(const struct logview *view);    /* position on top when the end is seen */
void view_go(struct logview *view, uint32_t position); /* to the top, as far as there is more below */
/* Is the line that was found last on the screen? Then searches go on from there. */
bool view_mark_seen(const struct logview *view, uint32_t *position);
void view_say(struct logview *view, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
