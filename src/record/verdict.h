/* Judging: stage + record + stamps -> up to date, or run and why. Pure: touches neither disk nor clock. */
#ifndef RECORD_VERDICT_H
#define RECORD_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/record.h"
#include "record/stamp.h"

struct arena;

enum reason_code {
	REASON_NEVER_RAN,
	REASON_FAILED_BEFORE,
	REASON_INTERRUPTED,
	REASON_MANIFEST_UNREADABLE,
	REASON_FORCED,
	/* what the command was made of before the command itself: it tells more */
	REASON_CONFIG_CHANGED,
	REASON_ENV_CHANGED,
	REASON_VERSION_CHANGED,
	REASON_COMMAND_CHANGED,
	REASON_DEFINITION_CHANGED,
	REASON_INPUT_ADDED,
	REASON_INPUT_REMOVED,
	REASON_INPUT_CHANGED,
	REASON_UPSTREAM_RAN, /* an input changed because the stage that makes it ran in this run */
	REASON_OUTPUT_MISSING,
	REASON_OUTPUT_CHANGED,
	REASON_COUNT,
};

struct reason {
	enum reason_code code;
	const char
		*about;      /* the file, config key, variable or tool; NULL if nothing in particular */
	const char *message; /* a sentence: "input in/a.mp4 changed"; arena */
};

const char *reason_name(enum reason_code code); /* "never_ran" ... as in manifests */
bool reason_parse(const char *name, enum reason_code *out);

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
