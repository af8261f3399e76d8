/* `why`: why a stage would run, or why it last ran, back to the root cause. */
#ifndef VIEW_WHY_TEXT_H
#define VIEW_WHY_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "record/judge/judge.h"

struct arena;
struct buf;
struct plan;
struct record;

struct why {
	const struct plan *plan;
	struct arena *arena;
	const struct record **past; /* by stage, what its manifest tells; NULL: not read yet */
};

/* One link of the chain from a stage to the root cause. */
struct why_step {
	uint32_t stage;
	bool is_past; /* about why it last ran; else about why it would run */
	/* what the link before it reads and this one makes; NULL: nothing in particular */
	const char *file;
	const struct reason *reasons;
	uint32_t reason_count;
	const char *run, *timestamp; /* of the last run, where is_past; may be NULL */
};

/* The stage itself. */
void why_first(const struct why *why, uint32_t stage, struct why_step *out);
/* The next link towards the root: the stage that makes the file by which this one runs or ran;
 * false if this one is the root. A cause in the past counts only if it ran no later than what it
 * caused. */
bool why_next(const struct why *why, const struct why_step *at, struct why_step *out);

void why_text(struct buf *out, const struct why *why, uint32_t stage, bool color);

#endif
