/* Digests of directories: of what stat says here, of their content in listing.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/exclude.h"
#include "base/fs.h"
#include "base/listing.h"
#include "base/tree.h"

int digest_tree(const char *path, struct digest *out, uint64_t *size, struct err *err)
{
	struct listing listing;
	int result;

	if (listing_read(&listing, path, &(struct listing_how){0}, err) < 0)
		return -1;
	result = listing_digest(&listing, false, out);
	*size = listing.bytes;
	listing_free(&listing);
	return result < 0 ? err_sys(err, ENOMEM, "hash", path) : 0;
}

struct tree_digest {
	const char *root;
	const char *exclude;
	tree_see *see;
	void *ctx;
	struct hasher *hasher;
	int64_t newest_ns;
	struct err *err;
};

static int64_t ns_of(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/* Of a directory in which something may be left out its times tell nothing: that it was put there
 * or removed shows in them. Of what counts the names tell. */
static void add_stat(struct tree_digest *tree, const struct stat *st)
{
	int64_t mtime = ns_of(&st->st_mtim), ctime = ns_of(&st->st_ctim);
	int64_t newest = mtime > ctime ? mtime : ctime;

	if (tree->exclude && S_ISDIR(st->st_mode)) {
		hasher_add_u64(tree->hasher, st->st_ino);
		return;
	}
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

	if (exclude_has(tree->exclude, entry->name))
		return TREE_SKIP;
	if (tree->see && (entry->type == 'd' || entry->type == 'l'))
		tree->see(tree->ctx, entry->parent, entry->name, entry->type);
	hasher_add_str(tree->hasher, entry->rel);
	hasher_add(tree->hasher, &entry->type, 1);
	if (fs_stat_at(entry->parent, entry->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		add_stat(tree, &st);
	else if (!tree_is_gone(errno))
		return tree_fail(tree->root, entry->rel, errno, "stat", tree->err);
	/* what a link leads to is read */
	if (entry->type != 'l' || fs_stat_at(entry->parent, entry->name, &st, 0) < 0)
		return 0;
	add_stat(tree, &st);
	return S_ISDIR(st.st_mode) ? TREE_FOLLOW : 0;
}

static int stat_leave(void *ctx, const struct tree_entry *entry)
{
	struct tree_digest *tree = ctx;

	(void)entry;
	hasher_add(tree->hasher, ".", 1);
	return 0;
}

int digest_tree_stat(const char *path, const char *exclude, tree_see *see, void *ctx,
	struct digest *out, int64_t *newest_ns, struct err *err)
{
	const struct tree_visitor visitor = {.enter = stat_enter, .leave = stat_leave};
	struct tree_digest tree = {
		.root = path,
		.exclude = exclude,
		.see = see,
		.ctx = ctx,
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
