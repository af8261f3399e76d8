/* What `serve` has to say: the page as it is now, and what comes after it, as server-sent events.
 *
 * A listener's place is a struct report_position, which is the id of each event: whoever comes back
 * with the id of the last event that it got goes on just behind it. What a stage's event says (its
 * manifest, its log) replaces what was known, so it may come twice; it stands before the line of
 * the record that it belongs to, with the id of the line before, so it is never lost. */
#ifndef CMD_SERVE_FEED_H
#define CMD_SERVE_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "view/page/report.h"

struct buf;
struct call;
struct feed;

struct listener_place {
	struct report_position at;
	int64_t logs_ns; /* when the logs of what runs were sent last, monotonic */
	bool has_told_of_death;
};

/* Loads the definition. NULL with a message on stderr, and *exit_code. The call is borrowed. */
struct feed *feed_new(const struct call *call, int *exit_code);
void feed_free(struct feed *feed);

/* Looks at the job's runs; to be called now and then, and before feed_read. */
void feed_look(struct feed *feed);
/* Somebody listens: the run that goes on is followed, and hears of it. Else it is not. */
void feed_follow(struct feed *feed, bool is_heard);
/* The whole page, as of now or of a moment ago. Borrowed until the next call. NULL with a message
 * on stderr if it cannot be made. */
const struct buf *feed_page(struct feed *feed);

/* A descriptor to read a file, and its size: only of one that the stage's manifest lists as an
 * output; both by their names in JSON. -1 if it does not, or the file cannot be read. */
int feed_file(const struct feed *feed, const char *stage, const char *path, uint64_t *size);

/* Appends events that are new for the listener, some 256 KB at most, and moves it on. */
void feed_read(struct feed *feed, struct listener_place *place, struct buf *out);

/* serve_events.c: lines of a record, and what belongs to them, as server-sent events: "id: PLACE",
 * "data: JSON", and an empty line. */
struct events {
	const struct graph *graph;
	struct arena arena;
	const char **dirs;               /* by stage */
	struct map stages;               /* by name as in JSON */
	struct report_position followed; /* which stages run is known up to here */
	uint8_t *is_running;             /* by stage */
};

/* Takes note of the stages and where they lie. The graph is borrowed until the next call. */
void events_of(struct events *events, const struct graph *graph);
void events_free(struct events *events);

/* Where the stage of that name lies; NULL if there is none. */
const char *events_dir(const struct events *events, const char *stage);

/* The lines of the record from the listener's place on, each that ends an attempt behind an event
 * with the stage's manifest and log; about `limit` bytes, one line at least. A torn last line waits
 * for its rest. */
void events_of_record(struct events *events, const char *path, struct listener_place *place,
	size_t limit, struct buf *out);
/* What the pipeline log has more. */
void events_of_log(const char *path, struct listener_place *place, struct buf *out);
/* Nobody runs the job any more, and there is nothing more to read: if the record has no end, the
 * run was killed, and this says so in its place, once. */
void events_of_death(const char *record_path, struct listener_place *place, struct buf *out);
/* The ends of the logs of the stages that run, as far as they grew since the listener saw them. */
void events_of_running(struct events *events, const char *record_path,
	const struct listener_place *place, struct buf *out);

#endif
