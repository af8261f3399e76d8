/* Directories that many stages read are walked once, and then watched: as long as the kernel tells
 * of no event in them (inotify), they are what they were. Where that cannot be relied on (a file
 * system that others write to over a network, too many directories, a link that leads nowhere as
 * yet) they are walked each time. What comes by ways that the kernel does not tell of, a mapped
 * page or another hard link, is seen by the next run. */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "record/stamp/stamp_part.h"

#define EVENTS \
	(IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVE | IN_CREATE | IN_DELETE | \
		IN_DELETE_SELF | IN_MOVE_SELF)
#define XFS_MAGIC 0x58465342

struct watched {
	uint32_t id;
	uint64_t ino;  /* of the directory itself */
	bool is_quiet; /* no event since it was walked */
	bool is_open;  /* something in it cannot be watched */
};

struct watch {
	int fd;
	struct watched *dirs;
	uint32_t count, cap;
	uint32_t *owners; /* by watch descriptor: number in dirs, + 1 */
	uint32_t owners_cap;
	uint32_t now; /* in dirs: the one that is being walked */
};

static struct watched *find(const struct watch *watch, uint32_t id)
{
	for (uint32_t i = 0; watch && i < watch->count; i++) {
		if (watch->dirs[i].id == id)
			return &watch->dirs[i];
	}
	return NULL;
}

static bool tells_of_all(const char *path)
{
	static const long local[] = {
		EXT4_SUPER_MAGIC, XFS_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC};
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof local / sizeof *local; i++) {
		if ((long)fs.f_type == local[i])
			return true;
	}
	return false;
}

/* One that two directories hold would tell only one of them. */
static void add(struct watch *watch, const char *path, unsigned flags)
{
	struct watched *dir = &watch->dirs[watch->now];
	/* a directory is on the file system that it lies in */
	bool is_told = (flags & IN_DONT_FOLLOW) || tells_of_all(path);
	int wd = is_told ? inotify_add_watch(watch->fd, path, EVENTS | flags) : -1;

	if (wd < 0) {
		dir->is_open = true;
		return;
	}
	MEM_ROOM_ZEROED(watch->owners, (uint32_t)wd, watch->owners_cap);
	if (watch->owners[wd] && watch->owners[wd] != watch->now + 1)
		dir->is_open = true;
	else
		watch->owners[wd] = watch->now + 1;
}

static void see(void *ctx, int parent, const char *name, char type)
{
	char path[300];

	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", parent, name);
	add(ctx, path, type == 'd' ? IN_DONT_FOLLOW : 0);
}

static void take_events(struct watch *watch)
{
	_Alignas(struct inotify_event) char events[16384];
	ssize_t n;

	while ((n = read(watch->fd, events, sizeof events)) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *event = (const void *)(events + at);
			uint32_t wd = (uint32_t)event->wd;
			at += (ssize_t)sizeof *event + event->len;
			bool is_all = event->mask & IN_Q_OVERFLOW;
			for (uint32_t i = 0; i < watch->count; i++) {
				if (is_all ||
					(wd < watch->owners_cap && watch->owners[wd] == i + 1))
					watch->dirs[i].is_quiet = false;
			}
		}
	}
	if (n < 0 && errno != EAGAIN) {
		for (uint32_t i = 0; i < watch->count; i++)
			watch->dirs[i].is_open = true;
	}
}

bool stamps_is_quiet(struct stamps *stamps, uint32_t id)
{
	struct watched *dir = find(stamps->watch, id);
	struct fs_stat now;

	if (!dir || dir->is_open)
		return false;
	take_events(stamps->watch);
	return dir->is_quiet && !dir->is_open &&
	       fs_stat(stamps_path(stamps, id), &now, NULL) == 0 && now.type == 'd' &&
	       now.ino == dir->ino;
}

int stamps_walk_watched(struct stamps *stamps, uint32_t id, struct fs_stat *stat, struct err *err)
{
	const char *path = stamps_path(stamps, id), *exclude = stamps_exclude(stamps, id);
	struct watch *watch = stamps->watch;
	struct watched *dir = find(watch, id);
	struct fs_stat before;

	if (!watch) {
		watch = stamps->watch = mem_alloc(sizeof *watch);
		watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	}
	if (!dir) {
		MEM_ROOM(watch->dirs, watch->count, watch->cap);
		dir = &watch->dirs[watch->count++];
		*dir = (struct watched){.id = id, .is_open = watch->fd < 0};
	}
	if (dir->is_open || fs_stat(path, &before, NULL) < 0 || before.type != 'd')
		return stamp_look(NULL, path, exclude, stat, err);
	watch->now = (uint32_t)(dir - watch->dirs);
	dir->ino = before.ino;
	dir->is_quiet = true; /* until an event comes, also while it is walked */
	add(watch, path, 0);
	return stamp_look_dir(path, exclude, see, watch, stat, err);
}

void stamps_unwatch(struct stamps *stamps, uint32_t id)
{
	struct watched *dir = find(stamps->watch, id);

	if (dir)
		dir->is_quiet = false;
}

void stamps_watch_end(struct stamps *stamps)
{
	if (!stamps->watch)
		return;
	if (stamps->watch->fd >= 0)
		close(stamps->watch->fd);
	free(stamps->watch->dirs);
	free(stamps->watch->owners);
	free(stamps->watch);
}
