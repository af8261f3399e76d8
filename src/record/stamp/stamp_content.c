/* Names of contents. The file in .restage that keeps them is a cache of its own beside the index,
 * so that a job without a shared cache, and a run with nothing to do, have nothing of it: an entry
 * is a digest of the path, the stat and the digest of the file, its content's name, and a check. An
 * entry serves as long as the stamp, which alone decides what a file's content is now, has that
 * stat and that digest. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/job_names.h"
#include "base/mem.h"
#include "base/table.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/stamp/stamp_part.h"

#define MAGIC "restage contents 2\n"
#define FILE_MAX ((size_t)1 << 30)
/* So many entries that no file of the job needs any more may be kept. */
#define SPARE 10000u

/* As it is kept. */
struct kept {
	struct digest path;
	struct fs_stat stat;
	struct digest sum;
	struct content is;
	uint64_t bytes, files; /* see struct stamp */
	struct digest check;
};

struct content_slots {
	struct content_slot *items; /* by id */
	uint32_t cap;
	struct kept *kept;
	uint32_t kept_count, kept_cap;
	struct table by_path; /* -> index in kept */
	bool is_read, has_new;
};

static struct digest check_of(const struct kept *kept)
{
	return digest_bytes(kept, offsetof(struct kept, check));
}

static bool is_at(const void *ctx, uint32_t index)
{
	const struct content_slots *slots = ((const void *const *)ctx)[0];
	const struct digest *path = ((const void *const *)ctx)[1];

	return digest_eq(&slots->kept[index].path, path);
}

/* Its place in `kept`, or NONE. */
static uint32_t find_kept(const struct content_slots *slots, const struct digest *path)
{
	const void *const ctx[] = {slots, path};

	return table_get(&slots->by_path, table_hash(path, sizeof *path), is_at, ctx);
}

static void add_kept(struct content_slots *slots, const struct kept *kept)
{
	uint32_t same = find_kept(slots, &kept->path);

	if (same != NONE) {
		slots->kept[same] = *kept;
		return;
	}
	MEM_ROOM(slots->kept, slots->kept_count, slots->kept_cap);
	slots->kept[slots->kept_count] = *kept;
	table_add(&slots->by_path, table_hash(&kept->path, sizeof kept->path), slots->kept_count++);
}

static void read_kept(struct stamps *stamps)
{
	struct content_slots *slots = stamps->contents;
	struct arena arena ARENA_LOCAL = {0};
	struct buf text BUF_LOCAL = BUF_SOFT;
	struct kept kept;
	size_t at = sizeof MAGIC - 1;

	slots->is_read = true;
	if (fs_read(job_path(&arena, stamps->graph, JOB_CONTENTS), FILE_MAX, &text, NULL) == 0 &&
		text.len >= at && memcmp(text.data, MAGIC, at) == 0) {
		for (; text.len - at >= sizeof kept; at += sizeof kept) {
			memcpy(&kept, text.data + at, sizeof kept);
			struct digest check = check_of(&kept);
			if (digest_eq(&check, &kept.check))
				add_kept(slots, &kept);
		}
	}
}

static struct digest path_digest(const struct stamps *stamps, uint32_t id)
{
	const char *exclude = stamps_exclude(stamps, id);
	struct hasher *hasher = hasher_new();

	hasher_add_str(hasher, stamps_path(stamps, id));
	hasher_add_str(hasher, exclude ? exclude : "");
	struct digest digest = hasher_done(hasher);
	hasher_free(hasher);
	return digest;
}

static struct content_slot *slot_of(struct stamps *stamps, uint32_t id)
{
	if (!stamps->contents)
		stamps->contents = mem_alloc(sizeof *stamps->contents);
	struct content_slots *slots = stamps->contents;
	uint32_t old = slots->cap;
	MEM_ROOM(slots->items, id, slots->cap);
	if (slots->cap > old)
		memset(slots->items + old, 0, (slots->cap - old) * sizeof *slots->items);
	return &slots->items[id];
}

static bool goes_with(const struct content_slot *slot, const struct stamp *stamp)
{
	return slot->is_known && fs_same(&slot->stat, &stamp->stat) &&
	       digest_eq(&slot->sum, &stamp->sum);
}

void stamps_want_content(struct stamps *stamps, uint32_t id)
{
	slot_of(stamps, id)->is_wanted = true;
}

struct content_slot *stamps_content_slot(const struct stamps *stamps, uint32_t id)
{
	const struct content_slots *slots = stamps->contents;

	if (!slots || id >= slots->cap || !slots->items[id].is_wanted)
		return NULL;
	struct err ignored = {0}; /* told by whoever opens the cache */
	return sha256_load(&ignored) < 0 ? NULL : &slots->items[id];
}

bool stamps_needs_content(const struct stamps *stamps, uint32_t id)
{
	return id < stamps->contents->cap && stamps->contents->items[id].is_needed;
}

void stamp_set_content(struct content_slot *slot, const struct stamp *stamp)
{
	slot->is_known = stamp->state == STAMP_HASHED;
	slot->is_needed = slot->is_needed && !slot->is_known;
	slot->stat = stamp->stat;
	slot->sum = stamp->sum;
	slot->bytes = stamp->size;
	slot->files = stamp->files;
}

void stamps_put_content(struct stamps *stamps, uint32_t id, const struct content *is)
{
	struct content_slot *slot = slot_of(stamps, id);

	slot->is = *is;
	stamp_set_content(slot, &stamps->items[id]);
}

static bool take_kept(struct stamps *stamps, uint32_t id, struct content_slot *slot)
{
	const struct stamp *stamp = &stamps->items[id];
	struct digest path = path_digest(stamps, id);

	if (!stamps->contents->is_read)
		read_kept(stamps);
	uint32_t at = find_kept(stamps->contents, &path);
	if (at == NONE)
		return false;
	const struct kept *kept = &stamps->contents->kept[at];
	const struct content_slot was = {
		.is = kept->is, .stat = kept->stat, .sum = kept->sum, .is_known = true};
	if (!goes_with(&was, stamp))
		return false;
	slot->is = was.is;
	stamp_set_content(slot, stamp);
	return true;
}

static bool has_content(const struct stamp *stamp)
{
	return stamp->state == STAMP_HASHED && (stamp->stat.type == 'f' || stamp->stat.type == 'd');
}

static bool knows_content(struct stamps *stamps, uint32_t id, struct content_slot *slot)
{
	const struct stamp *stamp = &stamps->items[id];

	return has_content(stamp) && (goes_with(slot, stamp) || take_kept(stamps, id, slot));
}

bool stamps_knows_content(struct stamps *stamps, uint32_t id)
{
	struct content_slot *slot = slot_of(stamps, id);

	if (stamps->items[id].state == STAMP_SEEN)
		(void)stamps_from_index(stamps, id);
	return knows_content(stamps, id, slot);
}

bool stamps_content(struct stamps *stamps, uint32_t id, struct content *out)
{
	struct stamp *stamp = &stamps->items[id];
	struct content_slot *slot = slot_of(stamps, id);

	slot->is_wanted = true;
	if (knows_content(stamps, id, slot)) {
		*out = slot->is;
		return true;
	}
	if (!has_content(stamp))
		return false;
	if (!slot->is_needed)
		stamp->state = STAMP_SEEN;
	slot->is_needed = true;
	return false;
}

/* What is spent has no stat, and is known by its digest alone. */
static bool goes_with_spent(const struct content_slot *slot, const struct stamp *as)
{
	return slot->is_known && slot->stat.type && digest_eq(&slot->sum, &as->sum);
}

void stamps_name_spent(
	struct stamps *stamps, uint32_t id, const struct digest *sum, const struct stamp_name *name)
{
	struct content_slot *slot = slot_of(stamps, id);

	slot->is = name->is;
	slot->stat = (struct fs_stat){.type = name->type};
	slot->sum = *sum;
	slot->bytes = name->bytes;
	slot->files = name->files;
	slot->is_known = true;
}

static bool take_kept_spent(struct stamps *stamps, uint32_t id, const struct stamp *as)
{
	struct digest path = path_digest(stamps, id);
	uint32_t at = find_kept(stamps->contents, &path);
	const struct kept *kept = at == NONE ? NULL : &stamps->contents->kept[at];

	if (!kept || !kept->stat.type || !digest_eq(&kept->sum, &as->sum))
		return false;
	stamps_name_spent(stamps, id, &kept->sum,
		&(struct stamp_name){
			kept->is, kept->stat.type, kept->bytes, (uint32_t)kept->files});
	return true;
}

bool stamps_spent_name(struct stamps *stamps, uint32_t id, struct stamp_name *out)
{
	const struct stamp *as = stamps_get(stamps, id);
	const struct content_slot *slot = slot_of(stamps, id);

	if (!stamps_is_spent(stamps, id))
		return false;
	if (!stamps->contents->is_read && !goes_with_spent(slot, as))
		read_kept(stamps);
	if (!goes_with_spent(slot, as) && !take_kept_spent(stamps, id, as))
		return false;
	*out = (struct stamp_name){slot->is, slot->stat.type, slot->bytes, slot->files};
	return true;
}

static bool is_worth_keeping(const struct stamps *stamps, uint32_t id)
{
	const struct content_slot *slot = &stamps->contents->items[id];
	const struct stamp *stamp = &stamps->items[id];

	if (stamps_is_spent(stamps, id))
		return goes_with_spent(slot, stamps_get(stamps, id));
	return stamp->state == STAMP_HASHED && stamp->is_settled && goes_with(slot, stamp);
}

static void keep_known(struct stamps *stamps, struct buf *out, uint32_t *count)
{
	struct content_slots *slots = stamps->contents;

	for (uint32_t i = 0; i < slots->cap && i < stamps->count; i++) {
		const struct content_slot *slot = &slots->items[i];
		struct kept kept = {.is = slot->is,
			.sum = slot->sum,
			.bytes = slot->bytes,
			.files = slot->files};
		if (!is_worth_keeping(stamps, i))
			continue;
		kept.path = path_digest(stamps, i);
		kept.stat = stamps_is_spent(stamps, i) ? (struct fs_stat){.type = slot->stat.type}
						       : stamps->items[i].stat;
		kept.check = check_of(&kept);
		uint32_t old = find_kept(slots, &kept.path);
		slots->has_new |= old == NONE || memcmp(&slots->kept[old], &kept, sizeof kept) != 0;
		if (old != NONE) /* it is written */
			memset(&slots->kept[old].check, 0, sizeof slots->kept[old].check);
		buf_add(out, &kept, sizeof kept);
		++*count;
	}
}

static bool has_known(const struct content_slots *slots)
{
	uint32_t i = 0;

	while (i < slots->cap && !slots->items[i].is_known)
		i++;
	return i < slots->cap;
}

void stamps_keep_contents(struct stamps *stamps, int state_fd)
{
	struct content_slots *slots = stamps->contents;
	struct buf out BUF_LOCAL = BUF_SOFT;
	uint32_t count = 0;
	char path[64];

	if (!slots || state_fd < 0 || !has_known(slots))
		return;
	if (!slots->is_read)
		read_kept(stamps);
	buf_str(&out, MAGIC);
	keep_known(stamps, &out, &count);
	for (uint32_t i = 0; i < slots->kept_count && slots->kept_count <= count + SPARE; i++) {
		if (!digest_is_zero(&slots->kept[i].check))
			buf_add(&out, &slots->kept[i], sizeof slots->kept[i]);
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", state_fd, CONTENTS_FILE);
	if (slots->has_new && !out.failed)
		fs_replace(path, out.data, out.len, NULL);
}

void stamps_contents_end(struct stamps *stamps)
{
	if (!stamps->contents)
		return;
	table_free(&stamps->contents->by_path);
	free(stamps->contents->items);
	free(stamps->contents->kept);
	free(stamps->contents);
}
