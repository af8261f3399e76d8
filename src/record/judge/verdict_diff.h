/* The comparisons behind a verdict; each adds a reason for every difference that it finds. */
#ifndef RECORD_VERDICT_DIFF_H
#define RECORD_VERDICT_DIFF_H

#include "record/judge/verdict.h"

struct diff {
	const struct judge *judge;
	uint32_t stage;
	const struct record *record; /* success.is_known for all but diff_add */
	struct reason *reasons;      /* malloc */
	uint32_t count, cap;
	uint32_t limit; /* of reasons of one kind */
	uint32_t tally[REASON_COUNT];
};

/* `about` is copied (may be NULL), the message formatted into the judge's arena. */
void diff_add(struct diff *diff, enum reason_code code, const char *about, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

void diff_key(struct diff *diff,
	const struct record_key_set *key); /* command, config, env, tools, definition */
/* Declared inputs against recorded ones as a set, then the content of each. */
void diff_inputs(struct diff *diff, const struct record_key_set *key);
void diff_outputs(struct diff *diff);

#endif
