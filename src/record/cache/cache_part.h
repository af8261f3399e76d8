/* What the files of cache.h share. */
#ifndef RECORD_CACHE_PART_H
#define RECORD_CACHE_PART_H

#include "record/cache/cache.h"

const struct entry_key *cache_key(const struct cache *cache);
/* Puts an open file; what comes of it as of cache_put_file. */
unsigned cache_put_fd(struct cache *cache, int fd, struct content *out);

#endif
