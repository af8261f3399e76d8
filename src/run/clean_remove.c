#include "run/clean_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"

/* Component by component without following any link: for kernels before 5.6. */
static int open_plainly(struct arena *arena, const char *dir)
{
	char *rest = arena_strdup(arena, dir);
	int fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (char *name = strtok_r(rest, "/", &rest); name && fd >= 0;
		name = strtok_r(NULL, "/", &rest)) {
		int next = -1;

		if (strcmp(name, "..") == 0)
			errno = EXDEV;
		else
			next = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	return fd;
}

/* The directory, which must lie beneath the root after all links: EXDEV if it does not. */
static int open_dir(struct arena *arena, const char *dir)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, AT_FDCWD, dir, &how, sizeof how);

	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_plainly(arena, dir);
	return (int)fd;
}

bool remove_leads_out(const char *path)
{
	struct arena arena = {0};
	int fd = open_dir(&arena, path_dir(&arena, path));
	bool leads_out = fd < 0 && (errno == EXDEV || errno == ELOOP);

	if (fd >= 0)
		close(fd);
	arena_free(&arena);
	return leads_out;
}

int remove_below(const char *path, struct err *err)
{
	struct arena arena = {0};
	const char *base = path_base(path);
	int dir = open_dir(&arena, path_dir(&arena, path));
	struct stat st;
	int status = 0;

	if (dir < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			status = err_sys(err, errno, "open the directory of", path);
	} else if (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			status = err_sys(err, errno, "look at", path);
	} else if (S_ISDIR(st.st_mode)) {
		/* by way of the open directory: its own path may lead elsewhere by now */
		status = fs_remove_tree(arena_fmt(&arena, "/proc/self/fd/%d/%s", dir, base), err);
	} else if (unlinkat(dir, base, 0) < 0 && errno != ENOENT) {
		status = err_sys(err, errno, "remove", path);
	}
	if (dir >= 0)
		close(dir);
	arena_free(&arena);
	return status;
}

bool remove_empty(const char *path)
{
	struct arena arena = {0};
	int dir = open_dir(&arena, path_dir(&arena, path));
	bool is_removed = dir >= 0 && unlinkat(dir, path_base(path), AT_REMOVEDIR) == 0;

	if (dir >= 0)
		close(dir);
	arena_free(&arena);
	return is_removed;
}
