#include "record/cache/entry_check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/listing.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"

/* The length of the name that a path begins with; 0: it is none that may stand in a path. */
static size_t name_len(const char *path)
{
	size_t len = strcspn(path, "/");

	if (len > NAME_MAX || (len == 1 && path[0] == '.') ||
		(len == 2 && path[0] == '.' && path[1] == '.'))
		return 0;
	return len;
}

/* How many names a path of names alone has; 0: it is none. */
static unsigned count_names(const char *path)
{
	unsigned count = 0;

	for (;;) {
		size_t len = name_len(path);
		if (!len)
			return 0;
		count++;
		path += len;
		if (!*path)
			return count;
		path++;
	}
}

bool entry_path_fits(const char *path)
{
	unsigned names = strlen(path) < PATH_MAX ? count_names(path) : 0;

	return names > 0 && names <= ENTRY_DEPTH_MAX;
}

bool entry_link_fits(const char *path, const char *target)
{
	unsigned depth = count_names(path);

	if (!depth || strlen(target) >= PATH_MAX)
		return false;
	while (strncmp(target, "../", 3) == 0 && depth > 1) {
		depth--;
		target += 3;
	}
	if (strcmp(target, ".") == 0 || (strcmp(target, "..") == 0 && depth > 1))
		return true;
	return count_names(target) > 0;
}

static int by_path(const void *a, const void *b)
{
	const struct entry_output *const *x = a, *const *y = b;

	return listing_order((*x)->path, (*y)->path);
}

bool entry_outputs_fit(const struct entry_output *outputs, uint32_t count)
{
	const struct entry_output **sorted MEM_LOCAL =
		mem_grow(NULL, (size_t)count + 1, sizeof *sorted);
	bool fits = true;

	for (uint32_t i = 0; i < count; i++)
		sorted[i] = &outputs[i];
	qsort(sorted, count, sizeof *sorted, by_path);
	for (uint32_t i = 1; i < count && fits; i++) {
		const struct entry_output *above = sorted[i - 1];
		size_t len = strlen(above->path);
		const char *path = sorted[i]->path;
		if (strncmp(path, above->path, len) == 0 && (!path[len] || path[len] == '/'))
			fits = path[len] && above->type == 'd';
	}
	return fits;
}

static bool leads_to_output(const struct entry_output *link, const struct entry_output *outputs,
	const struct map *by_path, struct arena *arena)
{
	const char *to = path_join(arena, path_dir(arena, link->path), link->target);

	size_t len = strlen(to);

	for (;;) {
		uint32_t found = map_getn(by_path, to, len);
		if (found != NONE)
			return !to[len] || outputs[found].type == 't';
		while (len && to[len - 1] != '/')
			len--;
		if (!len)
			return false;
		len--;
	}
}

bool entry_links_fit(const struct entry_output *outputs, uint32_t count)
{
	struct arena arena ARENA_LOCAL = {0};
	struct map by_path MAP_LOCAL = {0};
	bool fits = true;

	for (uint32_t i = 0; i < count; i++)
		map_put(&by_path, outputs[i].path, i);
	for (uint32_t i = 0; i < count && fits; i++)
		fits = outputs[i].type != 'l' ||
		       leads_to_output(&outputs[i], outputs, &by_path, &arena);
	return fits;
}
