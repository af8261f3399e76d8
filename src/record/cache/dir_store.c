#include "record/cache/dir_store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"

#define USED_NS ((int64_t)600 * 1000000000) /* a use is noted no more often */

struct dir_store {
	char *path;
	uint64_t max_size;
	bool is_linked, only_looks;
	const atomic_bool *stop;
	atomic_ullong put_bytes;
};

struct dir_store *dir_store_new(
	const char *path, uint64_t max_size, bool is_linked, const atomic_bool *stop)
{
	struct dir_store *store = mem_alloc(sizeof *store);

	store->path = mem_strdup(path);
	store->max_size = max_size;
	store->is_linked = is_linked;
	store->stop = stop;
	return store;
}

void dir_store_only_look(struct dir_store *store)
{
	store->only_looks = true;
}

void dir_store_free(struct dir_store *store)
{
	if (!store)
		return;
	if (store->max_size && store->put_bytes)
		dir_store_count(store->path, store->put_bytes, store->max_size);
	free(store->path);
	free(store);
}

const char *dir_store_path(const struct dir_store *store)
{
	return store->path;
}

static void add_place(
	struct buf *path, const struct dir_store *store, bool is_entry, const struct sha256 *name)
{
	char hex[SHA256_TEXT_SIZE];

	sha256_format(name, hex);
	buf_fmt(path, "%s/%s/%.2s/%s", store->path, is_entry ? "ac" : "cas", hex, hex);
}

/* That it was used, for whoever trims. Of others' files the file system notes it, once a day. */
static void note_use(const struct dir_store *store, int fd, const struct stat *st)
{
	static const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_OMIT}};
	int64_t used_s =
		st->st_atim.tv_sec > st->st_mtim.tv_sec ? st->st_atim.tv_sec : st->st_mtim.tv_sec;

	if (!store->only_looks && clock_wall_ns() - used_s * 1000000000 > USED_NS)
		(void)futimens(fd, times);
}

/* What is not what its name says is in everybody's way. */
static void remove_wrong(const struct dir_store *store, const char *path)
{
	if (!store->only_looks)
		(void)unlink(path);
}

/* An object, open; -1: there is none, or trouble. What is no file is none, and removed. */
static int open_object(
	const struct dir_store *store, const char *path, struct stat *st, struct err *trouble)
{
	int fd = dir_open(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);

	if (fd < 0 && errno == ELOOP)
		remove_wrong(store, path);
	else if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		err_sys(trouble, errno, "open", path);
	if (fd < 0)
		return -1;
	if (fstat(fd, st) < 0)
		err_sys(trouble, errno, "stat", path);
	else if (S_ISREG(st->st_mode))
		return fd;
	else
		remove_wrong(store, path);
	close(fd);
	return -1;
}

/* A content of the right size, open. */
static int open_content(const struct dir_store *store, const struct content *content,
	struct buf *path, struct stat *st, struct err *trouble)
{
	add_place(path, store, false, &content->sum);
	int fd = open_object(store, buf_text(path), st, trouble);
	if (fd < 0 || (uint64_t)st->st_size == content->size)
		return fd;
	/* cut off, when the power failed perhaps */
	remove_wrong(store, path->data);
	close(fd);
	return -1;
}

bool dir_store_read_entry(
	struct dir_store *store, const struct sha256 *name, struct buf *out, struct err *trouble)
{
	struct buf path BUF_LOCAL = {0};
	struct stat st;
	bool is_read = false;

	add_place(&path, store, true, name);
	int fd = open_object(store, path.data, &st, trouble);
	if (fd >= 0) {
		is_read = fs_read_fd(fd, path.data, ENTRY_SIZE_MAX, out, trouble) == 0;
		note_use(store, fd, &st);
		close(fd);
	}
	return is_read;
}

bool dir_store_has(struct dir_store *store, const struct content *content)
{
	struct buf path BUF_LOCAL = {0};
	struct stat st;
	int fd = open_content(store, content, &path, &st, NULL);

	if (fd >= 0) {
		note_use(store, fd, &st); /* it is counted on from now on */
		close(fd);
	}
	return fd >= 0;
}

/* Gives the object itself as a second name. False: only a copy will do. */
static bool link_object(int fd, const struct stat *st, const char *to, bool is_executable)
{
	char self[64];

	/* one mode serves all names */
	if (is_executable || (st->st_mode & 0333))
		return false;
	/* what was hashed, whatever has its name by now */
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0;
}

static enum content_end copy_object(int fd, const char *to, bool is_executable,
	const struct content_how *how, struct content *read, struct err *err)
{
	int target = open(to, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		is_executable ? 0777 : 0666);

	if (target < 0) {
		err_sys(err, errno, "create", to);
		return CONTENT_UNWRITABLE;
	}
	enum content_end end = content_copy(fd, target, how, read);
	int errnum = errno;
	if (close(target) < 0 && errno != EINTR && end == CONTENT_READ) {
		end = CONTENT_UNWRITABLE; /* quotas and NFS tell it here */
		errnum = errno;
	}
	if (end == CONTENT_UNWRITABLE)
		err_sys(err, errnum, "write", to);
	if (end != CONTENT_READ)
		(void)unlink(to);
	errno = errnum;
	return end;
}

enum cache_result dir_store_take(struct dir_store *store, const struct content *content,
	const char *to, bool is_executable, int64_t until_ns, struct err *trouble, struct err *err)
{
	const struct content_how how = {.stop = store->stop, .until_ns = until_ns};
	struct buf path BUF_LOCAL = {0};
	struct stat st;
	struct content read = {0};
	enum content_end end = CONTENT_READ;
	enum cache_result result = CACHE_MISS;
	bool is_linked = false;
	int fd = open_content(store, content, &path, &st, trouble);

	if (fd < 0)
		goto out;
	if (store->is_linked) {
		end = content_fd(fd, &how, &read);
		is_linked = end == CONTENT_READ && content_eq(&read, content) &&
			    link_object(fd, &st, to, is_executable);
	}
	if (!is_linked)
		end = copy_object(fd, to, is_executable, &how, &read, err);
	if (end == CONTENT_UNREADABLE) {
		err_sys(trouble, errno, "read", path.data);
	} else if (end == CONTENT_STOPPED && errno == ETIMEDOUT) {
		err_set(trouble, EXIT_WORLD, "reading '%s' takes too long", path.data);
	} else if (end == CONTENT_UNWRITABLE) {
		result = CACHE_FAILED;
	} else if (end == CONTENT_READ && content_eq(&read, content)) {
		result = CACHE_TAKEN;
		note_use(store, fd, &st);
	} else if (end == CONTENT_READ) {
		/* torn, or somebody else's work */
		remove_wrong(store, path.data);
		(void)unlink(to);
	}
	close(fd);
out:
	return result;
}

bool dir_store_take_bytes(struct dir_store *store, const struct content *content, size_t limit,
	struct buf *out, struct err *trouble)
{
	struct buf path BUF_LOCAL = {0};
	struct stat st;
	size_t start = out->len;
	int fd = content->size > limit ? -1 : open_content(store, content, &path, &st, trouble);
	bool is_taken = false;

	if (fd >= 0 && fs_read_fd(fd, path.data, limit, out, trouble) == 0) {
		struct content read = content_bytes(out->data + start, out->len - start);
		is_taken = content_eq(&read, content);
		if (is_taken)
			note_use(store, fd, &st);
		else
			remove_wrong(store, path.data);
	}
	if (!is_taken)
		out->len = start;
	if (fd >= 0)
		close(fd);
	return is_taken;
}

/* A directory of the store, with the mode of the store itself. */
static int make_dir(const struct dir_store *store, const char *path, struct err *trouble)
{
	if (mkdir(path, 0777) < 0)
		return errno == EEXIST ? 0 : err_sys(trouble, errno, "create directory", path);
	int fd = dir_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd >= 0) {
		/* set-group-ID and the rights of a group, where several users share it */
		dir_store_share(store->path, fd, 07777);
		close(fd);
	}
	return 0;
}

static int make_dirs(const struct dir_store *store, const char *rel, struct err *trouble)
{
	struct buf path BUF_LOCAL = {0};
	int result = fs_mkdirs(store->path, trouble);

	buf_str(&path, store->path);
	while (result == 0 && *rel) {
		size_t len = strcspn(rel, "/");
		buf_char(&path, '/');
		buf_add(&path, rel, len);
		result = make_dir(store, path.data, trouble);
		rel += len + (rel[len] == '/');
	}
	return result;
}

/* A new file in tmp; its path in `path`. */
static int create_aside(const struct dir_store *store, struct buf *path, struct err *trouble)
{
	uint64_t random[2];

	if (getrandom(random, sizeof random, 0) != sizeof random) {
		err_sys(trouble, errno, "find a name in", store->path);
		return -1;
	}
	buf_fmt(path, "%s/tmp/%016" PRIx64 "%016" PRIx64, store->path, random[0], random[1]);
	for (;;) {
		int fd = open(path->data, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
		if (errno != ENOENT) {
			err_sys(trouble, errno, "create", path->data);
			return -1;
		}
		if (make_dirs(store, "tmp", trouble) < 0)
			return -1;
	}
}

/* An entry that another user made, in a sticky directory: it is as good, and no trouble. */
static bool is_anothers(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_uid != geteuid();
}

/* Gives what was written aside its name. Closes fd. -1 without trouble: what another user put there
 * stays. */
static int publish(struct dir_store *store, int fd, const char *aside, bool is_entry,
	const struct sha256 *name, struct err *trouble)
{
	struct buf path BUF_LOCAL = {0};
	struct stat st = {0};
	char hex[SHA256_TEXT_SIZE], rel[16];
	int result = 0;

	/* who may read it is said by the directory, not by the umask of whoever came first */
	if (fchmod(fd, 0444) < 0 || fstat(fd, &st) < 0)
		result = err_sys(trouble, errno, "write", aside);
	if (close(fd) < 0 && errno != EINTR && result == 0)
		result = err_sys(trouble, errno, "write", aside);
	add_place(&path, store, is_entry, name);
	if (result == 0 && rename(aside, path.data) < 0) {
		sha256_format(name, hex);
		snprintf(rel, sizeof rel, "%s/%.2s", is_entry ? "ac" : "cas", hex);
		if (errno == EPERM && is_anothers(path.data))
			result = -1;
		else if (errno != ENOENT)
			result = err_sys(trouble, errno, "write", path.data);
		else if (make_dirs(store, rel, trouble) < 0)
			result = -1;
		else if (rename(aside, path.data) < 0)
			result = err_sys(trouble, errno, "write", path.data);
	}
	if (result == 0)
		atomic_fetch_add(&store->put_bytes, dir_object_bytes((uint64_t)st.st_size));
	else
		(void)unlink(aside);
	return result;
}

static int write_object(struct dir_store *store, bool is_entry, const struct sha256 *name,
	const char *data, size_t len, struct err *trouble)
{
	struct buf aside BUF_LOCAL = {0};
	int fd = create_aside(store, &aside, trouble), result = -1;

	if (fd >= 0 && fs_write_all(fd, data, len) < 0) {
		err_sys(trouble, errno, "write", aside.data);
		close(fd);
		(void)unlink(aside.data);
	} else if (fd >= 0) {
		result = publish(store, fd, aside.data, is_entry, name, trouble);
	}
	return result;
}

int dir_store_write_entry(struct dir_store *store, const struct sha256 *name, const char *text,
	size_t len, struct err *trouble)
{
	return write_object(store, true, name, text, len, trouble);
}

bool dir_store_put_bytes(struct dir_store *store, const struct content *content, const char *data,
	struct err *trouble)
{
	return dir_store_has(store, content) ||
	       write_object(store, false, &content->sum, data, (size_t)content->size, trouble) == 0;
}

bool dir_store_put(struct dir_store *store, int fd, struct content *out, struct buf *pieces,
	struct err *trouble)
{
	struct buf aside BUF_LOCAL = {0};
	const struct content_how how = {.pieces = pieces, .stop = store->stop};
	int copy = create_aside(store, &aside, trouble);
	bool is_put = false;

	if (copy < 0)
		goto out;
	enum content_end end = content_copy(fd, copy, &how, out);
	if (end == CONTENT_READ && !dir_store_has(store, out)) {
		is_put = publish(store, copy, aside.data, false, &out->sum, trouble) == 0;
		goto out;
	}
	if (end == CONTENT_UNWRITABLE)
		err_sys(trouble, errno, "write", aside.data);
	is_put = end == CONTENT_READ;
	(void)unlink(aside.data);
	close(copy);
out:
	return is_put;
}
