#include "base/exclude.h"

#include <fnmatch.h>
#include <string.h>

#define BLANKS " \t\n"
#define PATTERN_MAX 255 /* as a name */

bool exclude_has(const char *patterns, const char *name)
{
	const char *at = patterns;

	while (at && *(at += strspn(at, BLANKS))) {
		char pattern[PATTERN_MAX + 1];
		size_t len = strcspn(at, BLANKS);
		if (len < sizeof pattern) {
			memcpy(pattern, at, len);
			pattern[len] = '\0';
			if (fnmatch(pattern, name, FNM_NOESCAPE) == 0)
				return true;
		}
		at += len;
	}
	return false;
}

bool exclude_has_path(const char *patterns, const char *path)
{
	char name[PATTERN_MAX + 1];

	while (patterns && *path) {
		size_t len = strcspn(path, "/");
		if (len < sizeof name) {
			memcpy(name, path, len);
			name[len] = '\0';
			if (exclude_has(patterns, name))
				return true;
		}
		path += len + (path[len] == '/');
	}
	return false;
}

/* Without its ']' a '[' is itself, which nobody means. */
static bool is_open(const char *pattern, size_t len)
{
	const char *open = memchr(pattern, '[', len);
	size_t set = open ? (size_t)(open - pattern) + 1 : 0;

	if (!open)
		return false;
	set += set < len && (pattern[set] == '!' || pattern[set] == '^');
	set += set < len; /* a ']' that is the first in a set is one of it */
	const char *close = set < len ? memchr(pattern + set, ']', len - set) : NULL;
	return !close || is_open(close + 1, len - (size_t)(close + 1 - pattern));
}

const char *exclude_mistake(const char **at, size_t *len)
{
	const char *pattern = *at + strspn(*at, BLANKS);

	*len = strcspn(pattern, BLANKS);
	*at = pattern + *len;
	if (memchr(pattern, '/', *len))
		return "is a path: what is left out is told by its name alone, which holds at every level";
	if (*len > PATTERN_MAX)
		return "is longer than a name can be";
	if (is_open(pattern, *len))
		return "has a '[' without its ']'";
	return NULL;
}
