/* What `restage top` shows: the stages that a run executes now, and how far it is. */
#ifndef VIEW_TOP_H
#define VIEW_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/runs/past.h"
#include "view/words/words.h"

struct buf;
struct graph;

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

#endif
