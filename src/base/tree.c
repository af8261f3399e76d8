#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"

/* Levels that keep their descriptor. Those further up are opened again through "..", and must then
 * be the directory that they were: someone may have moved the lower one elsewhere. */
#define OPEN_LEVELS 32

struct level {
	struct dir dir;
	size_t next;    /* entry to visit */
	size_t rel_len; /* of the path to this directory */
	int fd;         /* -1: closed for now */
	bool is_linked; /* entered by a link: ".." leads elsewhere */
	dev_t dev;
	ino_t ino;
};

struct walk {
	const char *root;
	const struct tree_visitor *visitor;
	void *ctx;
	struct err *err;
	struct level *levels;
	size_t depth, cap;
	struct buf rel;
};

int tree_fail(const char *root, const char *rel, int errnum, const char *what, struct err *err)
{
	struct buf path BUF_LOCAL = BUF_SOFT;

	buf_fmt(&path, "%s%s%s", root, *rel ? "/" : "", rel);
	err_sys(err, errnum, what, buf_text(&path));
	return -1;
}

bool tree_is_gone(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

static int fail(const struct walk *walk, int errnum, const char *what)
{
	return tree_fail(walk->root, buf_text(&walk->rel), errnum, what, walk->err);
}

/* chmod of a directory that cannot be opened, but never of what a link in its place leads to. */
static void unlock(int at, const char *name)
{
	char self[64];
	struct stat st;
	int fd FD_LOCAL = dir_open(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);

	if (fd < 0)
		return;
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		(void)chmod(self, (st.st_mode & 07777) | S_IRWXU); /* the next open tells */
}

static int open_directory(struct walk *walk, int at, const char *name, bool follows)
{
	int flags = O_RDONLY | O_DIRECTORY;
	bool will_remove = walk->visitor->will_remove;

	if (!follows || will_remove)
		flags |= O_NOFOLLOW;
	int fd = dir_open(at, name, flags);
	if (fd < 0 && errno == EACCES && will_remove) {
		unlock(at, name);
		fd = dir_open(at, name, flags);
	}
	return fd;
}

/* A link that leads to a directory in which it lies. */
static bool is_circle(const struct walk *walk, const struct stat *st)
{
	for (size_t i = 0; i < walk->depth; i++) {
		if (walk->levels[i].dev == st->st_dev && walk->levels[i].ino == st->st_ino)
			return true;
	}
	return false;
}

static int fail_circle(struct walk *walk)
{
	if (!walk->err)
		return -1;
	err_set(walk->err, EXIT_USAGE,
		"'%s/%s' is a link that leads back to a directory in which it lies: remove it, or leave it out",
		walk->root, buf_text(&walk->rel));
	walk->err->sys = ELOOP;
	return -1;
}

/* Enters a directory: 0, 1 if it is none any more, -1 with err filled. */
static int push(struct walk *walk, int at, const char *name, bool is_linked)
{
	struct stat st;
	bool is_root = walk->depth == 0;
	int fd = open_directory(walk, at, name, is_root || is_linked);

	if (fd < 0) {
		return tree_is_gone(errno) && !is_root ? 1 : fail(walk, errno, "open directory");
	}
	if (walk->depth == walk->cap) {
		size_t cap = walk->cap ? walk->cap * 2 : 8;
		struct level *levels = realloc(walk->levels, cap * sizeof *levels);
		if (!levels) {
			close(fd);
			return fail(walk, ENOMEM, "walk");
		}
		walk->levels = levels;
		walk->cap = cap;
	}
	struct level *level = &walk->levels[walk->depth];
	*level = (struct level){.fd = fd, .rel_len = walk->rel.len, .is_linked = is_linked};
	bool has_stat = fstat(fd, &st) == 0;
	if (has_stat && is_linked && is_circle(walk, &st)) {
		close(fd);
		return fail_circle(walk);
	}
	if (!has_stat || dir_read(fd, &level->dir) < 0) {
		dir_close(fd);
		return fail(walk, errno, "read directory");
	}
	level->dev = st.st_dev;
	level->ino = st.st_ino;
	if (walk->visitor->will_remove && (st.st_mode & S_IRWXU) != S_IRWXU)
		(void)fchmod(fd, (st.st_mode & 07777) | S_IRWXU); /* removing tells */
	walk->depth++;
	if (walk->depth > OPEN_LEVELS) {
		struct level *far = &walk->levels[walk->depth - 1 - OPEN_LEVELS];
		if (!far[1].is_linked) {
			close(far->fd);
			far->fd = -1;
		}
	}
	return 0;
}

/* Opens the level above again, from below. */
static int reopen(struct walk *walk, struct level *above, const struct level *below)
{
	struct stat st;

	above->fd = dir_open(below->fd, "..", O_RDONLY | O_DIRECTORY);
	if (above->fd < 0 || fstat(above->fd, &st) < 0)
		return fail(walk, errno, "go back up from");
	if (st.st_dev != above->dev || st.st_ino != above->ino)
		return fail(walk, ESTALE, "go back up from"); /* moved meanwhile */
	return 0;
}

/* Leaves the lowest directory. */
static int pop(struct walk *walk)
{
	struct level *level = &walk->levels[walk->depth - 1];
	int result = 0;

	if (walk->depth > 1) {
		struct level *above = level - 1;
		if (above->fd < 0)
			result = reopen(walk, above, level);
		if (result == 0 && walk->visitor->leave) {
			struct tree_entry entry = {
				.parent = above->fd,
				.name = above->dir.items[above->next - 1].name,
				.rel = buf_text(&walk->rel),
				.type = level->is_linked ? 'l' : 'd',
			};
			result = walk->visitor->leave(walk->ctx, &entry);
		}
		walk->rel.len = above->rel_len;
		walk->rel.data[walk->rel.len] = '\0';
	}
	dir_free(&level->dir);
	if (level->fd >= 0)
		close(level->fd);
	walk->depth--;
	return result;
}

/* Visits the next entry of the lowest directory. */
static int step(struct walk *walk)
{
	struct level *level = &walk->levels[walk->depth - 1];
	const struct dir_entry *item = &level->dir.items[level->next++];
	struct buf *rel = &walk->rel;

	if (item->type == 0)
		return 0;
	if (rel->len > 0)
		buf_char(rel, '/');
	buf_str(rel, item->name);
	if (rel->failed)
		return fail(walk, ENOMEM, "walk");
	struct tree_entry entry = {
		.parent = level->fd,
		.name = item->name,
		.rel = rel->data,
		.type = item->type,
	};
	int result = walk->visitor->enter(walk->ctx, &entry);
	if (result == TREE_SKIP)
		result = 0;
	else if (result == TREE_FOLLOW || (result == 0 && item->type == 'd')) {
		result = push(walk, level->fd, item->name, result == TREE_FOLLOW);
		if (result == 0)
			return 0; /* rel leads into it until it is left */
		if (result == 1)
			result = 0;
	}
	/* push may have moved the levels */
	rel->len = walk->levels[walk->depth - 1].rel_len;
	rel->data[rel->len] = '\0';
	return result;
}

int tree_walk(const char *root, const struct tree_visitor *visitor, void *ctx, struct err *err)
{
	struct walk walk = {
		.root = root,
		.visitor = visitor,
		.ctx = ctx,
		.err = err,
		.rel = BUF_SOFT,
	};
	int result = push(&walk, AT_FDCWD, root, false);

	while (result == 0 && walk.depth > 0) {
		const struct level *level = &walk.levels[walk.depth - 1];
		result = level->next < level->dir.count ? step(&walk) : pop(&walk);
	}
	while (walk.depth > 0) {
		struct level *level = &walk.levels[--walk.depth];
		dir_free(&level->dir);
		if (level->fd >= 0)
			close(level->fd);
	}
	free(walk.levels);
	buf_free(&walk.rel);
	return result;
}
