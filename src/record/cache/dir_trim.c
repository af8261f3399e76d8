/* What a directory holds, and what goes when that is too much. Any number of runs on any number of
 * hosts may trim it while others read and write: each removes what was used longest ago, which is
 * the same for all, and what another one removed counts as removed. Whoever has an object open
 * goes on reading it; whoever comes later has a miss. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "record/cache/dir_store.h"

#define BLOCK 4096u
#define LEFT_NS ((int64_t)24 * 3600 * 1000000000) /* nobody writes one file for longer */
#define USED_MAX \
	((size_t)1 << 20) /* bytes of the file `used`; of a larger one all is counted anew */

uint64_t dir_object_bytes(uint64_t size)
{
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

struct each {
	void (*visit)(void *ctx, const struct dir_object *object);
	void *ctx;
	bool is_entry;
	struct buf path;
};

static int64_t ns_of(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static void see_file(struct each *each, int fd, const char *name)
{
	struct stat st;
	size_t len = each->path.len;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode))
		return;
	buf_fmt(&each->path, "/%s", name);
	int64_t read_ns = ns_of(&st.st_atim), written_ns = ns_of(&st.st_mtim);
	const struct dir_object object = {
		.path = each->path.data,
		.name = each->path.data + len + 1,
		.is_entry = each->is_entry,
		.bytes = dir_object_bytes((uint64_t)st.st_size),
		.used_ns = read_ns > written_ns ? read_ns : written_ns,
	};
	each->visit(each->ctx, &object);
	each->path.len = len;
}

/* All that lies in a directory at that many levels below. One that is not there holds nothing. */
static int see_dir(struct each *each, int parent, const char *name, int levels, struct err *err)
{
	struct dir dir DIR_LOCAL = {0};
	size_t len = each->path.len;
	int result = 0;

	buf_fmt(&each->path, "%s%s", len ? "/" : "", name);
	int fd FD_LOCAL = dir_open(parent, name, O_RDONLY | O_DIRECTORY | (len ? O_NOFOLLOW : 0));
	if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		result = err_sys(err, errno, "open directory", each->path.data);
	if (fd >= 0 && dir_read(fd, &dir) < 0) {
		result = err_sys(err, errno, "read directory", each->path.data);
	} else if (fd >= 0) {
		for (size_t i = 0; i < dir.count && result == 0; i++) {
			if (levels == 0)
				see_file(each, fd, dir.items[i].name);
			else if (dir.items[i].type == 'd')
				result = see_dir(each, fd, dir.items[i].name, levels - 1, err);
		}
	}
	each->path.len = len;
	return result;
}

static int see_part(
	const char *path, const char *part, int levels, struct each *each, struct err *err)
{
	struct buf dir BUF_LOCAL = {0};

	buf_fmt(&dir, "%s/%s", path, part);
	int result = see_dir(each, AT_FDCWD, dir.data, levels, err);
	buf_free(&each->path);
	return result;
}

int dir_store_each(const char *path, void (*visit)(void *ctx, const struct dir_object *object),
	void *ctx, struct err *err)
{
	struct each each = {.visit = visit, .ctx = ctx, .is_entry = true};

	if (see_part(path, "ac", 1, &each, err) < 0)
		return -1;
	each.is_entry = false;
	return see_part(path, "cas", 1, &each, err);
}

struct object {
	char *path;
	uint64_t bytes;
	int64_t used_ns;
};

struct objects {
	struct object *items;
	size_t count, cap;
	uint64_t bytes;
};

static void add_object(void *ctx, const struct dir_object *object)
{
	struct objects *objects = ctx;

	MEM_ROOM(objects->items, objects->count, objects->cap);
	objects->items[objects->count++] =
		(struct object){mem_strdup(object->path), object->bytes, object->used_ns};
	objects->bytes += object->bytes;
}

static int by_use(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	if (x->used_ns != y->used_ns)
		return x->used_ns < y->used_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

static void remove_left(void *ctx, const struct dir_object *object)
{
	const int64_t *now_ns = ctx;

	if (*now_ns - object->used_ns > LEFT_NS)
		(void)unlink(object->path);
}

void dir_store_share(const char *top, int fd, unsigned mask)
{
	struct stat st;

	if (stat(top, &st) < 0)
		return;
	if (geteuid() == 0)
		(void)!fchown(fd, st.st_uid, st.st_gid);
	(void)fchmod(fd, st.st_mode & mask);
}

static void write_used(const char *path, uint64_t bytes)
{
	struct buf file BUF_LOCAL = {0}, text BUF_LOCAL = {0};

	buf_fmt(&file, "%s/used", path);
	buf_fmt(&text, "%" PRIu64 "\n", bytes);
	bool is_new = fs_replace(file.data, text.data, text.len, NULL) == 0;
	/* another user's, in a sticky directory, is written over */
	int fd = open(file.data, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | (is_new ? 0 : O_TRUNC));
	if (fd < 0)
		return;
	if (is_new)
		dir_store_share(path, fd, 0666); /* whoever may put adds to it, too */
	else
		(void)!write(fd, text.data, text.len);
	close(fd);
}

static void remove_oldest(struct objects *objects, uint64_t limit, struct dir_trimmed *out)
{
	qsort(objects->items, objects->count, sizeof *objects->items, by_use);
	for (size_t i = 0; i < objects->count && out->bytes > limit; i++) {
		const struct object *object = &objects->items[i];
		if (unlink(object->path) < 0 && errno != ENOENT)
			continue;
		out->bytes -= object->bytes;
		out->objects--;
		out->removed_bytes += object->bytes;
		out->removed_objects++;
	}
}

int dir_store_trim(const char *path, uint64_t limit, struct dir_trimmed *out, struct err *err)
{
	struct objects objects = {0};
	int64_t now_ns = clock_wall_ns();
	struct each left = {.visit = remove_left, .ctx = &now_ns};
	int result = dir_store_each(path, add_object, &objects, err);

	*out = (struct dir_trimmed){.bytes = objects.bytes, .objects = objects.count};
	if (result == 0) {
		if (objects.bytes > limit)
			remove_oldest(&objects, limit, out);
		(void)see_part(path, "tmp", 0, &left, NULL);
		write_used(path, out->bytes);
	}
	for (size_t i = 0; i < objects.count; i++)
		free(objects.items[i].path);
	free(objects.items);
	return result;
}

/* The sum of the lines; false: unknown, or it is long ago that all was counted. */
static bool add_up(const char *file, uint64_t *sum)
{
	struct buf text BUF_LOCAL = {0};
	bool is_known = fs_read(file, USED_MAX, &text, NULL) == 0 && text.len;

	*sum = 0;
	for (char *at = text.data, *end; is_known && at && *at; at = end) {
		uint64_t bytes = strtoull(at, &end, 10);
		is_known = end > at && *end == '\n' && *sum + bytes >= *sum;
		*sum += bytes;
		end += is_known;
	}
	return is_known;
}

void dir_store_count(const char *path, uint64_t put_bytes, uint64_t max_size)
{
	struct dir_trimmed trimmed;
	struct buf file BUF_LOCAL = {0}, line BUF_LOCAL = {0};
	uint64_t sum;

	buf_fmt(&file, "%s/used", path);
	buf_fmt(&line, "%" PRIu64 "\n", put_bytes);
	int fd FD_LOCAL = open(file.data, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	/* One that is not there is made by counting. Appended in one piece: others do so, too. */
	if (fd >= 0)
		(void)!write(fd, line.data, line.len);
	/* with room for what comes next: counting all takes longer than a run without work */
	if (fd < 0 || !add_up(file.data, &sum) || sum > max_size)
		(void)dir_store_trim(path, max_size - max_size / 10, &trimmed, NULL);
}
