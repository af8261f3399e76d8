#include "model/command/placeholder.h"

#include <string.h>

#define ROW(id, name, need, is) {name, need, PLACEHOLDER_IS_##is},
#define LENGTH(id, name, ...) sizeof name - 1,

const struct placeholder_row placeholder_table[PLACEHOLDER_UNKNOWN] = {
	PLACEHOLDERS(ROW){"", MAY_UPSTREAM, PLACEHOLDER_IS_VALUE},
};

static const size_t lengths[] = {PLACEHOLDERS(LENGTH)};

enum placeholder placeholder_find(const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);

	for (int i = 0; i < PLACEHOLDER_UPSTREAM; i++) {
		const char *known = placeholder_table[i].name;
		size_t known_len = lengths[i];
		bool is_family = known[known_len - 1] == '.';
		if ((is_family ? len >= known_len : len == known_len) &&
			memcmp(known, name, known_len) == 0)
			return (enum placeholder)i;
	}
	if (!dot || placeholder_is_reserved(name, (size_t)(dot - name)))
		return PLACEHOLDER_UNKNOWN;
	return PLACEHOLDER_UPSTREAM;
}

bool placeholder_is_reserved(const char *head, size_t len)
{
	for (int i = 0; i < PLACEHOLDER_UPSTREAM; i++) {
		const char *known = placeholder_table[i].name;
		if (i == PLACEHOLDER_VIEWED_FILE) /* a stage may well be called file */
			continue;
		if (strncmp(known, head, len) == 0 && (known[len] == '.' || known[len] == '\0'))
			return true;
	}
	return false;
}
