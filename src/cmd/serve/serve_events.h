/* Lines of a record, and what belongs to them, as server-sent events: "id: PLACE", "data: JSON",
 * and an empty line. See serve_feed.h. */
#ifndef CMD_SERVE_EVENTS_H
#define CMD_SERVE_EVENTS_H

#include <stddef.h>

struct buf;
struct events;
struct graph;
struct listener_place;

struct events *events_new(void);
/* Takes note of the stages and where they lie. The graph is borrowed until the next call. */
void events_of(struct events *events, const struct graph *graph);
void events_free(struct events *events);

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
