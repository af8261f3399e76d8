/* An interactive viewer of logs: what it shows, what keys do, and the screen as bytes for a terminal.
 *
 * It opens nothing and waits for nothing: the caller reads files, hands in keys, calls logview_work when
 * there is time, and writes what logview_draw makes. So it is tested without a terminal. */
#ifndef VIEW_LOGVIEW_H
#define VIEW_LOGVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/logline.h"
#include "record/runs/logmerge.h"
#include "view/viewer/logkeys.h"

struct buf;
struct logview;

struct logview_options {
	logmerge_read *read;
	void *ctx;
	const char *title;    /* what is shown: "run 20251127_140915"; copied */
	enum log_level level; /* to begin with */
	bool color;
};

struct logview *logview_new(const struct logview_options *options);
void logview_free(struct logview *view);
/* As logmerge_add. */
uint32_t logview_add(struct logview *view, const char *name, bool has_copies);

/* The files are others now, to be added again. What is shown of them, searched and followed stays. */
void logview_restart(struct logview *view);

/* A little of what is to be done (reading, filtering, searching). False when nothing is left: then call
 * again after a key, or when a file has grown. */
bool logview_work(struct logview *view);
/* The file may have grown. */
void logview_wake(struct logview *view, uint32_t file);
uint64_t logview_read_to(const struct logview *view, uint32_t file);
/* Is a job still writing? Until it ends a line without its newline is not shown. */
void logview_set_running(struct logview *view, bool is_running);

/* False: the user wants to leave. */
bool logview_key(struct logview *view, const struct key *key);
/* Ctrl-C: ends a search, a question, following. False if there was nothing to end. */
bool logview_interrupt(struct logview *view);
void logview_size(struct logview *view, unsigned columns, unsigned rows);
/* Appends what makes the screen of the last drawing that of now; `anew`: of an unknown one. */
void logview_draw(struct logview *view, bool anew, struct buf *out);

/* Are all lines read, and do they fit into so many rows and columns without being cut? */
bool logview_fits(struct logview *view, unsigned columns, unsigned rows);
/* Appends all lines that are shown, each with a newline. */
void logview_print(struct logview *view, struct buf *out);

#endif
