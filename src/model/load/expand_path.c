/* Paths of the definition, as the graph has them: normalised, relative to the root where they lie
 * under it. Nearly all are that already but for their base, so they are joined without an arena. */
#include <string.h>

#include "base/path.h"
#include "model/load/expand_path.h"
#include "model/load/loader.h"

/* Relative and normalised without more ado? */
static bool is_plain(const char *path)
{
	if (!*path || *path == '/')
		return false;
	for (const char *part = path; part;) {
		const char *slash = strchr(part, '/');
		size_t len = slash ? (size_t)(slash - part) : strlen(part);
		if (len == 0 || (len == 1 && part[0] == '.') ||
			(len == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part = slash ? slash + 1 : NULL;
	}
	return true;
}

void expand_path(struct loader *loader, const char *base, const char *path, struct buf *out)
{
	if (is_plain(path)) {
		if (*base && strcmp(base, ".") != 0) {
			buf_str(out, base);
			buf_char(out, '/');
		}
		buf_str(out, path);
		return;
	}
	struct arena arena ARENA_LOCAL = {0};
	const char *dir = path_join(&arena, loader->root, base);
	const char *whole = path_join(&arena, dir, path);
	const char *below = path_below(loader->root, whole);
	buf_str(out, !below ? whole : *below ? below : ".");
}

bool path_is_outside(const char *path)
{
	return *path == '/';
}

bool path_has_long_name(const char *path)
{
	for (const char *part = path; part;) {
		const char *slash = strchr(part, '/');
		size_t len = slash ? (size_t)(slash - part) : strlen(part);
		if (len > 255)
			return true;
		part = slash ? slash + 1 : NULL;
	}
	return false;
}
