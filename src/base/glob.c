/* fs_glob: component by component, each turning a list of paths into the next one. No recursion,
 * and since each list is made unique, no pattern of many ** can make it long. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/tree.h"

struct list {
	const char **items;
	size_t count, cap;
};

struct glob {
	struct arena arena; /* everything in between */
	struct list from, to;
	bool is_last;   /* component */
	bool only_dirs; /* the pattern ends with '/' */
	struct err *err;
};

static void add(struct list *list, const char *path)
{
	MEM_PUSH(list->items, list->count, list->cap, path);
}

static void make_unique(struct list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof *list->items, order_texts);
	for (size_t i = 1; i < list->count; i++) {
		if (strcmp(list->items[kept], list->items[i]) != 0)
			list->items[++kept] = list->items[i];
	}
	list->count = kept + 1;
}

static const char *join(struct arena *arena, const char *dir, const char *name)
{
	if (!*dir)
		return arena_strdup(arena, name);
	bool has_slash = dir[strlen(dir) - 1] == '/';
	return arena_fmt(arena, "%s%s%s", dir, has_slash ? "" : "/", name);
}

static const char *openable(const char *dir)
{
	return *dir ? dir : ".";
}

/* Is there simply nothing to find? */
static bool is_absence(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

static void accept(struct glob *glob, const char *path, char type)
{
	if (!glob->is_last) {
		if (type == 'd' || type == 'l')
			add(&glob->to, path);
		return;
	}
	if (!glob->only_dirs || type == 'd' || (type == 'l' && fs_is_dir(path)))
		add(&glob->to, path);
}

static int expand_name(struct glob *glob, const char *dir, const char *name)
{
	const char *path = join(&glob->arena, dir, name);
	struct stat st;

	if (!glob->is_last) {
		add(&glob->to, path); /* whether it is there, a later component finds out */
		return 0;
	}
	if (lstat(path, &st) < 0)
		return is_absence(errno) ? 0 : err_sys(glob->err, errno, "stat", path);
	char type = S_ISDIR(st.st_mode) ? 'd' : 'f';
	accept(glob, path, S_ISLNK(st.st_mode) ? 'l' : type);
	return 0;
}

static int expand_pattern(struct glob *glob, const char *dir, const char *pattern)
{
	struct dir entries DIR_LOCAL = {0};

	if (dir_read_path(openable(dir), &entries) < 0)
		return is_absence(errno)
			       ? 0
			       : err_sys(glob->err, errno, "open directory", openable(dir));
	for (size_t i = 0; i < entries.count; i++) {
		const struct dir_entry *entry = &entries.items[i];
		/* a backslash is a byte of a name, here as in components without a glob */
		if (entry->type && fnmatch(pattern, entry->name, FNM_PERIOD | FNM_NOESCAPE) == 0)
			accept(glob, join(&glob->arena, dir, entry->name), entry->type);
	}
	return 0;
}

struct descent {
	struct glob *glob;
	const char *dir;
};

static int descend(void *ctx, const struct tree_entry *entry)
{
	struct descent *descent = ctx;
	struct glob *glob = descent->glob;
	struct stat st;

	if (entry->name[0] == '.')
		return TREE_SKIP;
	bool is_link = entry->type == 'l' && fstatat(entry->parent, entry->name, &st, 0) == 0 &&
		       S_ISDIR(st.st_mode);
	if (glob->is_last || entry->type == 'd' || is_link)
		accept(glob, join(&glob->arena, descent->dir, entry->rel), entry->type);
	return is_link ? TREE_FOLLOW : 0;
}

static int expand_depths(struct glob *glob, const char *dir)
{
	const struct tree_visitor visitor = {.enter = descend};
	struct descent descent = {glob, dir};
	struct err err = {0};

	if (!glob->is_last)
		add(&glob->to, dir); /* no depth at all */
	if (tree_walk(openable(dir), &visitor, &descent, &err) == 0)
		return 0;
	if (is_absence(err.sys) && err.code != EXIT_USAGE) /* a circle of links is a mistake */
		return 0;
	if (glob->err && glob->err->code == EXIT_OK)
		*glob->err = err;
	return -1;
}

static int expand(struct glob *glob, const char *component)
{
	for (size_t i = 0; i < glob->from.count; i++) {
		const char *dir = glob->from.items[i];
		int result;
		if (strcmp(component, "**") == 0)
			result = expand_depths(glob, dir);
		else if (fs_is_glob(component))
			result = expand_pattern(glob, dir, component);
		else
			result = expand_name(glob, dir, component);
		if (result < 0)
			return -1;
	}
	make_unique(&glob->to);
	return 0;
}

/* The next component, NULL at the end. Several ** in a row are one. */
static const char *next_component(struct glob *glob, const char **rest)
{
	for (;;) {
		*rest += strspn(*rest, "/");
		size_t len = strcspn(*rest, "/");
		if (len == 0)
			return NULL;
		const char *component = arena_strndup(&glob->arena, *rest, len);
		*rest += len;
		const char *after = *rest + strspn(*rest, "/");
		glob->is_last = *after == '\0';
		glob->only_dirs = glob->is_last && **rest == '/';
		bool again = strncmp(after, "**", 2) == 0 && (after[2] == '/' || !after[2]);
		if (strcmp(component, "**") != 0 || !again)
			return component;
	}
}

bool fs_is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

int fs_glob(struct arena *arena, const char *pattern, char ***paths, size_t *count, struct err *err)
{
	struct glob glob = {.err = err};
	const char *rest = pattern, *component;
	int result = 0;

	*paths = NULL;
	*count = 0;
	add(&glob.to, pattern[0] == '/' ? "/" : "");
	while (result == 0 && (component = next_component(&glob, &rest))) {
		struct list done = glob.from;
		glob.from = glob.to;
		glob.to = done;
		glob.to.count = 0;
		result = expand(&glob, component);
	}
	if (result == 0 && !(glob.to.count == 1 && !*glob.to.items[0])) {
		*paths = arena_alloc(arena, glob.to.count * sizeof **paths);
		for (size_t i = 0; i < glob.to.count; i++)
			(*paths)[i] = arena_strdup(arena, glob.to.items[i]);
		*count = glob.to.count;
	}
	free(glob.from.items);
	free(glob.to.items);
	arena_free(&glob.arena);
	return result;
}
