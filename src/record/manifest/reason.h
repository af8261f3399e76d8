/* Why a stage runs: what a verdict lists and a manifest keeps. */
#ifndef RECORD_REASON_H
#define RECORD_REASON_H

#include <stdbool.h>

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
	/* the file, config key, variable or tool; NULL if nothing in particular */
	const char *about;
	const char *message; /* a sentence: "input in/a.mp4 changed"; arena */
};

const char *reason_name(enum reason_code code); /* "never_ran" ... as in manifests */
bool reason_parse(const char *name, enum reason_code *out);

#endif
