#include "record/manifest/reason.h"

#include <string.h>

#define NAME(code, name, ...) [REASON_##code] = (name),

static const char *const names[REASON_COUNT] = {REASONS(NAME)};

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
