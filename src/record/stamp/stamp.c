#include "record/stamp/stamp.h"

#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/index/index.h"
#include "record/stamp/stamp_part.h"

/* From this many on, looking is spread over the workers. */
#define SPREAD_COUNT WORTH_A_WORKER(512)
/* So many small files are hashed between two looks at the clock. */
#define PROGRESS_COUNT ((size_t)2048)

struct stamps *stamps_new(const struct graph *graph, struct workers *workers)
{
	struct stamps *stamps = mem_alloc(sizeof *stamps);

	stamps->graph = graph;
	stamps->workers = workers;
	stamps->count = stamps->known = graph->file_count;
	stamps->cap = graph->file_count + 16;
	stamps->items = mem_alloc(stamps->cap * sizeof *stamps->items);
	mem_touch(stamps->items, stamps->cap * sizeof *stamps->items);
	stamps->trees = job_path(&stamps->arena, graph, JOB_TREES);
	stamps->probe_fd = -1;
	stamps->state_fd = -1;
	return stamps;
}

void stamps_free(struct stamps *stamps)
{
	if (!stamps)
		return;
	/* workers write to the requests: what they are at ends, but no large file is read on */
	stamps->is_ending = true;
	while (stamps->pending_count) {
		struct pollfd answers = {.fd = workers_fd(stamps->workers), .events = POLLIN};
		poll(&answers, 1, 100);
		stamps_step(stamps);
	}
	stamps_watch_end(stamps);
	stamps_contents_end(stamps);
	stamps_trees_end(stamps);
	index_free(stamps->own_index);
	map_free(&stamps->indexed);
	arena_free(&stamps->arena);
	map_free(&stamps->paths);
	free(stamps->items);
	free(stamps->absent);
	free(stamps->lent);
	free(stamps->spent);
	free(stamps->extra);
	free(stamps->errors);
	free(stamps->waits);
	free(stamps->ready);
	free(stamps);
}

static uint32_t add_path(struct stamps *stamps, const char *path, const char *exclude)
{
	uint32_t id = stamps->count++;

	MEM_ROOM(stamps->items, id, stamps->cap);
	uint32_t index = id - stamps->known;
	MEM_ROOM(stamps->extra, index, stamps->extra_cap);
	stamps->extra[index] = (struct extra){.path = arena_strdup(&stamps->arena, path)};
	if (exclude)
		stamps->extra[index].exclude = arena_strdup(&stamps->arena, exclude);
	memset(&stamps->items[id], 0, sizeof stamps->items[id]);
	return id;
}

/* Paths are normalised: no other is like it. */
static const char *with_exclude(struct arena *arena, const char *path, const char *exclude)
{
	return arena_fmt(arena, "%s//%s", path, exclude ? exclude : "");
}

void stamps_add_key(struct stamps *stamps, uint32_t id)
{
	const char *key = stamps_path(stamps, id);

	if (id < stamps->known && stamps->graph->files[id].exclude)
		key = with_exclude(&stamps->arena, key, stamps_exclude(stamps, id));
	map_put(&stamps->paths, key, id);
}

uint32_t stamps_find(struct stamps *stamps, const char *path)
{
	if (!stamps->is_mapped) {
		for (uint32_t i = 0; i < stamps->count; i++)
			stamps_add_key(stamps, i);
		stamps->is_mapped = true;
	}
	return map_get(&stamps->paths, path);
}

uint32_t stamps_id(struct stamps *stamps, const char *path)
{
	uint32_t id = stamps_find(stamps, path);

	if (id != NONE)
		return id;
	id = add_path(stamps, path, NULL);
	map_put(&stamps->paths, stamps_path(stamps, id), id);
	return id;
}

uint32_t stamps_id_excluding(struct stamps *stamps, const char *path, const char *exclude)
{
	uint32_t id = stamps_find(stamps, path);

	if (id != NONE && text_eq(stamps_exclude(stamps, id), exclude))
		return id;
	const char *key = with_exclude(&stamps->arena, path, exclude);
	id = stamps_find(stamps, key);
	if (id != NONE)
		return id;
	id = add_path(stamps, path, exclude);
	map_put(&stamps->paths, key, id);
	return id;
}

const char *stamps_exclude(const struct stamps *stamps, uint32_t id)
{
	return id < stamps->known ? file_exclude(stamps->graph, id)
				  : stamps->extra[id - stamps->known].exclude;
}

const char *stamps_path(const struct stamps *stamps, uint32_t id)
{
	return id < stamps->known ? file_path(stamps->graph, id)
				  : stamps->extra[id - stamps->known].path;
}

const struct stamp *stamps_get(const struct stamps *stamps, uint32_t id)
{
	static const struct stamp nothing = {.state = STAMP_HASHED, .is_settled = true};

	if (stamps_is_absent(stamps, id))
		return &nothing;
	return stamps_is_spent(stamps, id) ? stamps->spent[id] : &stamps->items[id];
}

void stamps_set_spent(struct stamps *stamps, uint32_t id, const struct stamp *as)
{
	if (!stamps->spent)
		stamps->spent = mem_alloc(((size_t)stamps->known + 1) * sizeof *stamps->spent);
	stamps->spent[id] = as ? arena_alloc(&stamps->arena, sizeof *as) : NULL;
	if (as)
		*stamps->spent[id] = *as;
}

bool stamps_is_spent(const struct stamps *stamps, uint32_t id)
{
	return stamps->spent && id < stamps->known && stamps->spent[id] &&
	       stamps->items[id].stat.type == 0 && stamps->items[id].state != STAMP_FAILED;
}

void stamps_set_absent(struct stamps *stamps, uint32_t id)
{
	if (!stamps->absent)
		stamps->absent = mem_alloc((size_t)stamps->known + 1);
	stamps->absent[id] = true;
}

void stamps_set_lent(struct stamps *stamps, uint32_t id)
{
	if (!stamps->lent)
		stamps->lent = mem_alloc((size_t)stamps->known + 1);
	stamps->lent[id] = true;
}

bool stamps_is_lent(const struct stamps *stamps, uint32_t id)
{
	return stamps->lent && id < stamps->known && stamps->lent[id];
}

bool stamps_is_absent(const struct stamps *stamps, uint32_t id)
{
	return stamps->absent && id < stamps->known && stamps->absent[id];
}

const char *stamps_error(const struct stamps *stamps, uint32_t id)
{
	return id < stamps->error_cap && stamps->errors[id] ? stamps->errors[id] : "";
}

void stamps_set_error(struct stamps *stamps, uint32_t id, const char *text)
{
	if (id >= stamps->error_cap) {
		stamps->errors = mem_enlarge(
			stamps->errors, stamps->error_cap, stamps->count, sizeof *stamps->errors);
		stamps->error_cap = stamps->count;
	}
	stamps->errors[id] = arena_strdup(&stamps->arena, text);
}

void stamps_probe(struct stamps *stamps, int fd)
{
	stamps->probe_fd = fd;
}

static void take_failure(struct stamps *stamps, uint32_t id, const struct err *err)
{
	stamps->items[id].state = STAMP_FAILED;
	stamps->items[id].is_mistake = err->code == EXIT_USAGE;
	stamps_set_error(stamps, id, err->text);
}

static const char *index_exclude(const struct index *index, uint32_t file)
{
	return file < index->graph->file_count ? file_exclude(index->graph, file) : NULL;
}

/* What the index has for a file, NULL if nothing. */
static const struct index_file *find_indexed(struct stamps *stamps, uint32_t id)
{
	const struct index *index = stamps->index;

	if (!index)
		return NULL;
	if (stamps->is_same_graph)
		return id < index->file_count ? &index->files[id] : NULL;
	if (!stamps->is_indexed) {
		for (uint32_t i = 0; i < index->file_count; i++)
			map_put(&stamps->indexed, index_path(index, i), i);
		stamps->is_indexed = true;
	}
	uint32_t number = map_get(&stamps->indexed, stamps_path(stamps, id));
	/* a directory is another without other things */
	bool is_other = number != NONE && index->files[number].stat.type == 'd' &&
			!text_eq(index_exclude(index, number), stamps_exclude(stamps, id));
	return number == NONE || is_other ? NULL : &index->files[number];
}

/* STAMP_SEEN -> STAMP_HASHED if nothing needs to be read. */
bool stamps_from_index(struct stamps *stamps, uint32_t id)
{
	struct stamp *stamp = &stamps->items[id];

	if (stamp->stat.type == 0) {
		stamp->state = STAMP_HASHED;
		return true;
	}
	if (stamps->contents && stamps_needs_content(stamps, id))
		return false;
	const struct index_file *file = find_indexed(stamps, id);
	bool is_usable = file && (file->flags & INDEX_FILE_KNOWN) &&
			 (file->flags & INDEX_FILE_SETTLED) && !digest_is_zero(&file->sum);
	if (!is_usable || !fs_same(&file->stat, &stamp->stat))
		return false;
	stamp->sum = file->sum;
	stamp->size = file->size;
	stamp->files = file->files;
	stamp->is_settled = true;
	stamp->state = STAMP_HASHED;
	return true;
}

struct reading stamps_reading(struct stamps *stamps, uint32_t id)
{
	struct reading how = {
		.path = stamps_path(stamps, id),
		.exclude = stamps_exclude(stamps, id),
		.known = stamps->items[id].sum,
		.trees = stamps->trees,
		.probe_ns = stamps->probe_ns,
		.state_fd = stamps->state_fd,
		.slot = stamps_content_slot(stamps, id),
	};

	if (stamps->items[id].stat.type == 'd' && digest_is_zero(&how.known) && stamps->index &&
		stamps->index->is_of_this_boot && stamps->is_same_graph) {
		const struct index_file *file = find_indexed(stamps, id);
		how.known = file ? file->sum : how.known;
	}
	return how;
}

struct batch {
	struct stamps *stamps;
	const uint32_t *ids;
};

/* What is left out of it is asked of a directory only. */
static int look(const struct stamps *stamps, const struct fs_base *base, uint32_t id,
	struct fs_stat *stat, struct err *err)
{
	const char *path = stamps_path(stamps, id);

	if (fs_stat_below(base, path, stat, err) < 0)
		return -1;
	return stat->type == 'd'
		       ? stamp_look_dir(path, stamps_exclude(stamps, id), NULL, NULL, stat, err)
		       : 0;
}

/* Of one that is claimed (STAMP_FAILED): stat, and what the index has for just that. (Of another
 * graph it is found through a map, which is the owner's.) */
static int see_one(const struct batch *batch, uint32_t id, struct err *err)
{
	struct stamps *stamps = batch->stamps;
	struct stamp *stamp = &stamps->items[id];

	if (look(stamps, stamps->base, id, &stamp->stat, err) < 0)
		return -1;
	stamp->state = STAMP_SEEN;
	if (stamps->is_same_graph)
		stamps_from_index(stamps, id);
	return 0;
}

void stamp_count_change(struct stamp *stamp, const struct stamp *before)
{
	bool is_known = !digest_is_zero(&before->sum) && stamp->state == STAMP_HASHED;

	stamp->changes = before->changes;
	if (is_known && !digest_eq(&before->sum, &stamp->sum))
		stamp->changes++;
}

static int hash_one(const struct batch *batch, uint32_t id, struct err *err)
{
	struct stamp *stamp = &batch->stamps->items[id];
	const struct stamp before = *stamp;
	struct reading how = stamps_reading(batch->stamps, id);
	int status = stamp_hash(&how, stamp, err);

	if (how.slot)
		stamp_set_content(how.slot, stamp);
	stamp_count_change(stamp, &before);
	return status;
}

static void see_slice(void *ctx, size_t first, size_t last)
{
	const struct batch *batch = ctx;
	struct err err = {0};

	for (size_t i = first; i < last; i++) {
		if (see_one(batch, batch->ids[i], &err) < 0)
			err_clear(&err);
		if (batch->stamps->on_look)
			batch->stamps->on_look(batch->stamps->look_ctx, batch->ids[i]);
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

/* Sees or hashes all, spread over the workers where that pays. The few that fail are tried once
 * more by the owner, who keeps the text of the error: room for one a file would cost more than the
 * stamps. */
static void run_batch(
	struct stamps *stamps, const uint32_t *ids, size_t count, bool is_hashing, bool is_spread)
{
	struct batch batch = {.stamps = stamps, .ids = ids};
	void (*slice)(void *, size_t, size_t) = is_hashing ? hash_slice : see_slice;

	if (count == 0)
		return;
	if (is_spread && stamps->workers)
		workers_for(
			stamps->workers, count, WORTH_A_WORKER(is_hashing ? 8 : 64), slice, &batch);
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

/* Of those that were seen: hashes what the index does not know and is no larger than `limit`.
 * `todo` has room for count. */
static void hash_all(
	struct stamps *stamps, const uint32_t *ids, size_t count, uint64_t limit, uint32_t *todo)
{
	uint64_t bytes = 0;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		struct stamp *stamp = &stamps->items[ids[i]];
		if (stamp->state != STAMP_SEEN || stamps_from_index(stamps, ids[i]))
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
	stamps_begin_reading(stamps);
	bool is_spread = n > 1 && (bytes > INLINE_BYTES || n >= SPREAD_COUNT);
	stamps->asked_bytes += bytes;
	for (size_t first = 0; first < n; first += PROGRESS_COUNT) {
		size_t count_now = n - first < PROGRESS_COUNT ? n - first : PROGRESS_COUNT;
		run_batch(stamps, todo + first, count_now, true, is_spread);
		for (size_t i = first; i < first + count_now; i++)
			stamps->read_bytes += stamps->items[todo[i]].size;
		if (stamps->on_progress)
			stamps->on_progress(stamps->progress_ctx);
	}
	if (stamps->pending_count == 0)
		stamps->asked_bytes = stamps->read_bytes = 0;
}

void stamps_look(struct stamps *stamps, const uint32_t *ids, size_t count, bool content)
{
	size_t first = 0, n = 0;

	/* Nearly always all were looked at before. */
	while (!content && first < count && stamps->items[ids[first]].state != STAMP_UNKNOWN)
		first++;
	if (!content && first == count)
		return;
	uint32_t *todo MEM_LOCAL = mem_grow(NULL, count + 1, sizeof *todo);
	for (size_t i = first; i < count; i++) {
		struct stamp *stamp = &stamps->items[ids[i]];
		if (stamp->state != STAMP_UNKNOWN)
			continue;
		stamp->state = STAMP_FAILED; /* claimed: a repeated id is looked at once */
		todo[n++] = ids[i];
	}
	run_batch(stamps, todo, n, false, n >= SPREAD_COUNT);
	if (content)
		hash_all(stamps, ids, count, UINT64_MAX, todo);
}

void stamps_on_look(struct stamps *stamps, const struct fs_base *base,
	void (*fn)(void *ctx, uint32_t id), void *ctx)
{
	stamps->base = base;
	stamps->on_look = fn;
	stamps->look_ctx = ctx;
}

void stamps_hash_small(struct stamps *stamps, const uint32_t *ids, size_t count)
{
	uint32_t *todo MEM_LOCAL = mem_grow(NULL, count + 1, sizeof *todo);

	hash_all(stamps, ids, count, INLINE_BYTES, todo);
}

void stamps_forget(struct stamps *stamps, uint32_t id)
{
	memset(&stamps->items[id], 0, sizeof stamps->items[id]);
	stamps_unwatch(stamps, id);
}

void stamps_refresh(struct stamps *stamps, uint32_t id)
{
	struct stamp *stamp = &stamps->items[id];
	struct stamp old = *stamp;
	struct err err = {0};

	if (old.state == STAMP_UNKNOWN)
		return;
	bool is_dir = old.stat.type == 'd', is_known = old.state != STAMP_FAILED;
	if (is_dir && is_known && stamps_is_quiet(stamps, id)) {
		if (old.state != STAMP_HASHED || old.is_settled)
			return;
		stamps_read_probe(stamps);
		stamp->is_settled = stamp_is_settled(&stamp->stat, stamps->probe_ns);
		return;
	}
	if ((is_dir ? stamps_walk_watched(stamps, id, &stamp->stat, &err)
		    : look(stamps, NULL, id, &stamp->stat, &err)) < 0) {
		take_failure(stamps, id, &err);
		return;
	}
	/* An answer that is still to come for the old state is dropped when it comes (see
	 * take_answer). */
	if (old.state != STAMP_HASHED || !old.is_settled || !fs_same(&old.stat, &stamp->stat))
		stamp->state = stamps_find_pending(stamps, id) ? STAMP_UNKNOWN : STAMP_SEEN;
}

void stamps_take(struct stamps *stamps, uint32_t id, const struct stamp_content *content)
{
	struct stamp *stamp = &stamps->items[id];
	const struct stamp before = *stamp;
	struct err err = {0};

	memset(stamp, 0, sizeof *stamp);
	stamps_unwatch(stamps, id);
	stamp->changes = before.changes;
	if (look(stamps, NULL, id, &stamp->stat, &err) < 0) {
		take_failure(stamps, id, &err);
		return;
	}
	stamp->sum = content->sum;
	stamp->size = content->size;
	stamp->files = content->files;
	stamp->state = STAMP_HASHED;
	stamp_count_change(stamp, &before);
	if (content->name)
		stamps_put_content(stamps, id, content->name);
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
	/* Files beyond the graph's keep their numbers too: so the next index can be compared with
	 * this one. */
	for (uint32_t i = stamps->known; index && is_same_graph && i < index->file_count; i++)
		add_path(stamps, index_path(index, i), NULL);
}

bool stamps_is_changed(const struct stamps *stamps)
{
	return stamps->is_changed;
}

uint32_t stamps_count(const struct stamps *stamps)
{
	return stamps->count;
}

/* Its content was there after a boot that came after it was written. */
static bool is_durable(
	const struct stamps *stamps, const struct stamp *stamp, const struct index_file *old)
{
	bool is_as_before = old && (old->flags & INDEX_FILE_KNOWN) &&
			    fs_same(&old->stat, &stamp->stat) && digest_eq(&old->sum, &stamp->sum);

	return is_as_before &&
	       (stamps->index->is_of_earlier_boot || (old->flags & INDEX_FILE_DURABLE));
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
		out->files = stamp->files & INDEX_FILES_MAX;
		out->flags |= stamp->is_settled ? INDEX_FILE_SETTLED : 0;
		out->flags |= is_durable(stamps, stamp, old) ? INDEX_FILE_DURABLE : 0;
	}
}
