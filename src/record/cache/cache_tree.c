/* Outputs: files, links, and directories with all that is in them, as an entry lists them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/listing_content.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/process.h"
#include "base/tree.h"
#include "record/cache/cache_part.h"
#include "record/cache/entry_check.h"

/* Of what is together less one thread takes all files: each has to be hashed. */
#define SHARE_BYTES ((uint64_t)64 << 20)
#define SHARE_THREADS 8u

struct file_to_take {
	const struct content *content;
	const char *to;
	bool is_executable;
};

struct taking {
	struct cache *cache;
	struct arena arena;
	int64_t until_ns;
	struct err *err;
	struct file_to_take *files; /* once all directories are there */
	uint32_t count, cap;
	uint64_t bytes;
	atomic_uint next;
	atomic_int result; /* enum cache_result: of the first that is no CACHE_TAKEN */
};

static enum cache_result fail(const struct taking *taking, const char *what, const char *path)
{
	err_sys(taking->err, errno, what, path);
	return CACHE_FAILED;
}

static enum cache_result take_list(struct taking *taking, const struct entry_output *outputs,
	uint32_t count, const char *dir, const char *types);

static enum cache_result take_tree(
	struct taking *taking, const struct content *content, const char *to)
{
	enum cache_result result;
	struct entry_output *outputs;
	struct buf text BUF_LOCAL = {0};
	uint32_t count;

	result = cache_take_bytes(taking->cache, content, ENTRY_TREE_MAX, taking->until_ns, &text);
	if (result == CACHE_TAKEN && entry_parse_tree(&taking->arena, buf_text(&text), text.len,
					     &outputs, &count, NULL) < 0)
		result = CACHE_MISS;
	if (result != CACHE_TAKEN)
		return result;
	/* a new one: what is there already is nobody's output */
	if (mkdir(to, 0777) < 0)
		return fail(taking, "create directory", to);
	return take_list(taking, outputs, count, to, "fdl");
}

static enum cache_result take_output(
	struct taking *taking, const struct entry_output *output, const char *to)
{
	switch (output->type) {
	case 'd':
		return fs_mkdirs(to, taking->err) < 0 ? CACHE_FAILED : CACHE_TAKEN;
	case 't':
		return take_tree(taking, &output->content, to);
	case 'l':
		return symlink(output->target, to) < 0 ? fail(taking, "create link", to)
						       : CACHE_TAKEN;
	default:
		MEM_PUSH(taking->files, taking->count, taking->cap,
			(struct file_to_take){&output->content, to, output->is_executable});
		taking->bytes += output->content.size;
		return CACHE_TAKEN;
	}
}

/* Those of these types. None of the paths lies below a link or a file of the list, so none is led
 * elsewhere. */
static enum cache_result take_list(struct taking *taking, const struct entry_output *outputs,
	uint32_t count, const char *dir, const char *types)
{
	enum cache_result result = CACHE_TAKEN;

	for (uint32_t i = 0; i < count && result == CACHE_TAKEN; i++) {
		if (!strchr(types, outputs[i].type))
			continue;
		const char *to = path_join(&taking->arena, dir, outputs[i].path);
		if (strchr(outputs[i].path, '/') &&
			fs_mkdirs(path_dir(&taking->arena, to), taking->err) < 0)
			return CACHE_FAILED;
		result = take_output(taking, &outputs[i], to);
	}
	return result;
}

/* A thread: one file after another. */
static void *take_files(void *ctx)
{
	struct taking *taking = ctx;

	while (atomic_load(&taking->result) == CACHE_TAKEN) {
		uint32_t at = atomic_fetch_add(&taking->next, 1);
		if (at >= taking->count)
			break;
		const struct file_to_take *file = &taking->files[at];
		struct err err = {0};
		int expected = CACHE_TAKEN;
		int result = (int)cache_take_file(taking->cache, file->content, file->to,
			file->is_executable, taking->until_ns, &err);
		if (result != CACHE_TAKEN &&
			atomic_compare_exchange_strong(&taking->result, &expected, result))
			*taking->err = err;
	}
	return NULL;
}

static enum cache_result take_all_files(struct taking *taking)
{
	pthread_t threads[SHARE_THREADS];
	unsigned wanted = taking->bytes < SHARE_BYTES ? 1 : process_processors(), started = 0;

	if (wanted > taking->count)
		wanted = taking->count;
	/* this thread is one of them */
	while (started + 1 < wanted && started < SHARE_THREADS &&
		pthread_create(&threads[started], NULL, take_files, taking) == 0)
		started++;
	take_files(taking);
	while (started > 0)
		pthread_join(threads[--started], NULL);
	return (enum cache_result)atomic_load(&taking->result);
}

enum cache_result cache_take_outputs(struct cache *cache, const struct entry_variant *variant,
	const char *dir, int64_t until_ns, struct err *err)
{
	/* Files come first: a large one that a server spoilt is seen, and so put anew, also where
	 * the tree of a directory is. */
	static const char *const types[] = {"fl", "t"};
	struct taking taking = {
		.cache = cache, .until_ns = until_ns, .err = err, .result = CACHE_TAKEN};
	enum cache_result result = CACHE_TAKEN;

	for (size_t i = 0; i < sizeof types / sizeof *types && result == CACHE_TAKEN; i++) {
		result = take_list(&taking, variant->outputs, variant->output_count, dir, types[i]);
		if (result == CACHE_TAKEN)
			result = take_all_files(&taking);
		taking.next = 0;
		taking.count = 0;
		taking.bytes = 0;
	}
	free(taking.files);
	arena_free(&taking.arena);
	return result;
}

struct putting {
	struct cache *cache;
	struct arena *arena;
	struct entry_output *items;
	uint32_t count, cap;
	unsigned places; /* that have all of it so far */
	bool tells_sums; /* of files in a tree */
};

static unsigned put_file(
	struct putting *putting, int parent, const char *name, struct entry_output *out)
{
	unsigned places = 0;
	struct stat st;
	int fd FD_LOCAL = dir_open(parent, name, O_RDONLY | O_NOFOLLOW);

	/* Nobody gets a file that acts as its owner out of a cache. */
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		!(st.st_mode & (S_ISUID | S_ISGID)) &&
		(places = cache_put_fd(putting->cache, fd, &out->content))) {
		out->type = 'f';
		out->is_executable = st.st_mode & S_IXUSR;
	}
	return places;
}

/* Its text stands in the entry, wherever that goes. */
static unsigned put_link(
	struct putting *putting, int parent, const char *name, struct entry_output *out)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(parent, name, target, sizeof target);

	if (len <= 0 || (size_t)len >= sizeof target)
		return 0;
	out->type = 'l';
	out->target = arena_strndup(putting->arena, target, (size_t)len);
	return entry_link_fits(out->path, out->target) ? CACHE_EVERYWHERE : 0;
}

static int put_entry(void *ctx, const struct tree_entry *entry)
{
	struct putting *putting = ctx;
	struct entry_output *out;

	if (!entry_path_fits(entry->rel) || putting->count >= ENTRY_ITEMS_MAX)
		return 1;
	MEM_ROOM(putting->items, putting->count, putting->cap);
	out = &putting->items[putting->count++];
	*out = (struct entry_output){.path = arena_strdup(putting->arena, entry->rel)};
	if (entry->type == 'd')
		out->type = 'd';
	else if (entry->type == 'f')
		putting->places &= put_file(putting, entry->parent, entry->name, out);
	else if (entry->type == 'l')
		putting->places &= put_link(putting, entry->parent, entry->name, out);
	else
		putting->places = 0;
	return putting->places ? 0 : 1;
}

static bool is_item(const struct listing *list, const struct listing_contents *contents, size_t at,
	const struct entry_output *put)
{
	const struct listing_item *item = &list->items[at];

	if (item->type != put->type || strcmp(listing_text(list, item->rel), put->path) != 0)
		return false;
	if (item->type == 'l')
		return strcmp(listing_text(list, item->target), put->target) == 0;
	return item->type == 'd' || (item->has_sum && item->is_executable == put->is_executable &&
					    content_eq(&contents->items[at], &put->content));
}

static bool is_all_put(struct putting *putting, const struct listing *list,
	const struct listing_contents *contents)
{
	uint32_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].type == '.' || list->items[i].is_linked)
			continue;
		struct entry_output *put = &putting->items[count];
		if (count++ == putting->count || !is_item(list, contents, i, put))
			return false;
		if (putting->tells_sums && put->type == 'f')
			put->sum = list->items[i].sum;
	}
	return count == putting->count;
}

/* Is what was put what lies there, and that what was made? It is read once more: what went, or was
 * made anew, while it was put leaves a mixture. */
static bool is_as_made(struct putting *putting, const char *path, const struct content *made)
{
	struct listing_contents contents;
	const struct listing_how how = {.reader = &contents.reader};
	struct listing list = {0};
	struct err ignored = {0};
	bool is_same = false;

	listing_contents_begin(&contents);
	if (listing_read(&list, path, &how, &ignored) == 0) {
		struct content now = listing_content(&list, &contents);
		is_same = content_eq(&now, made) && is_all_put(putting, &list, &contents);
		listing_free(&list);
	}
	listing_contents_end(&contents);
	return is_same;
}

static unsigned put_tree(struct putting *putting, const char *path, const struct content *made,
	struct entry_output *out)
{
	const struct tree_visitor visitor = {.enter = put_entry};
	struct buf text BUF_LOCAL = {0};
	unsigned places = 0;

	if (tree_walk(path, &visitor, putting, NULL) == 0 &&
		(!made || is_as_made(putting, path, made))) {
		entry_write_tree(putting->items, putting->count, &text);
		if (text.len <= ENTRY_TREE_MAX)
			places = putting->places & cache_put_bytes(putting->cache, text.data,
							   text.len, &out->content);
	}
	out->type = 't';
	free(putting->items);
	return places;
}

unsigned cache_put_output(struct cache *cache, struct arena *arena, const char *dir,
	const char *path, const struct cache_made *made, struct entry_output *out)
{
	struct putting putting = {.cache = cache,
		.arena = arena,
		.places = CACHE_EVERYWHERE,
		.tells_sums = made && !digest_is_zero(&made->sum)};
	const char *at = path_join(arena, dir, path);
	struct stat st;

	*out = (struct entry_output){.path = arena_strdup(arena, path)};
	if (!entry_path_fits(path) || lstat(at, &st) < 0)
		return 0;
	if (S_ISLNK(st.st_mode))
		return put_link(&putting, AT_FDCWD, at, out);
	if (made)
		out->sum = made->sum;
	if (S_ISDIR(st.st_mode))
		return put_tree(&putting, at, made ? &made->name : NULL, out);
	unsigned places = put_file(&putting, AT_FDCWD, at, out);
	return !made || content_eq(&out->content, &made->name) ? places : 0;
}
