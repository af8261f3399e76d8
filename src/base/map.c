#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct map_item {
	const char *key;
	uint32_t value;
};

struct wanted {
	const struct map_item *items;
	const char *key;
	size_t len;
};

static bool is_same(const void *ctx, uint32_t index)
{
	const struct wanted *wanted = ctx;
	const char *key = wanted->items[index].key;

	return strncmp(key, wanted->key, wanted->len) == 0 && key[wanted->len] == '\0';
}

static uint32_t find(const struct map *map, uint32_t hash, const char *key, size_t len)
{
	struct wanted wanted = {map->items, key, len};

	return table_get(&map->table, hash, is_same, &wanted);
}

uint32_t map_getn(const struct map *map, const char *key, size_t len)
{
	uint32_t at = map->count ? find(map, table_hash(key, len), key, len) : NONE;

	return at == NONE ? NONE : map->items[at].value;
}

uint32_t map_get(const struct map *map, const char *key)
{
	return map_getn(map, key, strlen(key));
}

static struct map_item *add(struct map *map, const char *key, uint32_t value)
{
	size_t len = strlen(key);
	uint32_t hash = table_hash(key, len), at = find(map, hash, key, len);

	if (at == NONE) {
		at = map->count++;
		MEM_ROOM(map->items, at, map->cap);
		map->items[at] = (struct map_item){key, value};
		table_add(&map->table, hash, at);
	}
	return &map->items[at];
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
	table_free(&map->table);
	free(map->items);
	*map = (struct map){0};
}
