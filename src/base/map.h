/* A hash table from strings to 32-bit numbers. Keys are borrowed: they must live as long as the
 * map. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"

struct map {
	struct table table;
	struct map_item *items; /* in the order in which they came */
	uint32_t count, cap;
};

uint32_t map_get(const struct map *map, const char *key); /* NONE if absent */
/* The same; the key need not be terminated. */
uint32_t map_getn(const struct map *map, const char *key, size_t len);
/* Adds the key if absent and returns the value that the map now holds for it. */
uint32_t map_put(struct map *map, const char *key, uint32_t value);
void map_set(struct map *map, const char *key, uint32_t value); /* adds or replaces */
void map_free(struct map *map);
#define MAP_LOCAL __attribute__((cleanup(map_free))) /* freed where its block ends */

#endif
