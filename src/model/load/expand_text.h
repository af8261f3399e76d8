/* Values with placeholders in them. All return false after a mistake was told; what could be filled
 * in is in `out`. */
#ifndef MODEL_EXPAND_TEXT_H
#define MODEL_EXPAND_TEXT_H

#include "model/load/loader.h"

struct template_hole;

bool expand_text(struct expand *x, const struct def_line *at, const char *text, struct buf *out);
/* Is there a glob character outside of placeholders? */
bool expand_is_glob(const char *text);
/* A whole value: its lines joined by newlines. */
bool expand_value(struct expand *x, const struct def_line *line, struct buf *out);
/* A value of one line; more are a mistake. */
bool expand_single(struct expand *x, const struct def_line *line, struct buf *out);
/* One placeholder's value, filters applied; not quoted. */
bool expand_hole(struct expand *x, const struct def_line *at, const struct template_hole *hole,
	struct buf *out);

#endif
