/* What `restage top` shows: the stages that a run executes now, and how far it is. */
#ifndef VIEW_TOP_H
#define VIEW_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/runs/past.h"
#include "view/words/words.h"

struct top {
	const struct graph *graph;
	const char *who; /* who holds the job's lock; NULL: nobody */
	/* of the run that goes on, or else of the last one; NULL: there is none */
	const struct past_run *log;
	bool is_alive; /* the process that writes it lives */
	double now;    /* seconds since the run began */
	/* By stage of the graph, what it took when it last succeeded; negative: not known. NULL:
	 * nothing is. */
	const double *before;
};

/* Does a run go on, as far as lock and record tell? */
bool top_is_running(const struct top *top);
/* The estimate is like that of the run itself: what running and waiting stages took before, spread
 * over as many as run now, but no less than the longest of them; known if it is known of each, and
 * if it is clear which stages wait. */
void top_count(const struct top *top, struct row_counts *counts);

/* Lines, each with its newline. columns 0: as wide as they are; rows 0: all of them. */
void top_text(struct buf *out, const struct top *top, bool color, unsigned columns, unsigned rows);
/* The document restage.top/1. */
void top_json(struct buf *out, const struct top *top);

/* top_screen.c: a terminal that is taken for a while: an empty screen of its own, without echo and
 * cursor. Whatever ends the program, also Ctrl-Z, the terminal is given back as it was; only
 * SIGKILL is beyond help. */
struct top_screen;

enum top_wake {
	TOP_TIME,   /* the time is over */
	TOP_REDRAW, /* the window has another size, or the program was stopped and goes on */
	TOP_QUIT,   /* q, Ctrl-C, or the terminal is gone */
	TOP_SIGNAL, /* another signal that ends the program: top_screen_signal */
};

/* Takes the terminal that standard input and output are (input may be something else: then there
 * are no keys). NULL with err if that is not possible. */
struct top_screen *top_screen_open(struct err *err);
/* Columns and rows as they are now; 80 by 24 if the terminal does not tell. */
void top_screen_size(unsigned *columns, unsigned *rows);
/* Shows these lines, each with its newline, in place of what stands there; of more than there are
 * rows the first. None may be wider than the columns. -1 with errno if the terminal is gone. */
int top_screen_draw(struct top_screen *screen, const struct buf *lines);
/* Waits for a key, a signal or the time. */
enum top_wake top_screen_wait(struct top_screen *screen, int timeout_ms);
int top_screen_signal(const struct top_screen *screen);
/* Gives the terminal back. */
void top_screen_close(struct top_screen *screen);

#endif
