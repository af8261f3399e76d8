#include "run/job/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
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
int beneath_open(struct arena *arena, const char *dir)
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

int beneath_make(struct arena *arena, const char *dir)
{
	int fd = beneath_open(arena, dir);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	const char *above = path_dir(arena, dir);
	int parent = strcmp(above, dir) == 0 ? -1 : beneath_make(arena, above);
	if (parent < 0)
		return -1;
	/* By way of the open directory: its path may lead elsewhere by now. */
	bool is_made = mkdirat(parent, path_base(dir), 0777) == 0 || errno == EEXIST;
	int why = errno;
	close(parent);
	errno = why;
	return is_made ? beneath_open(arena, dir) : -1;
}
