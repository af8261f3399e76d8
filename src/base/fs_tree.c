/* The part of fs.h that deals with directories. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/tree.h"

struct removal {
	const char *root;
	struct err err; /* of the first thing that could not be removed */
};

static void remove_one(struct removal *removal, const struct tree_entry *entry, int flags)
{
	struct buf path BUF_LOCAL = BUF_SOFT;

	if (unlinkat(entry->parent, entry->name, flags) == 0 || errno == ENOENT)
		return;
	int errnum = errno;
	buf_fmt(&path, "%s/%s", removal->root, entry->rel);
	err_sys(&removal->err, errnum, "remove", buf_text(&path));
}

static int remove_file(void *ctx, const struct tree_entry *entry)
{
	if (entry->type != 'd')
		remove_one(ctx, entry, 0);
	return 0;
}

static int remove_dir(void *ctx, const struct tree_entry *entry)
{
	remove_one(ctx, entry, AT_REMOVEDIR);
	return 0;
}

/* Did it fail because someone is still at work in the tree? */
static bool is_passing(int errnum)
{
	return errnum == ENOTEMPTY || errnum == EEXIST || errnum == EISDIR || errnum == ENOTDIR ||
	       errnum == ELOOP;
}

/* One attempt. -1 with err filled; 0 also if someone else was faster. */
static int remove_once(const char *path, struct err *err)
{
	const struct tree_visitor visitor = {
		.enter = remove_file,
		.leave = remove_dir,
		.will_remove = true,
	};
	struct removal removal = {.root = path};

	if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
		return 0;
	int errnum = errno;
	if (errnum != EISDIR && errnum != EPERM) /* POSIX says EPERM for a directory */
		return err_sys(err, errnum, "remove", path);
	tree_walk(path, &visitor, &removal, &removal.err);
	if (rmdir(path) == 0 || errno == ENOENT)
		return 0;
	/* a file that may not be removed is no directory; else the deepest trouble says most */
	err_sys(&removal.err, errno == ENOTDIR ? errnum : errno, "remove", path);
	if (err && err->code == EXIT_OK)
		*err = removal.err;
	return -1;
}

int fs_remove_tree(const char *path, struct err *err)
{
	struct err last = {0};

	for (int attempt = 0; attempt < 5; attempt++) {
		err_clear(&last);
		if (remove_once(path, &last) == 0)
			return 0;
		if (!is_passing(last.sys))
			break;
	}
	if (err && err->code == EXIT_OK)
		*err = last;
	return -1;
}

struct plain_walk {
	fs_visit *visit;
	void *ctx;
};

static int call_visit(void *ctx, const struct tree_entry *entry)
{
	struct plain_walk *walk = ctx;

	return walk->visit(walk->ctx, entry->rel, entry->type);
}

int fs_walk(const char *dir, fs_visit *visit, void *ctx, struct err *err)
{
	const struct tree_visitor visitor = {.enter = call_visit};
	struct plain_walk walk = {visit, ctx};

	return tree_walk(dir, &visitor, &walk, err);
}

int fs_list(struct arena *arena, const char *dir, char ***names, size_t *count, struct err *err)
{
	struct dir entries DIR_LOCAL = {0};

	*names = NULL;
	*count = 0;
	if (dir_read_path(dir, &entries) < 0)
		return err_sys(err, errno, "open directory", dir);
	*names = arena_alloc(arena, entries.count * sizeof **names);
	for (size_t i = 0; i < entries.count; i++)
		(*names)[i] = arena_strdup(arena, entries.items[i].name);
	*count = entries.count;
	return 0;
}
