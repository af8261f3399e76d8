#ifndef RUN_PLAN_REUSE_H
#define RUN_PLAN_REUSE_H

#include <stdbool.h>

struct plan;
struct plan_request;
struct plan_reuse;

/* NULL: nothing is looked up. */
struct plan_reuse *plan_reuse_begin(struct plan *plan, const struct plan_request *request);
/* Looks up which of the stages that will run a run would restore; tells whether there is one that
 * was not known. Counts are not kept. NULL is fine, also below. */
bool plan_reuse_look(struct plan_reuse *reuse);
void plan_reuse_end(struct plan_reuse *reuse);

#endif
