/* The failures of a run, kept until its end: what is told of each. */
#ifndef VIEW_FAILURE_H
#define VIEW_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

#define FAILURES_KEPT 10

struct buf;
struct run_event;

struct failure {
	uint32_t stage;
	const char *what;    /* "exit code 1, 0.3s" */
	const char *text;    /* one line of what went wrong, NULL */
	const char *command; /* NULL if there was none */
	const char *log;     /* path; NULL if it was never started */
	const char *const *tail;
	uint32_t tail_count, attempts;
};

struct failures {
	struct arena arena; /* what they hold */
	struct failure items[FAILURES_KEPT];
	uint32_t count; /* also of those that are not kept */
};

/* Takes a STAGE_FAIL that counts: no interrupted one, none that is allowed; passes over everything
 * else. */
void failures_hear(struct failures *failures, const struct run_event *event);
/* How many are kept. */
uint32_t failures_kept(const struct failures *failures);
void failures_free(struct failures *failures);

/* "<name> failed: <text>", then indented the last lines, the command, how it ended, and the log. */
void failure_add(struct buf *out, bool color, const char *name, const struct failure *failure);
/* The line that says how many more there are, if there are; an empty line before it. */
void failures_add_rest(struct buf *out, const struct failures *failures);

#endif
