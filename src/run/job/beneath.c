#include "run/job/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"

#define OPEN_DIR (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Component by component without following any link: for kernels before 5.6. */
static int open_plainly(int top, const char *dir)
{
	struct arena arena ARENA_LOCAL = {0};
	char *rest = arena_strdup(&arena, dir);
	int fd = openat(top, ".", OPEN_DIR);

	for (char *name = strtok_r(rest, "/", &rest); name && fd >= 0;
		name = strtok_r(NULL, "/", &rest)) {
		int next = -1;

		if (strcmp(name, "..") == 0)
			errno = EXDEV;
		else
			next = openat(fd, name, OPEN_DIR | O_NOFOLLOW);
		close(fd);
		fd = next;
	}
	return fd;
}

int beneath_open(int top, const char *dir)
{
	struct open_how how = {
		.flags = OPEN_DIR,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, top, dir, &how, sizeof how);

	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_plainly(top, dir);
	return (int)fd;
}

int beneath_make(int top, const char *dir)
{
	struct arena arena ARENA_LOCAL = {0};
	int fd = beneath_open(top, dir), parent;

	if (fd >= 0 || errno != ENOENT)
		return fd;
	const char *base = path_base(dir);
	parent = base == dir ? top : beneath_make(top, path_dir(&arena, dir));
	if (base > dir && parent < 0)
		return -1;
	/* By way of the open directory: its path may lead elsewhere by now. */
	if (mkdirat(parent, base, 0777) == 0 || errno == EEXIST)
		fd = beneath_open(parent, base);
	int why = errno;
	if (base > dir)
		close(parent);
	errno = why;
	return fd;
}

int beneath_open_own(int top, const char *name)
{
	return openat(top, name, OPEN_DIR | O_NOFOLLOW);
}

int beneath_error(struct err *err, int errnum, const char *what, const char *path)
{
	if (errnum != EXDEV && errnum != ELOOP)
		return err_sys(err, errnum, what, path);
	err_set(err, EXIT_WORLD,
		"cannot %s '%s': a link in its path leads out of the directory that it belongs in; "
		"remove the link (ls -l)",
		what, path);
	if (err)
		err->sys = errnum;
	return -1;
}

int beneath_tell(struct err *err, const struct err *found, const char *what, const char *path)
{
	if (found->sys)
		return err_sys(err, found->sys, what, path);
	return err_set(err, found->code, "cannot %s '%s': %s", what, path, found->text);
}

int beneath_find(struct beneath *place, int top, const char *rel, const char *path, bool makes,
	struct err *err)
{
	const char *base = path_base(rel);
	int fd = top;

	place->at = place->fd = -1;
	place->name = base;
	if (base > rel || top < 0) {
		struct arena arena ARENA_LOCAL = {0};
		const char *dir = path_dir(&arena, rel);
		fd = place->fd = makes ? beneath_make(top, dir) : beneath_open(top, dir);
		if (fd < 0)
			return beneath_error(err, errno, "go to the directory of", path);
	}
	place->at = fd;
	int len = snprintf(place->path, sizeof place->path, "/proc/self/fd/%d/%s", fd, base);
	place->name = path_base(place->path);
	if (len < (int)sizeof place->path)
		return 0;
	beneath_end(place);
	return err_sys(err, ENAMETOOLONG, "go to", path);
}

void beneath_end(struct beneath *place)
{
	int why = errno;

	if (place->fd >= 0)
		close(place->fd);
	place->fd = -1;
	errno = why;
}

int beneath_write_manifest(const struct graph *graph, int job_fd, int dir_fd, const char *dir,
	const struct buf *text, bool keeps_time, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *path = stage_path(&arena, dir, MANIFEST_FILE), *rel = MANIFEST_FILE;
	int top = dir_fd >= 0 ? dir_fd : beneath_top(graph, job_fd, path, &rel);
	struct beneath place;
	struct err found = {0};

	if (beneath_find(&place, top, rel, path, true, err) < 0)
		return -1;
	int status = keeps_time
			     ? fs_rewrite_at(place.at, place.name, text->data, text->len, &found)
			     : fs_replace_at(place.at, place.name, text->data, text->len, &found);
	beneath_end(&place);
	return status < 0 ? beneath_tell(err, &found, "write", path) : 0;
}

int beneath_remove(int top, const char *rel, const char *path, struct err *err)
{
	struct beneath place;
	struct err found = {0};

	if (beneath_find(&place, top, rel, path, false, &found) < 0) {
		if (found.sys == ENOENT || found.sys == ENOTDIR)
			return 0;
		if (err && err->code == EXIT_OK)
			*err = found;
		return -1;
	}
	int status = fs_remove_tree(place.path, &found);
	beneath_end(&place);
	return status == 0 ? 0 : beneath_tell(err, &found, "remove", path);
}

int beneath_mkdirs(int top, const char *rel, const char *path, struct err *err)
{
	int fd FD_LOCAL = beneath_make(top, rel);

	return fd < 0 ? beneath_error(err, errno, "make the directory", path) : 0;
}

int beneath_top(const struct graph *graph, int job_fd, const char *path, const char **rel)
{
	const char *below = path_below(graph_text(graph, graph->job_dir), path);

	*rel = below && *below ? below : path;
	return below && *below ? job_fd : AT_FDCWD;
}
