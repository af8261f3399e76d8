/* The scheduler in memory of its own, which can be put aside and brought back: whoever tries all
 * orders of events need not repeat all of a run for the sake of its last event. */
#ifndef CAMPAIGN_SCHED_FROZEN_H
#define CAMPAIGN_SCHED_FROZEN_H

#include <stddef.h>

#define FROZEN_MAX 8192 /* bytes; far more than six stages need */

void frozen_reset(void);      /* before sched_new: what was there is gone */
size_t frozen_save(char *to); /* to: FROZEN_MAX bytes; returns how many it took */
void frozen_load(const char *from, size_t size); /* pointers into it are as when it was saved */

#endif
