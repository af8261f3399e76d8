/* The part of a plan that goes upwards: what is made again for stages that will or may run. */
#ifndef RUN_PLAN_AGAIN_H
#define RUN_PLAN_AGAIN_H

#include <stdbool.h>
#include <stdint.h>

struct plan;

/* A stage that will or may run and makes what this one uses, as far as the definition says or its
 * last success tells; NONE if there is none. */
uint32_t plan_pending_maker(const struct plan *plan, uint32_t stage);

/* The same of one file, or something around it or in it. */
uint32_t plan_pending_maker_of(const struct plan *plan, uint32_t stage, uint32_t file);

/* Temporary files that are gone are made again for stages that will or may run, and so on upwards;
 * whatever else reads them may run then. Tells whether there were any; counts are not kept. */
bool plan_make_again(struct plan *plan);

#endif
