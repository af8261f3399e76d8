/* fs_move: a file or a tree goes to another name, and whoever looks there sees the old or the new
 * one, whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/tree.h"

#define COPY_CHUNK ((size_t)256 << 10)

static int copy_bytes(int from, int to)
{
	char *chunk MEM_LOCAL = malloc(COPY_CHUNK);
	int result = -1;

	if (!chunk) {
		errno = ENOMEM;
		return -1;
	}
	for (;;) {
		ssize_t n = read(from, chunk, COPY_CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0 && fs_write_all(to, chunk, (size_t)n) == 0)
			continue;
		result = n == 0 ? 0 : -1;
		break;
	}
	return result;
}

static int keep_mode_and_times(int fd, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchmod(fd, st->st_mode & 07777) < 0)
		return -1;
	return futimens(fd, times);
}

static int copy_file(int at, const char *name, const char *to)
{
	struct stat st;
	int in FD_LOCAL = dir_open(at, name, O_RDONLY | O_NOFOLLOW), out, result = -1;

	if (in < 0)
		return -1;
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return -1;
	if (fstat(in, &st) == 0 && copy_bytes(in, out) == 0)
		result = keep_mode_and_times(out, &st);
	if (result < 0)
		dir_close(out);
	else if (close(out) < 0 && errno != EINTR)
		result = -1;
	return result;
}

/* Copies one entry, of a directory only itself. -1 with errno. */
static int copy_entry(int at, const char *name, char type, const char *to)
{
	char target[4096 + 1]; /* Linux links hold less than 4096 bytes */
	struct stat st;
	ssize_t n;

	switch (type) {
	case 'f':
		return copy_file(at, name, to);
	case 'd':
		return mkdir(to, 0700);
	case 'l':
		n = readlinkat(at, name, target, sizeof target - 1);
		if (n < 0)
			return -1;
		target[n] = '\0';
		return symlink(target, to);
	default:
		if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -1;
		return mknod(to, st.st_mode, st.st_rdev);
	}
}

struct copy {
	struct buf to;   /* path of the copy */
	size_t root_len; /* of it: the copy's root */
	struct err *err;
};

static const char *copy_path(struct copy *copy, const char *rel)
{
	copy->to.len = copy->root_len;
	buf_char(&copy->to, '/');
	buf_str(&copy->to, rel);
	return copy->to.failed ? NULL : copy->to.data;
}

static int copy_enter(void *ctx, const struct tree_entry *entry)
{
	struct copy *copy = ctx;
	const char *to = copy_path(copy, entry->rel);

	if (!to)
		return err_sys(copy->err, ENOMEM, "copy", entry->rel);
	if (copy_entry(entry->parent, entry->name, entry->type, to) < 0)
		return err_sys(copy->err, errno, "copy to", to);
	return 0;
}

/* A directory gets its mode and times last: it may be read-only, and filling it changes its
 * times. */
static int copy_dir_end(int at, const char *name, const char *to)
{
	struct stat st;
	int result, fd;

	if (fstatat(at, name, &st, 0) < 0)
		return -1;
	fd = dir_open(AT_FDCWD, to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	result = keep_mode_and_times(fd, &st);
	dir_close(fd);
	return result;
}

static int copy_leave(void *ctx, const struct tree_entry *entry)
{
	struct copy *copy = ctx;
	const char *to = copy_path(copy, entry->rel);

	if (!to || copy_dir_end(entry->parent, entry->name, to) < 0)
		return err_sys(copy->err, to ? errno : ENOMEM, "copy to", entry->rel);
	return 0;
}

static int copy_tree(const char *from, char type, const char *to, struct err *err)
{
	const struct tree_visitor visitor = {.enter = copy_enter, .leave = copy_leave};
	struct copy copy = {.to = BUF_SOFT, .err = err};
	int result;

	if (copy_entry(AT_FDCWD, from, type, to) < 0)
		return err_sys(err, errno, "copy to", to);
	if (type != 'd')
		return 0;
	buf_str(&copy.to, to);
	copy.root_len = copy.to.len;
	result = tree_walk(from, &visitor, &copy, err);
	if (result == 0 && copy_dir_end(AT_FDCWD, from, to) < 0)
		result = err_sys(err, errno, "copy to", to);
	buf_free(&copy.to);
	return result;
}

void fs_add_aside(struct buf *out, const char *base, const char *mark)
{
	buf_fmt(out, ".%.200s.%s.tmp", base, mark);
}

/* The path of it; the caller frees. NULL: out of memory. */
static char *aside(const char *path, const char *mark)
{
	struct buf tmp BUF_LOCAL = BUF_SOFT;
	const char *base = path_base(path);

	buf_add(&tmp, path, (size_t)(base - path));
	fs_add_aside(&tmp, base, mark);
	if (!tmp.failed)
		return buf_steal(&tmp);
	return NULL;
}

/* rename says nothing and does nothing if both names are of one file. True if they are not also one
 * and the same entry of one directory, so that `from` may go. */
static bool is_second_name(const char *from, const char *to)
{
	struct stat a, b;
	bool result = false;

	if (lstat(from, &a) < 0 || lstat(to, &b) < 0)
		return false;
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return false;
	if (strcmp(path_base(from), path_base(to)) != 0)
		return true;
	/* the same base: then the directories decide */
	struct buf dirs[2] = {BUF_SOFT, BUF_SOFT};
	const char *paths[2] = {from, to};
	for (int i = 0; i < 2; i++) {
		buf_add(&dirs[i], paths[i], (size_t)(path_base(paths[i]) - paths[i]));
		buf_str(&dirs[i], ".");
	}
	if (!dirs[0].failed && !dirs[1].failed && stat(dirs[0].data, &a) == 0 &&
		stat(dirs[1].data, &b) == 0)
		result = a.st_dev != b.st_dev || a.st_ino != b.st_ino;
	buf_free(&dirs[0]);
	buf_free(&dirs[1]);
	return result;
}

/* A directory takes the place of something, or something that of a directory. */
static int exchange(const char *from, const char *to, const char *mark, struct err *err)
{
	char other[48], *old;
	int result = -1;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0)
		return fs_remove_tree(from, err);
	if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return err_sys(err, errno, "replace", to);
	/* a file system that cannot exchange: nothing stands at `to` for an instant */
	snprintf(other, sizeof other, "%.40s-old", mark);
	old = aside(to, other);
	if (!old)
		return err_sys(err, ENOMEM, "replace", to);
	if (fs_remove_tree(old, err) < 0) {
		/* err is filled */
	} else if (rename(to, old) < 0) {
		err_sys(err, errno, "replace", to);
	} else if (rename(from, to) < 0) {
		err_sys(err, errno, "replace", to);
		(void)rename(old, to); /* as it was; the error is told already */
	} else {
		result = fs_remove_tree(old, err);
	}
	free(old);
	return result;
}

static int move_here(const char *from, const char *to, const char *mark, struct err *err)
{
	if (rename(from, to) == 0) {
		if (is_second_name(from, to) && unlink(from) < 0)
			return err_sys(err, errno, "remove", from);
		return 0;
	}
	if (errno == EISDIR || errno == ENOTDIR || errno == ENOTEMPTY || errno == EEXIST)
		return exchange(from, to, mark, err);
	return -1; /* the caller tells: it may know another way */
}

int fs_copy(const char *from, const char *to, struct err *err)
{
	struct stat st;

	if (lstat(from, &st) < 0)
		return err_sys(err, errno, "copy", from);
	if (copy_tree(from, dir_type(st.st_mode), to, err) == 0)
		return 0;
	fs_remove_tree(to, NULL);
	return -1;
}

/* To another file system. */
static int move_there(const char *from, const char *to, const char *mark, struct err *err)
{
	char *tmp MEM_LOCAL = aside(to, mark);
	int result = -1;

	if (!tmp)
		return err_sys(err, ENOMEM, "move to", to);
	if (fs_remove_tree(tmp, err) == 0 && fs_copy(from, tmp, err) == 0) {
		result = move_here(tmp, to, mark, err);
		if (result < 0) {
			err_sys(err, errno, "replace", to);
			fs_remove_tree(tmp, NULL);
		}
	}
	return result < 0 ? -1 : fs_remove_tree(from, err);
}

bool fs_move_at(int from_at, const char *from, int to_at, const char *to)
{
	struct stat st;

	/* one that is still there is a second name of what `to` was */
	return renameat(from_at, from, to_at, to) == 0 &&
	       fstatat(from_at, from, &st, AT_SYMLINK_NOFOLLOW) < 0;
}

int fs_move(const char *from, const char *to, const char *mark, struct err *err)
{
	struct err first = {0};

	if (move_here(from, to, mark, &first) == 0)
		return 0;
	if (first.code == EXIT_OK && errno == EXDEV)
		return move_there(from, to, mark, err);
	if (first.code == EXIT_OK) {
		struct buf what BUF_LOCAL = BUF_SOFT;
		int errnum = errno;
		buf_fmt(&what, "move '%s' to", from);
		err_sys(err, errnum, buf_text(&what), to);
		return -1;
	}
	if (err && err->code == EXIT_OK)
		*err = first;
	return -1;
}
