#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Open addressing, linear probing, at most three quarters full. */
struct table_slot {
	uint32_t hash;
	uint32_t index; /* + 1; 0: empty, so that fresh memory is an empty table */
};

/* Hashes that are whole keys are small numbers in a row: spread them. Odd factors lose nothing. */
static uint32_t start(const struct table *table, uint32_t hash)
{
	hash *= 0x9E3779B1u;
	return (hash ^ hash >> 16) & (table->cap - 1);
}

static void insert(struct table *table, struct table_slot slot)
{
	uint32_t at = start(table, slot.hash);

	while (table->slots[at].index)
		at = (at + 1) & (table->cap - 1);
	table->slots[at] = slot;
}

static void grow(struct table *table)
{
	struct table_slot *old MEM_LOCAL = table->slots;
	uint32_t old_cap = table->cap;

	if (old_cap > UINT32_MAX / 4)
		mem_fail((size_t)old_cap * 2 * sizeof *old);
	table->cap = old_cap ? old_cap * 2 : 16;
	table->slots = mem_alloc((size_t)table->cap * sizeof *table->slots);
	mem_touch(table->slots, (size_t)table->cap * sizeof *table->slots);
	for (uint32_t i = 0; i < old_cap; i++) {
		if (old[i].index)
			insert(table, old[i]);
	}
}

uint32_t table_get(const struct table *table, uint32_t hash, table_same *same, const void *ctx)
{
	if (!table->cap)
		return NONE;
	uint32_t mask = table->cap - 1;
	for (uint32_t at = start(table, hash);; at = (at + 1) & mask) {
		const struct table_slot *slot = &table->slots[at];
		if (!slot->index)
			return NONE;
		if (slot->hash == hash && (!same || same(ctx, slot->index - 1)))
			return slot->index - 1;
	}
}

void table_add(struct table *table, uint32_t hash, uint32_t index)
{
	if (table->count >= table->cap / 4 * 3)
		grow(table);
	insert(table, (struct table_slot){.hash = hash, .index = index + 1});
	table->count++;
}

void table_free(struct table *table)
{
	free(table->slots);
	*table = (struct table){0};
}

uint32_t table_hash(const void *data, size_t len)
{
	const uint64_t prime = 0x9E3779B97F4A7C15u;
	const char *at = data;
	uint64_t h = len * prime, word;

	for (; len >= sizeof word; at += sizeof word, len -= sizeof word) {
		memcpy(&word, at, sizeof word);
		h = (h ^ word) * prime;
		h ^= h >> 29;
	}
	word = 0;
	memcpy(&word, at, len);
	h = (h ^ word) * prime;
	h = (h ^ (h >> 32)) * prime;
	return (uint32_t)(h >> 32);
}
