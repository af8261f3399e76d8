/* The state of a planned stage in words. */
#ifndef VIEW_PLAN_WORDS_H
#define VIEW_PLAN_WORDS_H

#include "run/ask/plan.h"
#include "view/words/states.h"

struct buf;

const struct state_look *plan_look(const struct plan_stage *stage);

/* What stands behind the state, on one line: why it is out of date, what a stage that may run waits
 * for, why it is disabled. Nothing for one that is up to date. */
void plan_reason(struct buf *out, const struct plan *plan, uint32_t stage);

#endif
