#include "stageio/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

static char *give(struct buf *buf)
{
	char *text = buf->failed ? NULL : buf_steal(buf);

	buf_free(buf);
	if (!text)
		error_memory();
	return text;
}

/* Takes the path over. */
static char *fold(struct buf *full)
{
	struct buf folded = BUF_SOFT;

	if (full->failed)
		folded.failed = true;
	else
		add_folded(&folded, full->data);
	buf_free(full);
	return give(&folded);
}

char *place_absolute(const char *path)
{
	struct buf full BUF_LOCAL = BUF_SOFT;
	char *cwd, *real;

	if (*path != '/') {
		cwd = getcwd(NULL, 0);
		if (!cwd) {
			error_sys(errno, "tell the current directory of", path);
			return NULL;
		}
		buf_fmt(&full, "%s/", cwd);
		free(cwd);
	}
	buf_str(&full, path);
	real = !full.failed && has_dotdot(full.data) ? realpath(full.data, NULL) : NULL;
	if (!real)
		return fold(&full);
	return real;
}

char *place_join(const char *dir, const char *name)
{
	struct buf full = BUF_SOFT;

	buf_fmt(&full, "%s/%s", dir, name);
	return fold(&full);
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

/* Locked, so that two stages do not get one number; not every file system has locks. */
static int open_job(const char *job_dir)
{
	int fd = dir_open(AT_FDCWD, job_dir, O_RDONLY | O_DIRECTORY);

	while (fd >= 0 && flock(fd, LOCK_EX) < 0 && errno == EINTR)
		continue;
	return fd;
}

int place_make_stage(struct place *place)
{
	const char *stage = place->stage, *instance = stage + strcspn(stage, "/");
	struct buf path = BUF_SOFT;
	struct err err = {0};
	struct dir dir DIR_LOCAL = {0};
	unsigned next;

	if (fs_mkdirs(place->job_dir, &err) < 0)
		return error_world(&err);
	int fd FD_LOCAL = open_job(place->job_dir);
	if (fd < 0 || dir_read(fd, &dir) < 0)
		err_sys(&err, errno, "open", place->job_dir);
	const char *found = find_stage(&dir, stage, &place->number, &next);
	buf_fmt(&path, "%s/", place->job_dir);
	if (found) {
		buf_fmt(&path, "%s%s", found, instance);
	} else {
		place->number = next;
		buf_fmt(&path, "%02u_%s", next, stage);
	}
	if (err.code == EXIT_OK && !path.failed)
		fs_mkdirs(path.data, &err);
	place->stage_dir = give(&path);
	if (err.code != EXIT_OK)
		return error_world(&err);
	return place->stage_dir ? STAGEIO_OK : error_code();
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

/* Adds the directory of the nearest stage before this one that has the file, if there is one. */
static void find_nearest(
	struct buf *path, const struct dir *dir, const struct place *place, const char *name)
{
	const char *instance = place->stage + strcspn(place->stage, "/");
	struct buf best BUF_LOCAL = BUF_SOFT;
	unsigned n, nearest = 0;
	size_t job_len = path->len;

	for (size_t i = 0; i < dir->count; i++) {
		if (!without_number(dir->items[i].name, &n) || n >= place->number || n < nearest)
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
}

char *place_find_input(const struct place *place, const char *name, const char *from)
{
	struct buf path BUF_LOCAL = BUF_SOFT;
	struct dir dir DIR_LOCAL = {0};
	int code = STAGEIO_OK;

	if (*name == '/')
		return place_absolute(name);
	if (dir_read_path(place->job_dir, &dir) < 0) {
		error_sys(errno, "open", place->job_dir);
		return NULL;
	}
	buf_fmt(&path, "%s/", place->job_dir);
	if (from)
		code = find_from(&path, &dir, place->stage, from);
	else
		find_nearest(&path, &dir, place, name);
	buf_fmt(&path, "/%s", name);
	if (code == STAGEIO_OK)
		return fold(&path);
	return NULL;
}

int place_find_root(struct place *place)
{
	char *here = place_absolute(".");

	if (!here)
		return error_code();
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
