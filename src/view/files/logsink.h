/* A file to which a run appends lines: a listener, on which the formats are built. Lines are
 * collected, and written when the last writing was a moment ago, else within that moment (tick), or
 * when there are many. The first failure is kept, and nothing is written after it.
 *
 * Stages that are up to date or disabled are held back as numbers until the first stage starts, so
 * that a run with nothing to do costs one opening and one writing, however many its stages. */
#ifndef VIEW_LOGSINK_H
#define VIEW_LOGSINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "run/engine/listener.h"

#define LOGSINK_HELD_MAX 1000 /* once a stage has started */

/* A stage that is up to date or disabled. */
struct held {
	int64_t ns; /* monotonic, or wall time */
	uint32_t stage;
	bool is_disabled;
};

/* The first member of each format. */
struct logsink {
	struct listener listener;
	struct buf text; /* whole lines, not written yet */
	struct err err;
	char *path; /* owned; NULL: not opened yet */
	int fd;
	int64_t moment_ns;         /* between two writings, at least */
	int64_t written_ns;        /* monotonic: of the last one */
	const struct graph *graph; /* from the first event on */
	struct held *held;         /* not told of yet */
	uint32_t held_count, held_cap;
	bool keeps_wall;  /* held stages have wall time */
	bool has_started; /* some stage: more than a run in which nothing had to run */
	/* Appends the lines of an event to text. */
	void (*put)(struct logsink *sink, const struct run_event *event);
	/* Appends the line of the first of these held stages, and of those that share it; returns
	 * how many they were, at least 1. */
	uint32_t (*put_held)(struct logsink *sink, const struct held *held, uint32_t count);
	void (*done)(struct logsink *sink); /* frees what the format has beside the sink; or NULL */
};

/* Fills in the listener, and that nothing is open. */
void logsink_init(struct logsink *sink);
/* Creates the file, with its directory. What was collected before goes behind what is collected
 * next: gives it, the caller's. flags: of open, beside those to append. */
struct buf logsink_open(struct logsink *sink, const char *path, int flags);
/* All that is held is told. */
void logsink_let_go(struct logsink *sink);

#endif
