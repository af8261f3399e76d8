/* Why a stage ran in an earlier run, by the records of the runs. */
#ifndef RECORD_RUNS_PAST_REASONS_H
#define RECORD_RUNS_PAST_REASONS_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct reason;

struct past_reasons {
	const char *run;
	int64_t started_ns; /* wall: the attempt */
	const struct reason *reasons;
	uint32_t count;
};

/* Of the last attempt of the stage that succeeded in that run, or in one of some before it; in the
 * arena. False: no record tells. */
bool past_reasons_until(struct arena *arena, const char *job_dir, const char *stage,
	const char *run, struct past_reasons *out);

#endif
