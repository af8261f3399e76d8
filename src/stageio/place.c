#include "stageio/place.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "stageio.h"
#include "stageio/error.h"

void place_free(struct place *place)
{
	free(place->stage);
	free(place->job_dir);
	free(place->stage_dir);
	free(place->output_dir);
	free(place->root);
	*place = (struct place){0};
}

static bool has_dotdot(const char *path)
{
	for (; *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");
		if (len == 2 && memcmp(path, "..", 2) == 0)
			return true;
		path += len;
	}
	return false;
}

/* An absolute path without "." and empty components, ".." folded. */
static void add_folded(struct buf *out, const char *path)
{
	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");
		if (len == 2 && memcmp(path, "..", 2) == 0) {
			while (out->len > 0 && out->data[--out->len] != '/')
				;
		} else if (len != 1 || *path != '.') {
			buf_char(out, '/');
			buf_add(out, path, len);
		}
		path += len;
	}
	if (out->len == 0)
		buf_char(out, '/');
	else if (!out->failed)
		out->data[out->len] = '\0';
}

static int give(char **out, struct buf *buf)
{
	*out = buf->failed ? NULL : buf_steal(buf);
	buf_free(buf);
	return *out ? STAGEIO_OK : error_memory();
}

int place_absolute(char **out, const char *path)
{
	struct buf full = BUF_SOFT, folded = BUF_SOFT;
	char *cwd, *real;

	*out = NULL;
	if (*path != '/') {
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return error_sys(errno, "tell the current directory of", path);
		buf_fmt(&full, "%s/", cwd);
		free(cwd);
	}
	buf_str(&full, path);
	if (!full.failed && has_dotdot(full.data)) {
		real = realpath(full.data, NULL);
		if (real) {
			buf_free(&full);
			*out = real;
			return STAGEIO_OK;
		}
	}
	if (full.failed)
		folded.failed = true;
	else
		add_folded(&folded, full.data);
	buf_free(&full);
	return give(out, &folded);
}

int place_join(char **out, const char *dir, const char *name)
{
	struct buf full = BUF_SOFT, folded = BUF_SOFT;

	buf_fmt(&full, "%s/%s", dir, name);
	if (full.failed)
		folded.failed = true;
	else
		add_folded(&folded, full.data);
	buf_free(&full);
	return give(out, &folded);
}

bool place_is_inside(const char *name)
{
	return *name && *name != '/' && !has_dotdot(name);
}

bool place_is_stage_name(const char *name)
{
	for (;;) {
		size_t len = strcspn(name, "/");
		if (len == 0 || (len <= 2 && strncmp(name, "..", len) == 0))
			return false;
		if (!name[len])
			return true;
		name += len + 1;
	}
}

/* "04_asr" -> "asr" and 4; NULL if it is no name of a numbered directory. */
static const char *without_number(const char *name, unsigned *number)
{
	size_t digits = strspn(name, "0123456789");

	if (digits == 0 || digits > 9 || name[digits] != '_' || !name[digits + 1])
		return NULL;
	*number = (unsigned)strtoul(name, NULL, 10);
	return name + digits + 1;
}

unsigned place_number(const char *job_dir, const char *stage_dir)
{
	const char *below = path_below(job_dir, stage_dir);
	unsigned number;

	return below && without_number(below, &number) ? number : UINT_MAX;
}

/* What is in the job's directory; *fd is open if it went well. */
static int read_job(struct dir *dir, int *fd, const char *job_dir, bool is_locked)
{
	*fd = dir_open(AT_FDCWD, job_dir, O_RDONLY | O_DIRECTORY);
	if (*fd < 0)
		return error_sys(errno, "open", job_dir);
	while (is_locked && flock(*fd, LOCK_EX) < 0 && errno == EINTR)
		; /* not every file system has locks; without one two stages may get one number */
	if (dir_read(*fd, dir) == 0)
		return STAGEIO_OK;
	int errnum = errno;
	close(*fd);
	return error_sys(errnum, "read", job_dir);
}

/* Name of the stage's directory in the job with the highest number, or NULL. *next: the number
 * behind all that are taken. */
static const char *find_stage(
	const struct dir *dir, const char *stage, unsigned *number, unsigned *next)
{
	size_t len = strcspn(stage, "/");
	const char *found = NULL;
	unsigned n;

	*next = 1;
	for (size_t i = 0; i < dir->count; i++) {
		const char *rest = without_number(dir->items[i].name, &n);
		if (!rest || dir->items[i].type == 'f')
			continue;
		if (n >= *next)
			*next = n + 1;
		if (strlen(rest) == len && memcmp(rest, stage, len) == 0 &&
			(!found || n >= *number)) {
			found = dir->items[i].name;
			*number = n;
		}
	}
	return found;
}

int place_make_stage(char **out, unsigned *number, const char *job_dir, const char *stage)
{
	const char *instance = stage + strcspn(stage, "/");
	struct buf path = BUF_SOFT;
	struct err err = {0};
	struct dir dir = {0};
	unsigned next;
	int fd, code;

	*out = NULL;
	if (fs_mkdirs(job_dir, &err) < 0)
		return error_world(&err);
	code = read_job(&dir, &fd, job_dir, true);
	if (code != STAGEIO_OK)
		return code;
	const char *found = find_stage(&dir, stage, number, &next);
	if (!found)
		*number = next;
	buf_fmt(&path, "%s/", job_dir);
	if (found)
		buf_fmt(&path, "%s%s", found, instance);
	else
		buf_fmt(&path, "%02u_%s", next, stage);
	if (!path.failed && fs_mkdirs(path.data, &err) < 0)
		code = error_world(&err);
	dir_free(&dir);
	close(fd);
	if (code == STAGEIO_OK)
		return give(out, &path);
	buf_free(&path);
	return code;
}

static void cut(struct buf *buf, size_t len)
{
	if (buf->failed)
		return;
	buf->len = len;
	buf->data[len] = '\0';
}

/* Goes into the instance's directory if there is such; instance begins with '/' or is empty. */
static void add_instance(struct buf *dir, const char *instance)
{
	size_t len = dir->len;

	buf_str(dir, instance);
	if (*instance && !dir->failed && !fs_is_dir(dir->data))
		cut(dir, len);
}

static int find_from(struct buf *path, const struct dir *dir, const char *stage, const char *from)
{
	const char *wanted = from + strcspn(from, "/");
	unsigned number, next;
	const char *found = find_stage(dir, from, &number, &next);

	if (!found)
		return error_set(STAGEIO_ENOSTAGE, "the job has no directory of stage '%s'", from);
	buf_str(path, found);
	if (*wanted)
		buf_str(path, wanted);
	else
		add_instance(path, stage + strcspn(stage, "/"));
	return STAGEIO_OK;
}

/* Adds the directory of the nearest stage before `number` that has the file, if there is one. */
static void find_nearest(struct buf *path, const struct dir *dir, const char *stage,
	unsigned number, const char *name)
{
	const char *instance = stage + strcspn(stage, "/");
	struct buf best = BUF_SOFT;
	unsigned n, nearest = 0;
	size_t job_len = path->len;

	for (size_t i = 0; i < dir->count; i++) {
		if (!without_number(dir->items[i].name, &n) || n >= number || n < nearest)
			continue;
		buf_str(path, dir->items[i].name);
		add_instance(path, instance);
		size_t len = path->len;
		buf_fmt(path, "/%s", name);
		if (!path->failed && fs_exists(path->data)) {
			nearest = n;
			buf_reset(&best);
			buf_add(&best, path->data + job_len, len - job_len);
		}
		cut(path, job_len);
	}
	if (best.failed)
		path->failed = true;
	buf_str(path, buf_text(&best));
	buf_free(&best);
}

int place_find_input(char **out, const char *job_dir, const char *stage, unsigned number,
	const char *name, const char *from)
{
	struct buf path = BUF_SOFT;
	struct dir dir = {0};
	int fd, code;

	*out = NULL;
	if (*name == '/')
		return place_absolute(out, name);
	code = read_job(&dir, &fd, job_dir, false);
	if (code != STAGEIO_OK)
		return code;
	close(fd);
	buf_fmt(&path, "%s/", job_dir);
	if (from)
		code = find_from(&path, &dir, stage, from);
	else
		find_nearest(&path, &dir, stage, number, name);
	dir_free(&dir);
	if (path.failed)
		code = error_memory();
	if (code == STAGEIO_OK)
		code = place_join(out, path.data, name);
	buf_free(&path);
	return code;
}

int place_find_root(struct place *place)
{
	char *here;
	int code = place_absolute(&here, ".");

	if (code != STAGEIO_OK)
		return code;
	if (path_is_under(here, place->stage_dir))
		place->root = here;
	else
		free(here);
	return STAGEIO_OK;
}

int place_take_root(struct place *place, const char *recorded)
{
	size_t len = strlen(place->stage_dir), tail = strlen(recorded);
	char *root = NULL;

	if (*recorded != '/') {
		/* it ends in "/" and what was recorded, unless the job was moved meanwhile */
		if (len <= tail || place->stage_dir[len - tail - 1] != '/' ||
			strcmp(place->stage_dir + len - tail, recorded) != 0)
			return STAGEIO_OK;
		root = strndup(place->stage_dir, len - tail > 1 ? len - tail - 1 : 1);
		if (!root)
			return error_memory();
	}
	free(place->root);
	place->root = root;
	return STAGEIO_OK;
}
