/* What a directory in a cache is, without any of its files: known by its tree alone. For who does
 * without the directory until it is needed, and for who only looks. */
#ifndef RECORD_CACHE_LISTING_H
#define RECORD_CACHE_LISTING_H

#include "base/listing.h"
#include "base/map.h"
#include "record/cache/cache.h"

struct cache_listing {
	struct listing listing;
	struct content *names; /* of the contents of files, by item */
	struct map items;      /* path -> item */
	struct content name;   /* of the directory, as it counts for keys */
	bool has_dirs;         /* there is one in it */
	/* all files have checksums, and with them it is what the entry says */
	bool is_sure;
};

/* Of an output that is a tree. False: its tree cannot be had, or has links, and what those lead to
 * is not known; then there is nothing to free. */
bool cache_take_listing(struct cache *cache, const struct entry_output *output, int64_t until_ns,
	struct cache_listing *out);
/* The item of a file; NULL: there is no such file. */
const struct listing_item *cache_listing_file(const struct cache_listing *list, const char *rel);
void cache_listing_free(struct cache_listing *list);

#endif
