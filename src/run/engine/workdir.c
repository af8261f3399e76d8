#include "run/engine/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/err.h"
#include "base/job_names.h"
#include "base/text.h"
#include "run/job/beneath.h"

#define SPARE_SIZE 32

static void spare_name(uint32_t number, char name[SPARE_SIZE])
{
	snprintf(name, SPARE_SIZE, SPARE_DIR "%u", number);
}

static bool take_spare(struct work_dirs *dirs, int state_fd, int dir_fd)
{
	char spare[SPARE_SIZE];

	spare_name(dirs->count - 1, spare);
	/* An empty one of an interrupted attempt is replaced by this. */
	if (renameat(state_fd, spare, dir_fd, WORK_DIR) < 0)
		return false;
	dirs->count--;
	return true;
}

static bool make_new(struct work_dirs *dirs, int dir_fd)
{
	struct stat st;

	if (mkdirat(dir_fd, WORK_DIR, 0777) < 0)
		return false;
	if (dirs->mode == 0 && fstatat(dir_fd, WORK_DIR, &st, AT_SYMLINK_NOFOLLOW) == 0)
		dirs->mode = st.st_mode;
	return true;
}

int workdir_make(
	struct work_dirs *dirs, int state_fd, int dir_fd, const char *path, struct err *err)
{
	for (int attempt = 0; attempt < 3; attempt++) {
		if (dirs->count && take_spare(dirs, state_fd, dir_fd))
			return 0;
		if (!dirs->count && make_new(dirs, dir_fd))
			return 0;
		if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) {
			/* of an interrupted attempt */
			if (beneath_remove(dir_fd, WORK_DIR, path, err) < 0)
				return -1;
		} else if (dirs->count && errno == ENOENT) {
			/* it is the spare that is missing: somebody has removed .restage */
			dirs->count = 0;
		} else if (dirs->count) {
			workdir_end(dirs, state_fd, "", NULL); /* renaming does not work here */
		} else {
			break;
		}
	}
	if (make_new(dirs, dir_fd))
		return 0;
	return err_sys(err, errno, "make the work directory", path);
}

/* Only one that a stage has left as it was made can stand for a new one. */
static bool is_as_made(const struct work_dirs *dirs, int dir_fd)
{
	struct stat st;

	return fstatat(dir_fd, WORK_DIR, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_mode == dirs->mode && st.st_uid == geteuid();
}

int workdir_remove(struct work_dirs *dirs, int state_fd, int dir_fd, const char *path,
	bool is_empty, struct err *err)
{
	char spare[SPARE_SIZE];

	spare_name(dirs->count, spare);
	if (is_empty && dirs->count < WORK_DIRS_MAX && is_as_made(dirs, dir_fd) &&
		renameat(dir_fd, WORK_DIR, state_fd, spare) == 0) {
		dirs->count++;
		return 0;
	}
	if (unlinkat(dir_fd, WORK_DIR, AT_REMOVEDIR) == 0)
		return 0;
	return beneath_remove(dir_fd, WORK_DIR, path, err);
}

int workdir_end(struct work_dirs *dirs, int state_fd, const char *state_dir, struct err *err)
{
	char spare[SPARE_SIZE];
	int status = 0;

	while (dirs->count) {
		spare_name(--dirs->count, spare);
		if (unlinkat(state_fd, spare, AT_REMOVEDIR) < 0 && errno != ENOENT)
			status = err_sys(err, errno, "remove a work directory in", state_dir);
	}
	return status;
}

void workdir_sweep(int state_fd)
{
	struct dir dir DIR_LOCAL = {0};
	int fd FD_LOCAL = dir_open(state_fd, ".", O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return;
	if (dir_read(fd, &dir) == 0) {
		for (size_t i = 0; i < dir.count; i++) {
			const char *name = dir.items[i].name;
			if (text_starts(name, SPARE_DIR) || text_starts(name, GONE_DIR))
				beneath_remove(state_fd, name, name, NULL);
		}
	}
}
