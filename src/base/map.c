#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Open addressing, linear probing, at most three quarters full. Nothing is ever removed. */
struct map_slot {
	const char *key; /* NULL: empty */
	uint32_t hash;
	uint32_t value;
};

static uint32_t hash_of(const char *key, size_t len)
{
	const uint64_t prime = 0x9E3779B97F4A7C15u;
	uint64_t h = len * prime, word;

	for (; len >= sizeof word; key += sizeof word, len -= sizeof word) {
		memcpy(&word, key, sizeof word);
		h = (h ^ word) * prime;
		h ^= h >> 29;
	}
	word = 0;
	memcpy(&word, key, len);
	h = (h ^ word) * prime;
	h = (h ^ (h >> 32)) * prime;
	return (uint32_t)(h >> 32);
}

static bool holds(const struct map_slot *slot, uint32_t hash, const char *key, size_t len)
{
	return slot->hash == hash && strncmp(slot->key, key, len) == 0 && slot->key[len] == '\0';
}

/* The slot of the key, or the empty one where it would go. The map has room. */
static struct map_slot *find(const struct map *map, uint32_t hash, const char *key, size_t len)
{
	uint32_t mask = map->cap - 1, i = hash & mask;

	while (map->slots[i].key && !holds(&map->slots[i], hash, key, len))
		i = (i + 1) & mask;
	return &map->slots[i];
}

static void grow(struct map *map)
{
	uint32_t old_cap = map->cap;
	struct map_slot *old = map->slots;

	if (old_cap > UINT32_MAX / 4)
		mem_fail((size_t)old_cap * 2 * sizeof *old);
	map->cap = old_cap ? old_cap * 2 : 16;
	map->slots = mem_alloc((size_t)map->cap * sizeof *map->slots);
	uint32_t mask = map->cap - 1;
	for (uint32_t i = 0; i < old_cap; i++) {
		if (!old[i].key)
			continue;
		uint32_t at = old[i].hash & mask;
		while (map->slots[at].key)
			at = (at + 1) & mask;
		map->slots[at] = old[i];
	}
	free(old);
}

uint32_t map_getn(const struct map *map, const char *key, size_t len)
{
	if (!map->cap)
		return NONE;
	const struct map_slot *slot = find(map, hash_of(key, len), key, len);
	return slot->key ? slot->value : NONE;
}

uint32_t map_get(const struct map *map, const char *key)
{
	return map_getn(map, key, strlen(key));
}

static struct map_slot *add(struct map *map, const char *key, uint32_t value)
{
	size_t len = strlen(key);
	uint32_t hash = hash_of(key, len);

	if (map->count >= map->cap / 4 * 3)
		grow(map);
	struct map_slot *slot = find(map, hash, key, len);
	if (!slot->key) {
		*slot = (struct map_slot){key, hash, value};
		map->count++;
	}
	return slot;
}

uint32_t map_put(struct map *map, const char *key, uint32_t value)
{
	return add(map, key, value)->value;
}

void map_set(struct map *map, const char *key, uint32_t value)
{
	add(map, key, value)->value = value;
}

void map_free(struct map *map)
{
	free(map->slots);
	*map = (struct map){0};
}
