/* The parts of the console, for its own files only. console.c keeps the failures and hands each
 * event to the plain lines (console_plain.c), which fill `lines`; those are written at once, or by
 * the live region (console_terminal.c) above itself. */
#ifndef VIEW_CONSOLE_PART_H
#define VIEW_CONSOLE_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "view/console/console.h"
#include "view/words/words.h"

struct live;

#define PROGRESS_SIZE 160 /* bytes kept of what a stage says about its progress */

struct running {
	uint32_t stage;
	int64_t started_ns; /* mono */
	double expected;    /* seconds it took before; negative: not known */
	double fraction;    /* negative: not known */
	char text[PROGRESS_SIZE];
};

struct ongoing {
	struct running *items; /* in order of start; owned */
	uint32_t count, cap;
	struct queued queued;
	uint32_t *queued_at; /* by stage: its place in that and one more; 0: it is not queued */
	uint32_t stage_cap;
};

struct console {
	struct listener listener;
	struct console_options options;
	struct buf lines;  /* whole lines, not written yet */
	struct live *live; /* NULL: no live region */
	struct ongoing ongoing;
	const struct graph *graph;
	int64_t said_ns;          /* mono: when lines were written last */
	struct failures failures; /* told at the end */
	struct warned warned;
	uint32_t blocked_count;
	bool is_hurried;  /* a signal came: nobody waits for a reader any more */
	bool has_started; /* some stage, or one that could not be started */
};

/* Appends the lines that an event makes, if any. */
void console_plain(struct console *console, const struct run_event *event);
/* Appends the last lines of a run: the summary, then the failures. */
void console_summary(struct console *console, const struct run_event *event);
void console_failures(struct console *console, const struct run_event *event);

/* Follows what runs. */
void ongoing_hear(struct ongoing *ongoing, const struct run_event *event);
bool ongoing_ends(enum run_event_kind kind); /* does the stage run no more then? */
/* Appends a line if nothing was written for long; next wish in ms, -1: none. */
int ongoing_tick(struct console *console, int64_t mono_ns, const struct run_totals *totals);
void ongoing_free(struct ongoing *ongoing);

/* The live region. It takes `lines` along whenever it writes. */
struct live *live_new(void);
void live_free(struct live *live);
/* Follows what runs. */
void live_hear(struct console *console, const struct run_event *event);
/* Writes and draws if it is time; next wish in ms, -1: none. */
int live_tick(struct console *console, int64_t mono_ns, const struct run_totals *totals);
/* Takes the region off the screen and writes the lines. */
void live_end(struct console *console);

/* What it is made of: console_terminal.c moves the cursor, console_rows.c says what is there. */
struct region {
	struct buf text;
	uint32_t *columns; /* of each line */
	uint32_t count, cap;
};

struct live {
	int64_t begun_ns, drawn_ns, heard_ns; /* mono; 0: not yet */
	uint64_t hashed, to_hash;
	uint32_t owner; /* the stage that has the terminal, NONE */
	bool is_ended;
	struct region shown, next; /* as it is on the screen, and as it should be */
	struct buf message;        /* being written */
};

/* Fills live->next. columns is at least 2. */
void live_compose(struct console *console, int64_t now_ns, const struct run_totals *totals,
	unsigned columns, unsigned rows);

#endif
