#include "record/stamp/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/listing.h"
#include "base/mem.h"

#define SIZE_LIMIT ((size_t)1 << 30)

/* The digits of a digest, as its text has them. */
static void name_of(const struct digest *sum, char name[DIGEST_TEXT_SIZE])
{
	char text[DIGEST_TEXT_SIZE];

	digest_format(sum, text);
	snprintf(name, DIGEST_TEXT_SIZE, "%s", strchr(text, ':') + 1);
}

static bool digest_of(const char *name, struct digest *out)
{
	char text[DIGEST_TEXT_SIZE];

	if (snprintf(text, sizeof text, "xxh3-128:%s", name) != sizeof text - 1)
		return false;
	return digest_parse(text, out);
}

static int open_dir(int state_fd)
{
	return dir_open(state_fd, TREES_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/* Aside and renamed. Two threads may write one digest: each has its own name aside. */
static bool write_at(int dir, const char *name, const struct buf *bytes)
{
	char aside[DIGEST_TEXT_SIZE + 64];

	snprintf(aside, sizeof aside, ".%s.%d.%ld", name, (int)getpid(), (long)gettid());
	int fd = openat(dir, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return false;
	bool is_whole = fs_write_all(fd, bytes->data, bytes->len) == 0;
	is_whole &= close(fd) == 0;
	if (is_whole && renameat(dir, aside, dir, name) == 0)
		return true;
	unlinkat(dir, aside, 0);
	return false;
}

bool trees_keep(int state_fd, const struct digest *sum, const struct listing *listing)
{
	char name[DIGEST_TEXT_SIZE];
	struct buf bytes BUF_LOCAL = BUF_SOFT;

	if (state_fd < 0)
		return false;
	int dir FD_LOCAL = open_dir(state_fd);
	if (dir < 0 && errno == ENOENT && mkdirat(state_fd, TREES_DIR, 0777) == 0)
		dir = open_dir(state_fd);
	if (dir < 0)
		return false;
	name_of(sum, name);
	bool is_there = faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (is_there && !(listing->is_timed && listing->has_read))
		return true;
	listing_pack(listing, &bytes);
	return (!bytes.failed && write_at(dir, name, &bytes)) || is_there;
}

bool trees_find(const char *dir, const struct digest *sum, struct listing *out)
{
	char name[DIGEST_TEXT_SIZE];
	struct buf path BUF_LOCAL = BUF_SOFT, bytes BUF_LOCAL = BUF_SOFT;
	struct digest is;

	name_of(sum, name);
	buf_fmt(&path, "%s/%s", dir, name);
	bool is_found = fs_read(buf_text(&path), SIZE_LIMIT, &bytes, NULL) == 0 && bytes.len &&
			listing_unpack(out, bytes.data, bytes.len);
	if (!is_found || (listing_digest(out, false, &is) == 0 && digest_eq(&is, sum)))
		return is_found;
	listing_free(out);
	return false;
}

struct telling {
	const struct listing *was, *now;
	struct buf *out;
	size_t count;
	bool is_of_dirs; /* only they are compared, else all but them */
};

static void tell(struct telling *telling, const char *path, const char *what)
{
	if (telling->count++ == 0)
		buf_fmt(telling->out, "%s%s", path, what);
}

static bool same_text(const struct telling *telling, size_t was, size_t now)
{
	return strcmp(listing_text(telling->was, was), listing_text(telling->now, now)) == 0;
}

static void tell_changed(
	struct telling *telling, const struct listing_item *was, const struct listing_item *now)
{
	const char *path = listing_text(telling->now, now->rel);

	if (was->type != now->type || was->has_sum != now->has_sum ||
		was->leads_to != now->leads_to || !same_text(telling, was->target, now->target) ||
		(now->has_sum && !digest_eq(&was->sum, &now->sum)))
		tell(telling, path, "");
	else if (was->is_executable != now->is_executable)
		tell(telling, path, " has another executable bit");
}

/* The next one that is compared, from *at on. */
static const struct listing_item *next(
	const struct telling *telling, const struct listing *listing, size_t *at)
{
	for (; *at < listing->count; ++*at) {
		const struct listing_item *item = &listing->items[*at];
		if (item->type != '.' && (item->type == 'd') == telling->is_of_dirs)
			return item;
	}
	return NULL;
}

static void tell_all(struct telling *telling)
{
	size_t i = 0, k = 0;

	for (;;) {
		const struct listing_item *was = next(telling, telling->was, &i);
		const struct listing_item *now = next(telling, telling->now, &k);
		if (!was && !now)
			return;
		const char *old = was ? listing_text(telling->was, was->rel) : NULL;
		const char *new = now ? listing_text(telling->now, now->rel) : NULL;
		int order = !was ? 1 : !now ? -1 : listing_order(old, new);
		if (order < 0)
			tell(telling, old, " is gone");
		else if (order > 0)
			tell(telling, new, " is new");
		else
			tell_changed(telling, was, now);
		i += order <= 0;
		k += order >= 0;
	}
}

void trees_tell(const struct listing *was, const struct listing *now, struct buf *out)
{
	struct telling telling = {.was = was, .now = now, .out = out};

	/* A new directory is told by the files in it, unless it has none. */
	tell_all(&telling);
	telling.is_of_dirs = true;
	if (telling.count == 0)
		tell_all(&telling);
	if (telling.count > 1)
		buf_fmt(out, " (+%zu more)", telling.count - 1);
}

static int compare_sums(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

void trees_open(struct trees *trees, int state_fd)
{
	struct dir dir DIR_LOCAL = {0};

	*trees = (struct trees){.fd = open_dir(state_fd)};
	if (trees->fd < 0 || dir_read(trees->fd, &dir) < 0)
		return;
	trees->sums = mem_alloc((dir.count + 1) * sizeof *trees->sums);
	trees->is_needed = mem_alloc(dir.count + 1);
	for (size_t i = 0; i < dir.count; i++) {
		if (dir.items[i].name[0] == '.')
			unlinkat(trees->fd, dir.items[i].name, 0);
		else if (digest_of(dir.items[i].name, &trees->sums[trees->count]))
			trees->count++;
	}
	qsort(trees->sums, trees->count, sizeof *trees->sums, compare_sums);
}

void trees_need(struct trees *trees, const struct digest *sum)
{
	const struct digest *found = trees->count ? bsearch(sum, trees->sums, trees->count,
							    sizeof *trees->sums, compare_sums)
						  : NULL;

	if (!found || trees->is_needed[found - trees->sums])
		return;
	trees->is_needed[found - trees->sums] = true;
	trees->needed++;
}

void trees_remove_others(struct trees *trees)
{
	char name[DIGEST_TEXT_SIZE];

	for (size_t i = 0; i < trees->count; i++) {
		name_of(&trees->sums[i], name);
		if (!trees->is_needed[i])
			unlinkat(trees->fd, name, 0);
	}
}

void trees_close(struct trees *trees)
{
	dir_close(trees->fd);
	free(trees->sums);
	free(trees->is_needed);
}
