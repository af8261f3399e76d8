/* Digests of directories.
 *
 * digest_tree: for each entry, sorted by bytes within its directory, a directory before its
 * content:
 *	the path from the root (length, bytes), the kind (one byte), and
 *	'f' the digest of the content
 *	'l' the link's text (length, bytes), then 1 and the digest of the content if it leads to a
 *	    regular file, else 0
 *	'd' its entries, then '.' once it was read to its end
 *	'o' nothing (FIFO, socket, device)
 * Modes, owners and times do not count. What vanishes meanwhile leaves its name and kind, and so a
 * digest that the directory will not have again. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/tree.h"

struct tree_digest {
	const char *root;
	struct hasher *hasher;
	uint64_t size;
	int64_t newest_ns;
	struct err *err;
};

static int fail(struct tree_digest *tree, int errnum, const char *what, const char *rel)
{
	struct buf path = BUF_SOFT;

	buf_fmt(&path, "%s/%s", tree->root, rel);
	err_sys(tree->err, errnum, what, buf_text(&path));
	buf_free(&path);
	return -1;
}

static bool is_gone(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

/* The content of a regular file: 1, 0 if it is none (any more), -1 with errno. */
static int add_content(
	struct tree_digest *tree, int at, const char *name, int flags, uint64_t *size)
{
	struct digest digest;
	struct stat st;
	int fd = dir_open(at, name, O_RDONLY | flags), result = 0;

	if (fd < 0)
		return is_gone(errno) ? 0 : -1;
	if (fstat(fd, &st) < 0) {
		result = -1;
	} else if (S_ISREG(st.st_mode)) {
		result = digest_fd(fd, &digest, size);
		if (result == 0) {
			hasher_add(tree->hasher, &digest, sizeof digest);
			result = 1;
		}
	}
	dir_close(fd);
	return result;
}

static int add_link(struct tree_digest *tree, const struct tree_entry *entry)
{
	char target[4096 + 1]; /* Linux links hold less than 4096 bytes */
	struct stat st;
	uint64_t size;
	ssize_t n = readlinkat(entry->parent, entry->name, target, sizeof target - 1);

	if (n < 0) /* EINVAL: it is no link any more */
		return is_gone(errno) || errno == EINVAL ? 0 : -1;
	target[n] = '\0';
	hasher_add_str(tree->hasher, target);
	/* where it leads cannot always be asked; then its text is all there is */
	bool has_content = fstatat(entry->parent, entry->name, &st, 0) == 0 && S_ISREG(st.st_mode);
	hasher_add(tree->hasher, has_content ? "\1" : "\0", 1);
	if (!has_content)
		return 0;
	return add_content(tree, entry->parent, entry->name, 0, &size);
}

static int content_enter(void *ctx, const struct tree_entry *entry)
{
	struct tree_digest *tree = ctx;
	uint64_t size = 0;
	int result = 0;

	hasher_add_str(tree->hasher, entry->rel);
	hasher_add(tree->hasher, &entry->type, 1);
	if (entry->type == 'f')
		result = add_content(tree, entry->parent, entry->name, O_NOFOLLOW, &size);
	else if (entry->type == 'l')
		result = add_link(tree, entry);
	tree->size += size;
	return result < 0 ? fail(tree, errno, "read", entry->rel) : 0;
}

static int content_leave(void *ctx, const struct tree_entry *entry)
{
	struct tree_digest *tree = ctx;

	(void)entry;
	hasher_add(tree->hasher, ".", 1);
	return 0;
}

int digest_tree(const char *path, struct digest *out, uint64_t *size, struct err *err)
{
	const struct tree_visitor visitor = {.enter = content_enter, .leave = content_leave};
	struct tree_digest tree = {.root = path, .hasher = hasher_try_new(), .err = err};
	int result;

	if (!tree.hasher)
		return err_sys(err, ENOMEM, "hash", path);
	result = tree_walk(path, &visitor, &tree, err);
	*out = hasher_done(tree.hasher);
	*size = tree.size;
	hasher_free(tree.hasher);
	return result;
}

static int64_t ns_of(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static void add_stat(struct tree_digest *tree, const struct stat *st)
{
	int64_t mtime = ns_of(&st->st_mtim), ctime = ns_of(&st->st_ctim);
	int64_t newest = mtime > ctime ? mtime : ctime;

	if (newest > tree->newest_ns)
		tree->newest_ns = newest;
	hasher_add_u64(tree->hasher, st->st_mode & S_IFMT);
	hasher_add_u64(tree->hasher, (uint64_t)st->st_size);
	hasher_add_u64(tree->hasher, (uint64_t)mtime);
	hasher_add_u64(tree->hasher, (uint64_t)ctime);
	hasher_add_u64(tree->hasher, st->st_ino);
}

static int stat_enter(void *ctx, const struct tree_entry *entry)
{
	struct tree_digest *tree = ctx;
	struct stat st;

	hasher_add_str(tree->hasher, entry->rel);
	hasher_add(tree->hasher, &entry->type, 1);
	if (fstatat(entry->parent, entry->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		add_stat(tree, &st);
	else if (!is_gone(errno))
		return fail(tree, errno, "stat", entry->rel);
	/* digest_tree reads what a link leads to */
	if (entry->type == 'l' && fstatat(entry->parent, entry->name, &st, 0) == 0)
		add_stat(tree, &st);
	return 0;
}

int digest_tree_stat(const char *path, struct digest *out, int64_t *newest_ns, struct err *err)
{
	const struct tree_visitor visitor = {.enter = stat_enter, .leave = content_leave};
	struct tree_digest tree = {
		.root = path,
		.hasher = hasher_try_new(),
		.newest_ns = INT64_MIN,
		.err = err,
	};
	struct stat st;
	int result = -1;

	if (!tree.hasher)
		return err_sys(err, ENOMEM, "hash", path);
	if (stat(path, &st) < 0) {
		err_sys(err, errno, "stat", path);
	} else {
		add_stat(&tree, &st);
		result = tree_walk(path, &visitor, &tree, err);
	}
	*out = hasher_done(tree.hasher);
	*newest_ns = tree.newest_ns;
	hasher_free(tree.hasher);
	return result;
}
