#include "record/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/workers.h"
#include "model/graph.h"
#include "record/index.h"

/* Below this a file is hashed at once: handing it to a worker costs more than reading it. */
#define INLINE_BYTES ((uint64_t)256 * 1024)
/* From this many on, looking is spread over the workers. */
#define SPREAD_COUNT 512

struct hashing { /* a request that a worker has */
	struct work work;
	const char *path;
	uint32_t id;
	int64_t probe_ns;
	struct stamp result;
	struct err err;
	uint32_t *waiters;
	uint32_t waiter_count, waiter_cap;
	struct hashing *next;
};

struct stamps {
	const struct graph *graph;
	struct workers *workers;
	struct stamp *items;
	uint32_t count, cap;
	struct arena arena; /* paths beyond the graph's, error texts */
	const char **extra; /* paths of ids from file_count on */
	uint32_t extra_cap;
	struct map paths; /* path -> id; made when first asked */
	bool is_mapped;
	const char **errors; /* by id, up to error_cap */
	uint32_t error_cap;
	const struct index *index; /* what was known before; NULL: nothing */
	struct index *own_index;   /* the same if it was read here */
	bool is_same_graph;        /* the index's files have the numbers of this graph's */
	struct map indexed;        /* path -> number in the index; made when first asked */
	bool is_indexed;
	bool is_changed; /* something is known that the index does not hold */
	int probe_fd;
	int64_t probe_ns; /* the file system's clock when last asked; 0: not known, nothing is settled */
	struct hashing *pending;
	size_t pending_count;
	uint64_t pending_bytes;
	uint32_t *waits; /* by waiter: requests that it still waits for */
	uint32_t waits_cap;
	uint32_t *ready; /* waiters that wait for nothing any more */
	uint32_t ready_count, ready_cap;
};

struct stamps *stamps_new(const struct graph *graph, struct workers *workers)
{
	struct stamps *stamps = mem_alloc(sizeof *stamps);
	stamps->graph = graph;
	stamps->workers = workers;
	stamps->count = graph->file_count;
	stamps->cap = graph->file_count + 16;
	stamps->items = mem_grow(NULL, stamps->cap, sizeof *stamps->items);
	memset(stamps->items, 0, stamps->cap * sizeof *stamps->items);
	stamps->probe_fd = -1;
	return stamps;
}

void stamps_free(struct stamps *stamps)
{
	if (!stamps)
		return;
	while (stamps->pending_count) /* workers write to the requests: let them end */
		stamps_step(stamps);
	index_free(stamps->own_index);
	map_free(&stamps->indexed);
	arena_free(&stamps->arena);
	map_free(&stamps->paths);
	free(stamps->items);
	free(stamps->extra);
	free(stamps->errors);
	free(stamps->waits);
	free(stamps->ready);
	free(stamps);
}

uint32_t stamps_id(struct stamps *stamps, const char *path)
{
	const struct graph *graph = stamps->graph;
	if (!stamps->is_mapped) {
		for (uint32_t i = 0; i < graph->file_count; i++)
			map_put(&stamps->paths, file_path(graph, i), i);
		stamps->is_mapped = true;
	}
	uint32_t id = map_get(&stamps->paths, path);
	if (id != MAP_NONE)
		return id;
	id = stamps->count++;
	uint32_t old = stamps->cap;
	MEM_ROOM(stamps->items, id, stamps->cap);
	if (stamps->cap > old)
		memset(stamps->items + old, 0, (stamps->cap - old) * sizeof *stamps->items);
	uint32_t index = id - graph->file_count;
	MEM_ROOM(stamps->extra, index, stamps->extra_cap);
	stamps->extra[index] = arena_strdup(&stamps->arena, path);
	memset(&stamps->items[id], 0, sizeof stamps->items[id]);
	map_put(&stamps->paths, stamps->extra[index], id);
	return id;
}

const char *stamps_path(const struct stamps *stamps, uint32_t id)
{
	uint32_t known = stamps->graph->file_count;
	return id < known ? file_path(stamps->graph, id) : stamps->extra[id - known];
}

const struct stamp *stamps_get(const struct stamps *stamps, uint32_t id)
{
	return &stamps->items[id];
}

const char *stamps_error(const struct stamps *stamps, uint32_t id)
{
	return id < stamps->error_cap && stamps->errors[id] ? stamps->errors[id] : "";
}

static void set_error(struct stamps *stamps, uint32_t id, const char *text)
{
	uint32_t old = stamps->error_cap;
	if (id >= stamps->error_cap) {
		stamps->error_cap = stamps->count;
		stamps->errors =
			mem_grow(stamps->errors, stamps->error_cap, sizeof *stamps->errors);
		memset(stamps->errors + old, 0, (stamps->error_cap - old) * sizeof *stamps->errors);
	}
	stamps->errors[id] = arena_strdup(&stamps->arena, text);
}

void stamps_probe(struct stamps *stamps, int fd)
{
	stamps->probe_fd = fd;
}

/* Asks the file system what time it is: sets the probe file's times to now and reads them back. */
static void read_probe(struct stamps *stamps)
{
	struct stat st;
	if (stamps->probe_fd < 0 || futimens(stamps->probe_fd, NULL) < 0 ||
		fstat(stamps->probe_fd, &st) < 0)
		return;
	stamps->probe_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

/* Has the clock visibly moved on past t at probe? A time without a fraction may come from a file system
 * that counts in seconds, or in two. */
static bool is_past(int64_t t, int64_t probe)
{
	return t % 1000000000 == 0 ? t + 2000000000 <= probe : t < probe;
}

static bool is_settled(const struct fs_stat *stat, int64_t probe)
{
	return probe != 0 && is_past(stat->mtime_ns, probe) && is_past(stat->ctime_ns, probe);
}

/* stat of a file; of a directory what stat says of everything in it, folded to the same form. */
static int look(const char *path, struct fs_stat *stat, struct err *err)
{
	if (fs_stat(path, stat, err) < 0)
		return -1;
	if (stat->type != 'd')
		return 0;
	struct digest tree;
	int64_t newest;
	if (digest_tree_stat(path, &tree, &newest, err) < 0)
		return -1;
	memcpy(&stat->size, tree.bytes, 8);
	memcpy(&stat->ino, tree.bytes + 8, 8);
	stat->mtime_ns = newest;
	stat->ctime_ns = newest;
	return 0;
}

/* Reads the content, and looks again: what changed meanwhile is read again, up to three times; then it
 * is given as it came, unsettled, and whoever compares will see it differ again. Runs in a worker. */
static int hash_now(const char *path, int64_t probe_ns, struct stamp *stamp, struct err *err)
{
	for (int attempt = 0; attempt < 3; attempt++) {
		struct fs_stat after;
		int status = 0;
		if (stamp->stat.type == 0) {
			stamp->state = STAMP_HASHED;
			return 0;
		}
		if (stamp->stat.type == 'd')
			status = digest_tree(path, &stamp->sum, &stamp->size, err);
		else if (stamp->stat.type == 'f')
			status = digest_file(path, &stamp->sum, &stamp->size, err);
		else
			return err_set(
				err, EXIT_WORLD, "'%s' is neither a file nor a directory", path);
		if (status < 0 && err->sys != ENOENT)
			return -1;
		bool is_gone = status < 0;
		if (is_gone)
			err_clear(err);
		if (look(path, &after, err) < 0)
			return -1;
		if (!is_gone && fs_same(&stamp->stat, &after)) {
			stamp->is_settled = is_settled(&after, probe_ns);
			stamp->state = STAMP_HASHED;
			return 0;
		}
		stamp->stat = after;
	}
	stamp->is_settled = false;
	stamp->state = STAMP_HASHED;
	return 0;
}

static void take_failure(struct stamps *stamps, uint32_t id, const struct err *err)
{
	stamps->items[id].state = STAMP_FAILED;
	set_error(stamps, id, err->text);
}

/* What the index has for a file, NULL if nothing. */
static const struct index_file *find_indexed(struct stamps *stamps, uint32_t id)
{
	const struct index *index = stamps->index;
	if (!index)
		return NULL;
	if (stamps->is_same_graph && id < stamps->graph->file_count)
		return &index->files[id];
	/* With the same graph only the few files beyond it have to be found by their path. */
	if (!stamps->is_indexed) {
		uint32_t first = stamps->is_same_graph ? stamps->graph->file_count : 0;
		for (uint32_t i = first; i < index->file_count; i++)
			map_put(&stamps->indexed, index_path(index, i), i);
		stamps->is_indexed = true;
	}
	uint32_t number = map_get(&stamps->indexed, stamps_path(stamps, id));
	return number == MAP_NONE ? NULL : &index->files[number];
}

/* STAMP_SEEN -> STAMP_HASHED if nothing needs to be read. */
static bool from_index(struct stamps *stamps, uint32_t id)
{
	struct stamp *stamp = &stamps->items[id];
	if (stamp->stat.type == 0) {
		stamp->state = STAMP_HASHED;
		return true;
	}
	const struct index_file *file = find_indexed(stamps, id);
	bool is_usable = file && (file->flags & INDEX_FILE_KNOWN) &&
			 (file->flags & INDEX_FILE_SETTLED) && !digest_is_zero(&file->sum);
	if (!is_usable || !fs_same(&file->stat, &stamp->stat))
		return false;
	stamp->sum = file->sum;
	stamp->size = file->size;
	stamp->is_settled = true;
	stamp->state = STAMP_HASHED;
	return true;
}

struct batch {
	struct stamps *stamps;
	const uint32_t *ids;
	int64_t probe_ns;
};

/* Of one that is claimed (STAMP_FAILED): stat alone. */
static int see_one(const struct batch *batch, uint32_t id, struct err *err)
{
	struct stamp *stamp = &batch->stamps->items[id];
	if (look(stamps_path(batch->stamps, id), &stamp->stat, err) < 0)
		return -1;
	stamp->state = STAMP_SEEN;
	return 0;
}

static int hash_one(const struct batch *batch, uint32_t id, struct err *err)
{
	return hash_now(stamps_path(batch->stamps, id), batch->probe_ns, &batch->stamps->items[id], err);
}

static void see_slice(void *ctx, size_t first, size_t last)
{
	const struct batch *batch = ctx;
	struct err err = {0};
	for (size_t i = first; i < last; i++) {
		if (see_one(batch, batch->ids[i], &err) < 0)
			err_clear(&err);
	}
}

static void hash_slice(void *ctx, size_t first, size_t last)
{
	const struct batch *batch = ctx;
	struct err err = {0};
	for (size_t i = first; i < last; i++) {
		if (hash_one(batch, batch->ids[i], &err) < 0)
			err_clear(&err);
	}
}

/* Sees or hashes all, spread over the workers where that pays. The few that fail are tried once more by
 * the owner, who keeps the text of the error: room for one a file would cost more than the stamps. */
static void run_batch(struct stamps *stamps, const uint32_t *ids, size_t count, bool is_hashing, bool is_spread)
{
	struct batch batch = {.stamps = stamps, .ids = ids, .probe_ns = stamps->probe_ns};
	void (*slice)(void *, size_t, size_t) = is_hashing ? hash_slice : see_slice;
	if (count == 0)
		return;
	if (is_spread && stamps->workers)
		workers_for(stamps->workers, count, is_hashing ? 8 : 64, slice, &batch);
	else
		slice(&batch, 0, count);
	for (size_t i = 0; i < count; i++) {
		struct err err;
		if (stamps->items[ids[i]].state != STAMP_FAILED)
			continue;
		memset(&err, 0, sizeof err);
		if ((is_hashing ? hash_one : see_one)(&batch, ids[i], &err) < 0)
			take_failure(stamps, ids[i], &err);
	}
}

/* Of those that were seen: hashes what the index does not know and is no larger than `limit`. `todo` has
 * room for count. */
static void hash_all(
	struct stamps *stamps, const uint32_t *ids, size_t count, uint64_t limit, uint32_t *todo)
{
	uint64_t bytes = 0;
	size_t n = 0;
	for (size_t i = 0; i < count; i++) {
		struct stamp *stamp = &stamps->items[ids[i]];
		if (stamp->state != STAMP_SEEN || from_index(stamps, ids[i]))
			continue;
		/* How much is below a directory is not known before it is walked. */
		uint64_t size = stamp->stat.type == 'f' ? stamp->stat.size : INLINE_BYTES + 1;
		if (size > limit)
			continue;
		stamp->state = STAMP_FAILED;
		bytes += size;
		todo[n++] = ids[i];
	}
	if (n == 0)
		return;
	read_probe(stamps);
	stamps->is_changed = true;
	run_batch(stamps, todo, n, true, n > 1 && (bytes > INLINE_BYTES || n >= SPREAD_COUNT));
}

void stamps_look(struct stamps *stamps, const uint32_t *ids, size_t count, bool content)
{
	uint32_t *todo = mem_grow(NULL, count + 1, sizeof *todo);
	size_t n = 0;
	for (size_t i = 0; i < count; i++) {
		struct stamp *stamp = &stamps->items[ids[i]];
		if (stamp->state != STAMP_UNKNOWN)
			continue;
		stamp->state = STAMP_FAILED; /* claimed: a repeated id is looked at once */
		todo[n++] = ids[i];
	}
	run_batch(stamps, todo, n, false, n >= SPREAD_COUNT);
	if (content)
		hash_all(stamps, ids, count, UINT64_MAX, todo);
	free(todo);
}

void stamps_hash_small(struct stamps *stamps, const uint32_t *ids, size_t count)
{
	uint32_t *todo = mem_grow(NULL, count + 1, sizeof *todo);
	hash_all(stamps, ids, count, INLINE_BYTES, todo);
	free(todo);
}

static void hash_work(struct work *work)
{
	struct hashing *h = (struct hashing *)((char *)work - offsetof(struct hashing, work));
	if (hash_now(h->path, h->probe_ns, &h->result, &h->err) < 0)
		h->result.state = STAMP_FAILED;
}

static struct hashing *find_pending(const struct stamps *stamps, uint32_t id)
{
	for (struct hashing *h = stamps->pending; h; h = h->next) {
		if (h->id == id)
			return h;
	}
	return NULL;
}

static struct hashing *submit(struct stamps *stamps, uint32_t id)
{
	struct hashing *h = mem_alloc(sizeof *h);
	h->work.run = hash_work;
	h->path = stamps_path(stamps, id);
	h->id = id;
	h->probe_ns = stamps->probe_ns;
	h->result = stamps->items[id];
	h->next = stamps->pending;
	stamps->pending = h;
	stamps->pending_count++;
	stamps->pending_bytes += h->result.stat.type == 'f' ? h->result.stat.size : 0;
	workers_submit(stamps->workers, &h->work);
	return h;
}

static void add_waiter(struct stamps *stamps, struct hashing *h, uint32_t waiter)
{
	uint32_t old = stamps->waits_cap;
	MEM_ROOM(stamps->waits, waiter, stamps->waits_cap);
	if (stamps->waits_cap > old)
		memset(stamps->waits + old, 0, (stamps->waits_cap - old) * sizeof *stamps->waits);
	stamps->waits[waiter]++;
	MEM_ROOM(h->waiters, h->waiter_count, h->waiter_cap);
	h->waiters[h->waiter_count++] = waiter;
}

bool stamps_ask(
	struct stamps *stamps, const uint32_t *ids, size_t count, bool content, uint32_t waiter)
{
	bool is_known = true, is_probed = false;
	stamps_look(stamps, ids, count, false);
	for (size_t i = 0; content && i < count; i++) {
		struct stamp *stamp = &stamps->items[ids[i]];
		if (stamp->state != STAMP_SEEN || from_index(stamps, ids[i]))
			continue;
		if (!is_probed) {
			read_probe(stamps);
			is_probed = true;
			stamps->is_changed = true;
		}
		if (stamp->stat.type == 'f' && stamp->stat.size <= INLINE_BYTES) {
			stamps_look(stamps, &ids[i], 1, true);
			continue;
		}
		struct hashing *h = find_pending(stamps, ids[i]);
		add_waiter(stamps, h ? h : submit(stamps, ids[i]), waiter);
		is_known = false;
	}
	return is_known;
}

static void take_answer(struct stamps *stamps, struct hashing *h)
{
	struct hashing **link = &stamps->pending;
	while (*link != h)
		link = &(*link)->next;
	*link = h->next;
	stamps->pending_count--;
	/* Forgotten meanwhile (the file was made anew): the answer is of an old file, whoever waits asks again. */
	if (stamps->items[h->id].state == STAMP_SEEN)
		stamps->items[h->id] = h->result;
	if (stamps->items[h->id].state == STAMP_FAILED)
		set_error(stamps, h->id, h->err.text);
	for (uint32_t i = 0; i < h->waiter_count; i++) {
		if (--stamps->waits[h->waiters[i]] == 0) {
			MEM_ROOM(stamps->ready, stamps->ready_count, stamps->ready_cap);
			stamps->ready[stamps->ready_count++] = h->waiters[i];
		}
	}
	free(h->waiters);
	free(h);
}

uint32_t stamps_step(struct stamps *stamps)
{
	struct work *work;
	while (stamps->pending_count && (work = workers_collect(stamps->workers)))
		take_answer(
			stamps, (struct hashing *)((char *)work - offsetof(struct hashing, work)));
	if (stamps->pending_count == 0)
		stamps->pending_bytes = 0;
	return stamps->ready_count ? stamps->ready[--stamps->ready_count] : NONE;
}

size_t stamps_pending(const struct stamps *stamps, uint64_t *bytes_left)
{
	if (bytes_left)
		*bytes_left = stamps->pending_bytes;
	return stamps->pending_count;
}

void stamps_forget(struct stamps *stamps, uint32_t id)
{
	memset(&stamps->items[id], 0, sizeof stamps->items[id]);
}

void stamps_refresh(struct stamps *stamps, uint32_t id)
{
	struct stamp *stamp = &stamps->items[id];
	struct stamp old = *stamp;
	struct err err = {0};
	if (old.state == STAMP_UNKNOWN)
		return;
	if (look(stamps_path(stamps, id), &stamp->stat, &err) < 0) {
		take_failure(stamps, id, &err);
		return;
	}
	/* An answer that is still to come for the old state is dropped when it comes (see take_answer). */
	if (old.state != STAMP_HASHED || !old.is_settled || !fs_same(&old.stat, &stamp->stat))
		stamp->state = find_pending(stamps, id) ? STAMP_UNKNOWN : STAMP_SEEN;
}

void stamps_forget_all(struct stamps *stamps)
{
	memset(stamps->items, 0, stamps->count * sizeof *stamps->items);
}

void stamps_take(struct stamps *stamps, uint32_t id, const struct digest *sum, uint64_t size)
{
	struct stamp *stamp = &stamps->items[id];
	struct err err = {0};
	memset(stamp, 0, sizeof *stamp);
	if (look(stamps_path(stamps, id), &stamp->stat, &err) < 0) {
		take_failure(stamps, id, &err);
		return;
	}
	stamp->sum = *sum;
	stamp->size = size;
	stamp->state = STAMP_HASHED;
	stamps->is_changed = true;
}

void stamps_load(struct stamps *stamps, const char *path, const char **notice)
{
	stamps->own_index = index_read(path, notice);
	stamps_adopt(stamps, stamps->own_index, false);
}

void stamps_adopt(struct stamps *stamps, const struct index *index, bool is_same_graph)
{
	stamps->index = index;
	stamps->is_same_graph = is_same_graph;
}

bool stamps_is_changed(const struct stamps *stamps)
{
	return stamps->is_changed;
}

uint32_t stamps_count(const struct stamps *stamps)
{
	return stamps->count;
}

void stamps_export(struct stamps *stamps, uint32_t id, struct index_file *out)
{
	const struct stamp *stamp = &stamps->items[id];
	const struct index_file *old = find_indexed(stamps, id);
	memset(out, 0, sizeof *out);
	if (stamp->state == STAMP_UNKNOWN &&
		old) { /* not asked in this run: what was known stays */
		*out = *old;
		out->path = 0;
		return;
	}
	if (stamp->state != STAMP_SEEN && stamp->state != STAMP_HASHED)
		return;
	out->stat = stamp->stat;
	out->flags = INDEX_FILE_KNOWN;
	if (stamp->state == STAMP_HASHED && stamp->stat.type != 0) {
		out->sum = stamp->sum;
		out->size = stamp->size;
		out->flags |= stamp->is_settled ? INDEX_FILE_SETTLED : 0;
	}
}
