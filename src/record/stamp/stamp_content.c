/* Names of contents. The file in .restage that keeps them is a cache of its own beside the index,
 * so that a job without a shared cache, and a run with nothing to do, have nothing of it: an entry
 * is a digest of the path, the stat and the digest of the file, its content's name, and a check. An
 * entry serves as long as the stamp, which alone decides what a file's content is now, has that
 * stat and that digest. */
#include <stdlib.h>
#include <string.h>

#include "base/job_names.h"
#include "base/kept.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/stamp/stamp_part.h"

/* As it is kept. */
struct known {
	struct digest path;
	struct fs_stat stat;
	struct digest sum;
	struct content is;
	uint64_t bytes, files; /* see struct stamp */
	struct digest check;
};

/* Of entries that no file of the job needs any more some are kept. */
static const struct kept_form form = {
	.magic = "restage contents 2\n", .row_size = sizeof(struct known), .spare = 10000};

struct content_slots {
	struct content_slot *items; /* by id */
	uint32_t cap;
	struct kept kept; /* by path */
	bool is_read;
};

static void read_kept(struct stamps *stamps)
{
	struct arena arena ARENA_LOCAL = {0};

	stamps->contents->is_read = true;
	kept_read(&stamps->contents->kept, job_path(&arena, stamps->graph, JOB_CONTENTS));
}

static const struct known *find_kept(const struct stamps *stamps, const struct digest *path)
{
	const struct kept *kept = &stamps->contents->kept;
	uint32_t at = kept_find(kept, path);

	return at == NONE ? NULL : kept_row(kept, at);
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
	if (!stamps->contents) {
		stamps->contents = mem_alloc(sizeof *stamps->contents);
		stamps->contents->kept.form = &form;
	}
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
	const struct known *kept = find_kept(stamps, &path);
	if (!kept)
		return false;
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
	const struct known *kept = find_kept(stamps, &path);

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

static void keep_known(struct stamps *stamps)
{
	struct content_slots *slots = stamps->contents;
	struct kept *kept = &slots->kept;

	for (uint32_t i = 0; i < slots->cap && i < stamps->count; i++) {
		const struct content_slot *slot = &slots->items[i];
		uint32_t at;
		if (!is_worth_keeping(stamps, i))
			continue;
		struct known known = {
			.path = path_digest(stamps, i),
			.stat = stamps->items[i].stat,
			.sum = slot->sum,
			.is = slot->is,
			.bytes = slot->bytes,
			.files = slot->files,
		};
		if (stamps_is_spent(stamps, i))
			known.stat = (struct fs_stat){.type = slot->stat.type};
		kept->has_new |= kept_put(kept, &known, &at);
		kept->is_used[at] = true;
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

	if (!slots || state_fd < 0 || !has_known(slots))
		return;
	if (!slots->is_read)
		read_kept(stamps);
	keep_known(stamps);
	kept_write(&slots->kept, state_fd, CONTENTS_FILE);
}

void stamps_contents_end(struct stamps *stamps)
{
	if (!stamps->contents)
		return;
	kept_free(&stamps->contents->kept);
	free(stamps->contents->items);
	free(stamps->contents);
}
