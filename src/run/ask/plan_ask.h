#ifndef RUN_PLAN_ASK_H
#define RUN_PLAN_ASK_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct plan;

/* Runs the version commands of wanted stages, and lets their judge ask for views. -1 with err. */
int plan_ask(struct plan *plan, const bool *wanted, struct err *err);
/* Has it tools of which is not known what they say? */
bool plan_has_unasked_versions(const struct plan *plan, uint32_t stage);
/* A stage is up to date as far as is known: does that rest on what was not asked? Then it has the
 * reasons. */
bool plan_is_unasked(struct plan *plan, uint32_t stage);

#endif
