/* The stat cache on disk: what a file's stat was when its content was hashed.
 *
 * Only settled entries are kept. The file: a header (magic, version, counts, digest of all that follows),
 * the entries in order of the graph's files, then their paths. It only saves time: whatever is wrong
 * with it, it is dropped, and contents are hashed again. */
#ifndef RECORD_STAMP_CACHE_H
#define RECORD_STAMP_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/fs.h"

struct err;

struct cache_entry {
	struct fs_stat stat;
	struct digest sum;
	uint64_t size;
	const char *path; /* borrowed from the cache, or by it until it is written */
};

struct stamp_cache;

struct stamp_cache *cache_new(void);
void cache_free(struct stamp_cache *cache);
/* -1 if there is a file that cannot be used (the cache is empty then). */
int cache_load(struct stamp_cache *cache, const char *path);
/* The entry of that path; `hint` is where it stands if the graph is the same as when it was written. */
const struct cache_entry *cache_find(struct stamp_cache *cache, uint32_t hint, const char *path);
uint32_t cache_count(const struct stamp_cache *cache);
const struct cache_entry *cache_at(const struct stamp_cache *cache, uint32_t index);

int cache_write(
	const char *path, const struct cache_entry *entries, uint32_t count, struct err *err);

#endif
