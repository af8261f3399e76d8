#include "record/manifest/reason.h"

#include <string.h>

static const char *const names[REASON_COUNT] = {
	[REASON_NEVER_RAN] = "never_ran",
	[REASON_FAILED_BEFORE] = "failed_before",
	[REASON_INTERRUPTED] = "interrupted",
	[REASON_MANIFEST_UNREADABLE] = "manifest_unreadable",
	[REASON_FORCED] = "forced",
	[REASON_COMMAND_CHANGED] = "command_changed",
	[REASON_CONFIG_CHANGED] = "config_changed",
	[REASON_ENV_CHANGED] = "env_changed",
	[REASON_VERSION_CHANGED] = "version_changed",
	[REASON_DEFINITION_CHANGED] = "definition_changed",
	[REASON_INPUT_ADDED] = "input_added",
	[REASON_INPUT_REMOVED] = "input_removed",
	[REASON_INPUT_CHANGED] = "input_changed",
	[REASON_UPSTREAM_RAN] = "upstream_ran",
	[REASON_OUTPUT_MISSING] = "output_missing",
	[REASON_OUTPUT_CHANGED] = "output_changed",
};

const char *reason_name(enum reason_code code)
{
	return names[code];
}

bool reason_parse(const char *name, enum reason_code *out)
{
	for (int i = 0; i < REASON_COUNT; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum reason_code)i;
			return true;
		}
	}
	return false;
}
