/* Single files; trees are in fs_tree.c, moves in fs_move.c, globs in glob.c. Nothing in here ends
 * the program when memory runs out: libstageio uses it. */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"

static int64_t to_ns(const struct statx_timestamp *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static int looks; /* AT_STATX_FORCE_SYNC, or nothing */

void fs_look_anew(bool always)
{
	looks = always ? AT_STATX_FORCE_SYNC : 0;
}

static int ask(int at, const char *path, int flags, struct fs_stat *out)
{
	const unsigned mask =
		STATX_TYPE | STATX_MODE | STATX_SIZE | STATX_MTIME | STATX_CTIME | STATX_INO;
	struct statx st;

	if (statx(at, path, flags | looks, mask, &st) < 0)
		return -1;
	out->size = st.stx_size;
	out->mtime_ns = to_ns(&st.stx_mtime);
	out->ctime_ns = to_ns(&st.stx_ctime);
	out->ino = st.stx_ino;
	out->is_executable = st.stx_mode & S_IXUSR;
	out->type = dir_type(st.stx_mode);
	return 0;
}

int fs_stat_at(int dir, const char *name, struct stat *out, int flags)
{
	struct statx anew;

	/* what it brings is what the other call tells */
	if (looks && statx(dir, name, flags | looks, STATX_BASIC_STATS, &anew) < 0)
		return -1;
	return fstatat(dir, name, out, flags);
}

int fs_stat(const char *path, struct fs_stat *out, struct err *err)
{
	return fs_stat_below(NULL, path, out, err);
}

void fs_base_open(struct fs_base *base, const char *dir)
{
	*base = (struct fs_base){
		.dir = dir,
		.len = strlen(dir),
		.fd = dir_open(AT_FDCWD, dir, O_PATH | O_DIRECTORY),
	};
}

void fs_base_close(struct fs_base *base)
{
	if (base->fd >= 0)
		close(base->fd);
	base->fd = -1;
}

int fs_stat_below(
	const struct fs_base *base, const char *path, struct fs_stat *out, struct err *err)
{
	bool is_below = base && base->fd >= 0 && strncmp(path, base->dir, base->len) == 0 &&
			path[base->len] == '/' && path[base->len + 1];
	int at = is_below ? base->fd : AT_FDCWD;
	const char *rest = is_below ? path + base->len + 1 : path;

	*out = (struct fs_stat){0};
	if (ask(at, rest, 0, out) == 0)
		return 0;
	if (errno == ENOENT && ask(at, rest, AT_SYMLINK_NOFOLLOW, out) == 0)
		return 0; /* a link that leads nowhere, or a file that has come just now */
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	return err_sys(err, errno, "stat", path);
}

int fs_stat_absent(const char *path, struct fs_stat *out, struct err *err)
{
	if (fs_stat_self(path, out, err) < 0)
		return -1;
	return out->type == 'l' ? fs_stat(path, out, err) : 0;
}

int fs_stat_self(const char *path, struct fs_stat *out, struct err *err)
{
	*out = (struct fs_stat){0};
	if (ask(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, out) == 0 || errno == ENOENT ||
		errno == ENOTDIR)
		return 0;
	return err_sys(err, errno, "stat", path);
}

bool fs_same(const struct fs_stat *a, const struct fs_stat *b)
{
	return a->type == b->type && a->size == b->size && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns && a->ino == b->ino;
}

bool fs_exists(const char *path)
{
	struct fs_stat st;

	return ask(AT_FDCWD, path, 0, &st) == 0;
}

bool fs_is_dir(const char *path)
{
	struct fs_stat st;

	return ask(AT_FDCWD, path, 0, &st) == 0 && st.type == 'd';
}

bool fs_is_remote(const char *path)
{
	static const uint32_t remote[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, AFS_SUPER_MAGIC,
		0xff534d42 /* CIFS */, 0xfe534d42 /* SMB 2 */, 0x65735546 /* FUSE */,
		0x01021997 /* 9P */, 0x0bd00bd0 /* Lustre */, 0x00c36400 /* Ceph */,
		0x47504653 /* GPFS */, 0x19830326 /* BeeGFS */};
	struct statfs system;
	bool is_remote = false;

	if (statfs(path, &system) < 0)
		return false;
	for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
		is_remote |= (uint32_t)system.f_type == remote[i];
	return is_remote;
}

bool fs_folds_case(const char *dir)
{
	static const uint32_t folding[] = {MSDOS_SUPER_MAGIC, EXFAT_SUPER_MAGIC,
		0xff534d42 /* CIFS */, 0xfe534d42 /* SMB 2 */, 0x482b /* HFS+ */};
	struct statfs system;
	int flags = 0, fd FD_LOCAL = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool folds = fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_CASEFOLD_FL);

	if (fd < 0 || fstatfs(fd, &system) < 0)
		system.f_type = 0;
	for (size_t i = 0; i < sizeof folding / sizeof *folding; i++)
		folds |= (uint32_t)system.f_type == folding[i];
	return folds;
}

int fs_read_fd(int fd, const char *name, size_t limit, struct buf *out, struct err *err)
{
	size_t start = out->len;

	for (;;) {
		if (out->cap - out->len < 2)
			buf_reserve(out, 4096);
		if (out->failed)
			return err_sys(err, ENOMEM, "read", name);
		ssize_t n = read(fd, out->data + out->len, out->cap - out->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "read", name);
		if (n == 0)
			break;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len - start > limit) {
			err_sys(err, EFBIG, "read", name);
			return -1;
		}
	}
	return 0;
}

int fs_read(const char *path, size_t limit, struct buf *out, struct err *err)
{
	struct stat st;
	int result = -1;
	int fd FD_LOCAL = dir_open(AT_FDCWD, path, O_RDONLY);

	if (fd < 0)
		return err_sys(err, errno, "open", path);
	if (fstat(fd, &st) < 0) {
		err_sys(err, errno, "stat", path);
	} else if (!S_ISREG(st.st_mode)) {
		if (err && err->code == EXIT_OK) {
			err_set(err, EXIT_WORLD, "cannot read '%s': it is no regular file", path);
			err->sys = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		}
	} else if ((uintmax_t)st.st_size > limit) {
		err_sys(err, EFBIG, "read", path);
	} else {
		/* one byte more than it has, so that the end is seen without growing */
		buf_reserve(out, (size_t)st.st_size + 1);
		result = fs_read_fd(fd, path, limit, out, err);
	}
	return result;
}

int fs_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A new file, never one that is there already: a link or a second name in its place would let us
 * write into somebody else's. What an earlier process of the same number left behind is removed. */
static int create_aside(int at, const char *tmp, unsigned mode)
{
	int fd;

	for (int attempt = 0; attempt < 3; attempt++) {
		fd = openat(at, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd >= 0)
			return fd;
		if (errno == EEXIST && unlinkat(at, tmp, 0) == 0)
			continue;
		if (errno != EINTR)
			return -1;
	}
	return -1;
}

static int write_parts(int fd, const struct iovec *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fs_write_all(fd, parts[i].iov_base, parts[i].iov_len) < 0)
			return -1;
	}
	return 0;
}

int fs_replace(const char *path, const void *data, size_t len, struct err *err)
{
	return fs_replace_at(AT_FDCWD, path, data, len, err);
}

int fs_rewrite_at(int at, const char *name, const void *data, size_t len, struct err *err)
{
	struct stat before;
	bool is_there = fstatat(at, name, &before, 0) == 0;

	if (fs_replace_at(at, name, data, len, err) < 0)
		return -1;
	if (is_there) {
		const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, before.st_mtim};
		(void)utimensat(at, name, times, 0); /* then what is there looks older */
	}
	return 0;
}

bool fs_is_aside(const char *name, const char *base)
{
	size_t len = strlen(name), end = len > 4 ? len - 4 : 0, digits = end;

	while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9')
		digits--;
	if (name[0] != '.' || strcmp(name + end, ".tmp") != 0 || digits == end || digits < 3 ||
		name[digits - 1] != '.')
		return false;
	return !base || (digits == strlen(base) + 2 && strncmp(name + 1, base, digits - 2) == 0);
}

static int replace(int at, const char *path, const struct iovec *parts, size_t count, unsigned mode,
	bool is_synced, struct err *err)
{
	struct buf tmp BUF_LOCAL = BUF_SOFT;
	const char *base = path_base(path);
	int fd;

	/* cut, so that also a name of 255 bytes can be replaced */
	buf_add(&tmp, path, (size_t)(base - path));
	buf_fmt(&tmp, ".%.220s.%ld.tmp", base, (long)getpid());
	if (tmp.failed)
		return err_sys(err, ENOMEM, "write", path);
	fd = create_aside(at, tmp.data, mode);
	if (fd < 0)
		return err_sys(err, errno, "create", tmp.data);
	if (write_parts(fd, parts, count) < 0 || (is_synced && fsync(fd) < 0)) {
		err_sys(err, errno, "write", tmp.data);
		close(fd);
		unlinkat(at, tmp.data, 0);
		return -1;
	}
	if (close(fd) < 0 && errno != EINTR) {
		err_sys(err, errno, "write", tmp.data); /* quotas and NFS tell it here */
		unlinkat(at, tmp.data, 0);
		return -1;
	}
	if (renameat(at, tmp.data, at, path) < 0) {
		err_sys(err, errno, "replace", path);
		unlinkat(at, tmp.data, 0);
		return -1;
	}
	return 0;
}

int fs_replace_parts(
	const char *path, const struct iovec *parts, size_t count, unsigned mode, struct err *err)
{
	return replace(AT_FDCWD, path, parts, count, mode, false, err);
}

int fs_replace_at(int at, const char *name, const void *data, size_t len, struct err *err)
{
	const struct iovec whole = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};

	return replace(at, name, &whole, 1, 0666, false, err);
}

int fs_replace_synced(const char *path, const void *data, size_t len, struct err *err)
{
	const struct iovec whole = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};

	return replace(AT_FDCWD, path, &whole, 1, 0666, true, err);
}

static int make_one(const char *path)
{
	struct stat st;

	if (mkdir(path, 0777) == 0)
		return 0;
	/* what mkdir says of an existing directory depends on the file system (EROFS, EACCES) */
	int errnum = errno;
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		errnum = ENOTDIR;
	}
	errno = errnum;
	return -1;
}

int fs_mkdirs(const char *path, struct err *err)
{
	size_t len = strlen(path), end = len;

	if (make_one(path) == 0)
		return 0;
	if (errno != ENOENT || len == 0)
		return err_sys(err, errno, "create directory", path);
	char *part MEM_LOCAL = mem_strdup(path);
	/* up to the first parent that can be made or is there, then down again */
	for (;;) {
		while (end > 0 && part[end - 1] == '/')
			end--;
		while (end > 0 && part[end - 1] != '/')
			end--;
		while (end > 1 && part[end - 1] == '/')
			end--;
		part[end] = '\0';
		/* a relative path, and not even its first name can be made */
		if (end == 0)
			return err_sys(err, ENOENT, "create directory", path);
		if (make_one(part) == 0)
			break;
		if (errno != ENOENT)
			return err_sys(err, errno, "create directory", part);
	}
	while (end < len) {
		part[end] = '/';
		end += strlen(part + end);
		if (make_one(part) < 0)
			return err_sys(err, errno, "create directory", part);
	}
	return 0;
}

bool fs_has_link(const char *path)
{
	struct buf part BUF_LOCAL = {0};
	struct stat st;
	bool is_linked = false;

	for (size_t len = 0; !is_linked && path[len];) {
		len += strcspn(path + len + 1, "/") + 1;
		buf_reset(&part);
		buf_add(&part, path, len);
		if (lstat(buf_text(&part), &st) < 0)
			break;
		is_linked = S_ISLNK(st.st_mode);
	}
	return is_linked;
}
