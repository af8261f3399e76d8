/* Judging: stage + record + stamps -> up to date, or run and why. Pure: touches neither disk nor clock. */
#ifndef RECORD_VERDICT_H
#define RECORD_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/manifest/reason.h"
#include "record/manifest/record.h"
#include "record/stamp/stamp.h"

struct arena;

struct verdict {
	bool is_fresh;
	struct reason *reasons; /* why not; arena */
	uint32_t reason_count;
};

struct judge {
	const struct graph *graph;
	struct stamps
		*stamps; /* read only: everything that verdict_files lists has been looked at */
	const bool *ran; /* by stage: it ran in this run (for upstream_ran); may be NULL */
	const char *const *
		version_outputs; /* of the stage that is judged, in order of its versions; NULL: not asked */
	struct arena *arena;
};

/* The files that judging the stage needs, as stamp ids: content for those in content[], stat alone for
 * the others. Arrays are in the arena. Adds ids for files that only the record knows. */
struct verdict_files {
	uint32_t *content, *seen;
	size_t content_count, seen_count;
};
void verdict_files(const struct judge *judge, uint32_t stage, const struct record *record,
	struct verdict_files *out);

/* `key` is the stage's identity now. All differences are listed, in the order of reason_code, at most
 * 1,000 of one kind. A disabled stage is fresh. `forced` adds REASON_FORCED. `is_interrupted`: a work
 * directory without a living owner was found. */
void verdict_make(const struct judge *judge, uint32_t stage, const struct record *record,
	const struct record_key_set *key, bool forced, bool is_interrupted, struct verdict *out);

#endif
