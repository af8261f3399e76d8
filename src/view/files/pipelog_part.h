/* The parts of the pipeline log, for its own files only: pipelog_stage.c has the lines
 * about stages, pipelog.c all others. */
#ifndef VIEW_PIPELOG_PART_H
#define VIEW_PIPELOG_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "view/files/files.h"
#include "view/files/logsink.h"
#include "view/words/words.h"

#define PIPELOG_SLOWEST 5
#define PIPELOG_LISTED 20 /* files or reasons of one stage, or failed stages */

struct pipelog {
	struct logsink sink;
	const struct history *history;        /* NULL: none */
	struct buf line;                      /* being made */
	struct slow slowest[PIPELOG_SLOWEST]; /* falling */
	uint32_t slowest_count;
	struct warned warned;
	uint32_t selected;
	uint32_t fresh[PIPELOG_LISTED]; /* the first that are up to date and not told yet */
	uint32_t fresh_count;
	struct buf failed; /* their names */
	uint32_t failed_count;
};

/* A line. */
void pipelog_say(struct pipelog *log, int64_t wall_ns, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Ends the line that was made in log->line. */
void pipelog_end_line(struct pipelog *log, int64_t wall_ns, enum log_level level);
/* "<sign>Stage demux: " begins a line. */
void pipelog_begin_stage(struct pipelog *log, const struct run_event *event, const char *sign);

/* reason NULL: it is up to date; "": it is disabled, nobody says why. */
void pipelog_skipped(struct pipelog *log, int64_t wall_ns, const struct graph *graph,
	uint32_t stage, const char *reason);
void pipelog_start(struct pipelog *log, const struct run_event *event);
void pipelog_done(struct pipelog *log, const struct run_event *event);
void pipelog_fail(struct pipelog *log, const struct run_event *event);
void pipelog_retry(struct pipelog *log, const struct run_event *event);
void pipelog_blocked(struct pipelog *log, const struct run_event *event);

#endif
