/* `why`: why a stage would run, or why it last ran, back to the root cause. */
#ifndef VIEW_WHY_TEXT_H
#define VIEW_WHY_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "record/verdict.h"

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

/* The stage that is to blame for this one: the next towards the root of the chain, NONE at its end. For
 * one that will or may run the plan's cause, for one that is up to date the stage whose new output made
 * it run in its last run, as far as that one ran in the same run. *file is the path between them, NULL
 * if there is none. */
uint32_t why_next(const struct why *why, uint32_t stage, const char **file);

void why_text(struct buf *out, const struct why *why, uint32_t stage, bool color);

#endif
