/* Why a stage runs: what a verdict lists and a manifest keeps. */
#ifndef RECORD_REASON_H
#define RECORD_REASON_H

#include <stdbool.h>

/* X(code, name in manifests and --json, and of a sentence without message what stands before and
 * after the subject, and without one). In the order in which reasons are told. */
#define REASONS(X) \
	X(NEVER_RAN, "never_ran", "never ran: ", "", "never ran") \
	X(FAILED_BEFORE, "failed_before", "failed before: ", "", "failed before") \
	X(INTERRUPTED, "interrupted", "was interrupted: ", "", "was interrupted") \
	X(MANIFEST_UNREADABLE, "manifest_unreadable", "manifest unreadable: ", "", \
		"manifest unreadable") \
	X(FORCED, "forced", "forced: ", "", "forced") \
	/* what the command was made of before the command itself: it tells more */ \
	X(CONFIG_CHANGED, "config_changed", "config ", " changed", "config changed") \
	X(ENV_CHANGED, "env_changed", "variable ", " changed", "environment changed") \
	X(VERSION_CHANGED, "version_changed", "version of ", " changed", \
		"version of a tool changed") \
	X(CONTAINER_CHANGED, "container_changed", "container ", " changed", "container changed") \
	X(COMMAND_CHANGED, "command_changed", "command changed: ", "", "command changed") \
	X(DEFINITION_CHANGED, "definition_changed", "definition of ", " changed", \
		"definition changed") \
	X(INPUT_ADDED, "input_added", "input ", " added", "an input was added") \
	X(INPUT_REMOVED, "input_removed", "input ", " removed", "an input was removed") \
	X(INPUT_CHANGED, "input_changed", "input ", " changed", "an input changed") \
	/* an input changed because the stage that makes it ran in this run */ \
	X(UPSTREAM_RAN, "upstream_ran", "input ", " was made anew", "an input was made anew") \
	X(OUTPUT_MISSING, "output_missing", "output ", " is missing", "an output is missing") \
	X(OUTPUT_CHANGED, "output_changed", "output ", " was changed", "an output was changed") \
	/* a restage made it whose idea of identity was another (key.h) */ \
	X(FORMAT_CHANGED, "format_changed", "made by another version of restage: ", "", \
		"made by another version of restage")

#define REASON_CODE(code, ...) REASON_##code,

enum reason_code {
	REASONS(REASON_CODE) REASON_COUNT
};

struct reason {
	enum reason_code code;
	/* the file, config key, variable or tool; NULL if nothing in particular */
	const char *about;
	const char *message; /* a sentence: "input in/a.mp4 changed"; arena */
};

/* What is told once about all stages that have REASON_FORMAT_CHANGED. */
#define REASON_FORMAT_NOTICE \
	"another version of restage made results here, and read their definition otherwise: they " \
	"are made again (format_changed); 'restage accept' takes them as they are"

const char *reason_name(enum reason_code code); /* "never_ran" ... as in manifests */
bool reason_parse(const char *name, enum reason_code *out);

#endif
