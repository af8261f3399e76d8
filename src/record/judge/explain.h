/* The reasons of a verdict: a list of them, and those for a changed key. */
#ifndef RECORD_EXPLAIN_H
#define RECORD_EXPLAIN_H

#include "record/judge/judge.h"

struct diff {
	const struct judge *judge;
	uint32_t stage;
	const struct record *record; /* success.is_known for all but diff_add */
	struct reason *reasons;      /* malloc */
	uint32_t count, cap;
	uint32_t limit; /* of reasons of one kind */
	uint32_t tally[REASON_COUNT];
};

/* `about` is copied (may be NULL), the message formatted into the judge's arena; one in which
 * nothing is to be filled in must be static. */
void diff_add(struct diff *diff, enum reason_code code, const char *about, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* For each part of the key that differs, but for the inputs, whose files tell more: command,
 * config, env, tools, definition. */
void diff_key(struct diff *diff, const struct record_key_set *key);

#endif
