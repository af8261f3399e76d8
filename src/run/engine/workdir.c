#include "run/engine/workdir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/path.h"
#include "base/text.h"

#define SPARE_SIZE 4200

static void spare_path(const char *state_dir, uint32_t number, char path[SPARE_SIZE])
{
	snprintf(path, SPARE_SIZE, "%s/" SPARE_DIR "%u", state_dir, number);
}

static bool take_spare(struct work_dirs *dirs, const char *state_dir, const char *path)
{
	char spare[SPARE_SIZE];

	spare_path(state_dir, dirs->count - 1, spare);
	/* An empty one of an interrupted attempt is replaced by this. */
	if (rename(spare, path) == 0) {
		dirs->count--;
		return true;
	}
	return false;
}

static bool make_new(struct work_dirs *dirs, const char *path)
{
	struct stat st;

	if (mkdir(path, 0777) < 0)
		return false;
	if (dirs->mode == 0 && lstat(path, &st) == 0)
		dirs->mode = st.st_mode;
	return true;
}

int workdir_make(struct work_dirs *dirs, const char *state_dir, const char *dir, const char *path,
	struct err *err)
{
	bool has_dir = false;

	for (int attempt = 0; attempt < 3; attempt++) {
		if (dirs->count && take_spare(dirs, state_dir, path))
			return 0;
		if (!dirs->count && make_new(dirs, path))
			return 0;
		if (errno == ENOENT && has_dir) {
			/* it is the spare that is missing: somebody has removed .restage */
			dirs->count = 0;
		} else if (errno == ENOENT) {
			if (fs_mkdirs(dir, err) < 0)
				return -1;
			has_dir = true;
		} else if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) {
			/* of an interrupted attempt */
			if (fs_remove_tree(path, err) < 0)
				return -1;
		} else if (dirs->count) {
			workdir_end(dirs, state_dir, NULL); /* renaming does not work here */
		} else {
			break;
		}
	}
	if (make_new(dirs, path))
		return 0;
	return err_sys(err, errno, "make the work directory", path);
}

/* Only one that a stage has left as it was made can stand for a new one. */
static bool is_as_made(const struct work_dirs *dirs, const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_mode == dirs->mode && st.st_uid == geteuid();
}

int workdir_remove(struct work_dirs *dirs, const char *state_dir, const char *path, bool is_empty,
	struct err *err)
{
	char spare[SPARE_SIZE];

	spare_path(state_dir, dirs->count, spare);
	if (is_empty && dirs->count < WORK_DIRS_MAX && is_as_made(dirs, path) &&
		rename(path, spare) == 0) {
		dirs->count++;
		return 0;
	}
	return rmdir(path) == 0 ? 0 : fs_remove_tree(path, err);
}

int workdir_end(struct work_dirs *dirs, const char *state_dir, struct err *err)
{
	char spare[SPARE_SIZE];
	int status = 0;

	while (dirs->count) {
		spare_path(state_dir, --dirs->count, spare);
		if (rmdir(spare) < 0 && errno != ENOENT)
			status = err_sys(err, errno, "remove", spare);
	}
	return status;
}

void workdir_sweep(const char *state_dir)
{
	struct arena arena = {0};
	char **names;
	size_t count;

	if (fs_list(&arena, state_dir, &names, &count, NULL) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		if (text_starts(names[i], SPARE_DIR))
			fs_remove_tree(path_join(&arena, state_dir, names[i]), NULL);
	}
	arena_free(&arena);
}
