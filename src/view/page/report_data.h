/* The data of the page: one JSON document, restage.report/1 (described in report_data.c). */
#ifndef VIEW_REPORT_DATA_H
#define VIEW_REPORT_DATA_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;
struct graph;

/* Where the data ends and the stream goes on. */
struct report_position {
	char run[64];  /* id of the newest run with a record; "" if there is none */
	size_t record; /* where in its record the first line that is not in the data begins */
	size_t log;    /* the same of its pipeline log */
};

/* The position as one word, "20251127_140915:1022:3177", and back; the word of none is "none:0:0".
 * false if the text is none. It goes into addresses and comes back from anyone: the run is an id,
 * and no path. */
void report_position_add(struct buf *out, const struct report_position *at);
bool report_position_parse(const char *text, struct report_position *at);

/* Appends the document. run: as report_runs_load has it; NULL: the one that matters most. is_live:
 * the page goes on from there by a stream. Reads manifests, logs and records, judges the stages
 * (run/ask/plan.h), and writes nothing. -1 if there is no such run, or the disk fails. */
int report_data(
	struct buf *out, const struct graph *graph, const char *run, bool is_live, struct err *err);

#endif
