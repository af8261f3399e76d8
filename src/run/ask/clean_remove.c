#include "run/ask/clean_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "run/job/beneath.h"

bool remove_leads_out(const char *path)
{
	struct arena arena = {0};
	int fd = beneath_open(&arena, path_dir(&arena, path));
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
	int dir = beneath_open(&arena, path_dir(&arena, path));
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
	int dir = beneath_open(&arena, path_dir(&arena, path));
	bool is_removed = dir >= 0 && unlinkat(dir, path_base(path), AT_REMOVEDIR) == 0;

	if (dir >= 0)
		close(dir);
	arena_free(&arena);
	return is_removed;
}
