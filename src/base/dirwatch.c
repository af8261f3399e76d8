#include "base/dirwatch.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/exclude.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"

#define EVENTS \
	(IN_CREATE | IN_DELETE | IN_MOVE | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | \
		IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define DEPTH_MAX 64u /* of links that lead round */

struct watched {
	const char *path;
	bool is_any;         /* whatever happens in it counts ... */
	const char *exclude; /* ... but for these names; NULL */
};

struct dirwatch {
	int fd;
	struct arena arena;
	struct watched *dirs;
	uint32_t count, cap;
	struct map by_path;  /* -> place in dirs */
	uint32_t *by_number; /* watch descriptor -> place in dirs, + 1 */
	uint32_t number_cap;
	struct map files, ignored;
	const char *missed;
	char *changed; /* what dirwatch_read gave last; owned */
};

struct dirwatch *dirwatch_new(struct err *err)
{
	struct dirwatch *watch;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0) {
		err_set(err, EXIT_WORLD, "cannot wait for changes: %s%s", strerror(errno),
			errno == EMFILE
				? " (fs.inotify.max_user_instances: end other programs that "
				  "watch files, or raise it with sysctl)"
				: "");
		return NULL;
	}
	watch = mem_alloc(sizeof *watch);
	watch->fd = fd;
	return watch;
}

void dirwatch_free(struct dirwatch *watch)
{
	if (!watch)
		return;
	close(watch->fd);
	free(watch->dirs);
	free(watch->by_number);
	free(watch->changed);
	map_free(&watch->by_path);
	map_free(&watch->files);
	map_free(&watch->ignored);
	arena_free(&watch->arena);
	free(watch);
}

static void miss(struct dirwatch *watch, const char *path, int why)
{
	if (watch->missed)
		return;
	if (why == ENOSPC)
		watch->missed = arena_fmt(&watch->arena,
			"the kernel watches no more directories than %u for this user: changes in "
			"'%s' and others are not seen; raise fs.inotify.max_user_watches with sysctl",
			watch->count, path);
	else if (!why)
		watch->missed = arena_fmt(&watch->arena,
			"changes in '%s' are seen only if they are made on this machine: it lies on a "
			"file system of others",
			path);
	else
		watch->missed = arena_fmt(
			&watch->arena, "changes in '%s' are not seen: %s", path, strerror(why));
}

/* Its place, or NONE: it is no directory, or cannot be watched. */
static uint32_t add(struct dirwatch *watch, const char *path)
{
	uint32_t at = map_get(&watch->by_path, path);

	if (at != NONE)
		return at;
	int number = inotify_add_watch(watch->fd, path, EVENTS);
	if (number < 0) {
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			miss(watch, path, errno);
		return NONE;
	}
	if (fs_is_remote(path))
		miss(watch, path, 0);
	MEM_ROOM_ZEROED(watch->by_number, (uint32_t)number, watch->number_cap);
	/* one that has two names is told of by the first of them */
	at = watch->by_number[number] ? watch->by_number[number] - 1 : watch->count;
	path = arena_strdup(&watch->arena, path);
	map_put(&watch->by_path, path, at);
	if (at < watch->count)
		return at;
	MEM_ROOM(watch->dirs, at, watch->cap);
	watch->dirs[at] = (struct watched){.path = path};
	watch->by_number[number] = at + 1;
	watch->count++;
	return at;
}

static bool is_top(const char *path)
{
	return text_eq(path, ".") || text_eq(path, "/");
}

/* Below the current directory all directories on the way are watched; elsewhere the nearest one. */
static void add_way(struct dirwatch *watch, const char *path)
{
	const char *dir = path_dir(&watch->arena, path);
	bool is_there = add(watch, dir) != NONE;

	if (is_top(dir) || (is_there && *path == '/') || map_get(&watch->files, dir) != NONE)
		return;
	map_put(&watch->files, dir, 0);
	add_way(watch, dir);
}

static void add_file(struct dirwatch *watch, const char *path)
{
	if (map_get(&watch->files, path) != NONE)
		return;
	path = arena_strdup(&watch->arena, path);
	map_put(&watch->files, path, 0);
	add_way(watch, path);
}

void dirwatch_file(struct dirwatch *watch, const char *path)
{
	struct stat st;
	char *real;

	add_file(watch, path);
	if (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode))
		return;
	real = realpath(path, NULL);
	if (real)
		add_file(watch, real);
	free(real);
}

/* What one of those who read it leaves out counts for another. */
static void set_any(struct watched *dir, const char *exclude)
{
	if (!dir->is_any)
		dir->exclude = exclude;
	else if (!text_eq(dir->exclude, exclude))
		dir->exclude = NULL;
	dir->is_any = true;
}

static void add_dir(
	struct dirwatch *watch, const char *path, bool is_deep, const char *exclude, uint32_t depth)
{
	uint32_t at = add(watch, path);
	struct dirent *entry;
	DIR *dir;

	if (at == NONE || depth > DEPTH_MAX)
		return;
	set_any(&watch->dirs[at], exclude);
	dir = is_deep ? opendir(path) : NULL;
	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		bool may_be = entry->d_type == DT_DIR || entry->d_type == DT_LNK ||
			      entry->d_type == DT_UNKNOWN;
		if (!may_be || text_eq(name, ".") || text_eq(name, "..") ||
			exclude_has(exclude, name))
			continue;
		const char *below = path_join(&watch->arena, path, name);
		if (map_get(&watch->ignored, below) == NONE)
			add_dir(watch, below, true, exclude, depth + 1);
	}
	if (dir)
		closedir(dir);
}

void dirwatch_dir(struct dirwatch *watch, const char *path, bool is_deep, const char *exclude)
{
	dirwatch_file(watch, path);
	add_dir(watch, path, is_deep, exclude ? arena_strdup(&watch->arena, exclude) : NULL, 0);
}

void dirwatch_ignore(struct dirwatch *watch, const char *path)
{
	map_put(&watch->ignored, arena_strdup(&watch->arena, path), 0);
}

int dirwatch_fd(const struct dirwatch *watch)
{
	return watch->fd;
}

uint32_t dirwatch_count(const struct dirwatch *watch)
{
	return watch->count;
}

const char *dirwatch_missed(const struct dirwatch *watch)
{
	return watch->missed;
}

static bool is_ignored(const struct dirwatch *watch, const char *path)
{
	for (size_t len = strlen(path); len; len--) {
		if ((path[len] == '/' || !path[len]) &&
			map_getn(&watch->ignored, path, len) != NONE)
			return true;
	}
	return false;
}

/* The path that the event is about if it counts, in the arena; else NULL. */
static const char *taken(
	const struct dirwatch *watch, const struct inotify_event *event, struct arena *arena)
{
	uint32_t number = (uint32_t)event->wd;
	const struct watched *dir =
		event->wd >= 0 && number < watch->number_cap && watch->by_number[number]
			? &watch->dirs[watch->by_number[number] - 1]
			: NULL;

	if (event->mask & IN_Q_OVERFLOW)
		return "more than the kernel remembers";
	if (!dir || event->mask & IN_IGNORED)
		return NULL;
	const char *path = event->len ? path_join(arena, dir->path, event->name) : dir->path;
	/* of the directory itself only that it goes */
	if (!event->len && !(event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)))
		return NULL;
	bool counts = (dir->is_any && !(event->len && exclude_has(dir->exclude, event->name))) ||
		      map_get(&watch->files, path) != NONE;
	return counts && !is_ignored(watch, path) ? path : NULL;
}

const char *dirwatch_read(struct dirwatch *watch, uint32_t *more)
{
	_Alignas(struct inotify_event) char events[16384];
	struct arena arena ARENA_LOCAL = {0};
	struct map told MAP_LOCAL = {0};
	uint32_t count = 0;
	ssize_t got;

	free(watch->changed);
	watch->changed = NULL;
	while ((got = read(watch->fd, events, sizeof events)) > 0 || (got < 0 && errno == EINTR)) {
		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *event = (const void *)(events + at);
			const char *path = taken(watch, event, &arena);
			at += (ssize_t)(sizeof *event + event->len);
			if (!path || map_put(&told, path, count) != count)
				continue;
			if (!count++)
				watch->changed = mem_strdup(path);
		}
	}
	*more = count ? count - 1 : 0;
	return watch->changed;
}
