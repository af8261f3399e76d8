/* The live region's parts, for its own files only: console_terminal.c follows the run and moves the
 * cursor, console_rows.c says what stands there. */
#ifndef VIEW_CONSOLE_LIVE_H
#define VIEW_CONSOLE_LIVE_H

#include "view/console/console_part.h"

#define PROGRESS_SIZE 160 /* bytes kept of what a stage says about its progress */

struct running {
	uint32_t stage;
	int64_t started_ns; /* mono */
	double expected;    /* seconds it took before; negative: not known */
	double fraction;    /* negative: not known */
	char text[PROGRESS_SIZE];
};

struct live {
	struct running *running; /* in order of start */
	uint32_t count, cap;
	const struct graph *graph;
	int64_t begun_ns, drawn_ns, heard_ns; /* mono; 0: not yet */
	uint64_t hashed, to_hash;
	uint32_t owner; /* the stage that has the terminal, NONE */
	bool is_ended;
	struct buf region;             /* as it is on the screen */
	struct buf next;               /* as it should be */
	struct buf message;            /* being written */
	uint32_t *columns;             /* of each line on the screen */
	uint32_t line_count, line_cap; /* on the screen */
	uint32_t *next_columns;
	uint32_t next_count, next_cap;
};

/* Fills live->next and live->next_columns. columns is at least 2. */
void live_compose(struct console *console, int64_t now_ns, const struct run_totals *totals,
	unsigned columns, unsigned rows);

#endif
