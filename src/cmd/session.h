/* What most commands begin and end with: loading the definition, finding stages, writing
 * results. */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/err.h"
#include "cmd/command.h"

struct buf;
struct diags;
struct graph;

struct index;

/* A graph and where it came from. */
struct session {
	struct graph *graph;   /* index's own, if that is not NULL */
	struct index *index;   /* of the run that compiled it; NULL: the definition was read */
	struct digest request; /* what the next run's index is kept under */
};

/* Like session_load, but takes the graph as the last run compiled it if nothing has changed since:
 * then the definition is not parsed. False with *exit_code. */
bool session_open(const struct call *call, struct session *session, int *exit_code);
void session_close(struct session *session);

/* Loads what -f, -p and --job name; the process stands in the root afterwards. Mistakes and
 * warnings go to stderr; then NULL, and *exit_code says what to end with. Caller frees with
 * graph_free. */
struct graph *session_load(const struct call *call, int *exit_code);

/* wanted[stage] for the stages that the arguments name, all if there are none; those alone, not
 * what they need. NULL with a message on stderr and *exit_code if one is unknown. Caller frees. */
bool *session_select(const struct call *call, const struct graph *graph, int *exit_code);

/* Says what went wrong, on stderr; returns the exit code. */
int session_fail(const struct err *err);
void session_diags(struct diags *diags);
int session_mistake(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* EXIT_USAGE */
/* "restage: text" on stderr, unless -q. */
void session_note(const struct call *call, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* For job_lock: says who is waited for. ctx: the call. */
void session_waiting(void *ctx, const char *who);

/* Writes a result to stdout at once. False if that is not possible (any more): stop then. The call
 * remembers why, and main tells. */
bool session_write(struct call *call, const struct buf *out);

#endif
