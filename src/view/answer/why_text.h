/* `why`: why a stage would run, or why it last ran, back to the root cause. */
#ifndef VIEW_WHY_TEXT_H
#define VIEW_WHY_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "record/judge/judge.h"

struct buf;
struct plan;

/* Why a stage last ran, as its manifest tells. */
struct why_last {
	const char *run;       /* id */
	const char *timestamp; /* as in the manifest; may be NULL */
	const struct reason *reasons;
	uint32_t reason_count;
};

struct why {
	const struct plan *plan;
	/* What is known of the last run of a stage; false: nothing. What it gives must live as long as
	 * this struct. NULL: never asked. */
	bool (*last)(void *ctx, uint32_t stage, struct why_last *out);
	void *ctx;
};

/* One link of the chain from a stage to the root cause. */
struct why_step {
	uint32_t stage;
	bool is_past;     /* about why it last ran; else about why it would run */
	const char *file; /* what the link before it reads and this one makes; NULL: nothing in particular */
	const struct reason *reasons;
	uint32_t reason_count;
	const char *run, *timestamp; /* of the last run, where is_past; may be NULL */
};

/* The stage itself. */
void why_first(const struct why *why, uint32_t stage, struct why_step *out);
/* The next link towards the root: the stage that makes the file by which this one runs or ran; false if
 * this one is the root. A cause in the past counts only if it ran no later than what it caused. */
bool why_next(const struct why *why, const struct why_step *at, struct why_step *out);

void why_text(struct buf *out, const struct why *why, uint32_t stage, bool color);

#endif
