/* Why a stage runs, for people. */
#ifndef VIEW_REASONS_H
#define VIEW_REASONS_H

#include <stdbool.h>
#include <stdint.h>

#include "record/manifest/reason.h"

struct buf;

/* One reason as a sentence on one line, printable: its message, or one made from code and subject
 * if it has none. */
void reason_sentence(struct buf *out, const struct reason *reason);

/* For one line: the most telling reason and how many more there are, "input in/a.mp4 changed (+2
 * more)". Long values are cut. Nothing for no reason. */
void reasons_short(struct buf *out, const struct reason *reasons, uint32_t count);

/* All of them, each on a line that begins with `indent`; of one kind at most 20, then "… and N
 * more". */
void reasons_long(
	struct buf *out, const struct reason *reasons, uint32_t count, const char *indent);

#endif
