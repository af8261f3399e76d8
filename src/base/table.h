/* A hash table of indices into somebody's array: 8 bytes a slot, the keys stay where they are. The
 * caller hashes and compares; nothing is ever removed. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NONE UINT32_MAX /* no number: no index, place or id */

struct table {
	struct table_slot *slots;
	uint32_t count, cap;
};

/* Is what stands at `index` what is looked for? */
typedef bool table_same(const void *ctx, uint32_t index);

/* The index of that hash for which same(ctx, index) holds, NONE if there is none. With same NULL
 * the hash is the whole key. */
uint32_t table_get(const struct table *table, uint32_t hash, table_same *same, const void *ctx);
/* Adds an index that table_get did not find. */
void table_add(struct table *table, uint32_t hash, uint32_t index);
void table_free(struct table *table);

uint32_t table_hash(const void *data, size_t len);

#endif
