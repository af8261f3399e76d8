/* Short commands share a job, since each job costs the scheduler, and its node, as much as they do
 * themselves. Nothing here looks at anything. */
#ifndef RUN_PACK_H
#define RUN_PACK_H

#include <stdbool.h>
#include <stdint.h>

struct pack {
	uint32_t job;   /* in which it runs; out: from 0, never less than that of the one before */
	double seconds; /* that it will take; negative: not known */
};

/* Has what takes so long (negative: not known) a job of its own? */
bool pack_is_alone(double seconds, double limit);

/* Fills jobs up to `limit` seconds each (0: each has its own), in order, but not so full that few
 * are left to run side by side. What is not known, or takes longer, has its own job. Returns the
 * number of jobs. */
uint32_t pack_jobs(struct pack *packs, uint32_t count, double limit);

#endif
