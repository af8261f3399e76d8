/* Requests that workers answer: files that are large enough to be hashed while stages run. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "record/stamp/stamp_part.h"

/* Large files in parts; others, and those that are gone or have become something else, at once. */
static void hash_work(struct work *work)
{
	struct hashing *h = (struct hashing *)((char *)work - offsetof(struct hashing, work));

	h->is_more = h->result.stat.type == 'f' && h->result.stat.size > PART_BYTES &&
		     stamp_hash_part(h);
	if (h->is_more || h->result.state == STAMP_HASHED)
		return;
	err_clear(&h->err);
	if (stamp_hash(&h->how, &h->result, &h->err) < 0)
		h->result.state = STAMP_FAILED;
}

struct hashing *stamps_find_pending(const struct stamps *stamps, uint32_t id)
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
	h->how = stamps_reading(stamps, id);
	h->how.slot = h->how.slot ? &h->slot : NULL;
	h->id = id;
	h->result = stamps->items[id];
	h->next = stamps->pending;
	stamps->pending = h;
	stamps->pending_count++;
	stamps->asked_bytes += h->result.stat.type == 'f' ? h->result.stat.size : 0;
	workers_submit(stamps->workers, &h->work);
	return h;
}

static void add_waiter(struct stamps *stamps, struct hashing *h, uint32_t waiter)
{
	MEM_ROOM_ZEROED(stamps->waits, waiter, stamps->waits_cap);
	stamps->waits[waiter]++;
	MEM_PUSH(h->waiters, h->waiter_count, h->waiter_cap, waiter);
}

bool stamps_ask(
	struct stamps *stamps, const uint32_t *ids, size_t count, bool content, uint32_t waiter)
{
	bool is_known = true, is_probed = false;

	stamps_look(stamps, ids, count, false);
	for (size_t i = 0; content && i < count; i++) {
		struct stamp *stamp = &stamps->items[ids[i]];
		if (stamp->state != STAMP_SEEN || stamps_from_index(stamps, ids[i]))
			continue;
		if (!is_probed) {
			stamps_begin_reading(stamps);
			is_probed = true;
		}
		if (stamp->stat.type == 'f' && stamp->stat.size <= INLINE_BYTES) {
			stamps_look(stamps, &ids[i], 1, true);
			continue;
		}
		struct hashing *h = stamps_find_pending(stamps, ids[i]);
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
	if (h->result.stat.type == 'f')
		stamps->read_bytes += h->result.size % PART_BYTES;
	/* Forgotten meanwhile (the file was made anew): the answer is of an old file, whoever waits
	 * asks again. */
	if (stamps->items[h->id].state == STAMP_SEEN) {
		stamp_count_change(&h->result, &stamps->items[h->id]);
		stamps->items[h->id] = h->result;
		if (h->how.slot)
			stamps_put_content(stamps, h->id, &h->slot.is);
	}
	if (stamps->items[h->id].state == STAMP_FAILED)
		stamps_set_error(stamps, h->id, h->err.text);
	for (uint32_t i = 0; i < h->waiter_count; i++) {
		if (--stamps->waits[h->waiters[i]] == 0) {
			MEM_ROOM(stamps->ready, stamps->ready_count, stamps->ready_cap);
			stamps->ready[stamps->ready_count++] = h->waiters[i];
		}
	}
	free(h->waiters);
	free(h);
}

static void take_work(struct stamps *stamps, struct work *work)
{
	struct hashing *h = (struct hashing *)((char *)work - offsetof(struct hashing, work));

	stamps->read_bytes += h->is_more ? h->part_bytes : 0;
	if (h->is_more && !stamps->is_ending) {
		workers_submit(stamps->workers, &h->work);
		return;
	}
	digest_file_close(h->file);
	content_watch_end(&h->watch);
	take_answer(stamps, h);
}

uint32_t stamps_step(struct stamps *stamps)
{
	struct work *work;

	while (stamps->pending_count && (work = workers_collect(stamps->workers)))
		take_work(stamps, work);
	if (stamps->pending_count == 0)
		stamps->asked_bytes = stamps->read_bytes = 0;
	return stamps->ready_count ? stamps->ready[--stamps->ready_count] : NONE;
}

size_t stamps_pending(const struct stamps *stamps)
{
	return stamps->pending_count;
}

void stamps_progress(const struct stamps *stamps, uint64_t *done, uint64_t *total)
{
	*total = stamps->asked_bytes;
	*done = stamps->read_bytes < *total ? stamps->read_bytes : *total;
}

void stamps_on_first_read(struct stamps *stamps, void (*fn)(void *ctx), void *ctx)
{
	stamps->on_first_read = fn;
	stamps->first_read_ctx = ctx;
}

void stamps_begin_reading(struct stamps *stamps)
{
	void (*first)(void *ctx) = stamps->on_first_read;

	stamps->on_first_read = NULL;
	if (first)
		first(stamps->first_read_ctx);
	stamps_read_probe(stamps);
	stamps->is_changed = true;
}

void stamps_on_progress(struct stamps *stamps, void (*fn)(void *ctx), void *ctx)
{
	stamps->on_progress = fn;
	stamps->progress_ctx = ctx;
}
