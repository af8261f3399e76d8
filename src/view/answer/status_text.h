/* Plans as text: `status`, `run -n`. */
#ifndef VIEW_STATUS_TEXT_H
#define VIEW_STATUS_TEXT_H

#include <stdbool.h>

struct buf;
struct plan;

/* `status`: a line a selected stage (name, state, reason), then a line with the counts. */
void status_text(struct buf *out, const struct plan *plan, bool color);

/* `run -n`: what will run and why, what may run, with the time and memory that it took before, in
 * the order in which it would start; then the sums. */
void plan_text(struct buf *out, const struct plan *plan, bool color);

#endif
