/* The name of a directory for a shared cache (content.h): by the names of the contents in it, which
 * are made as it is listed. */
#ifndef BASE_LISTING_CONTENT_H
#define BASE_LISTING_CONTENT_H

#include "base/content_watch.h"
#include "base/listing.h"

struct listing_contents {
	struct listing_reader reader; /* first: it is cast back */
	struct content_watch watch;
	struct content *items; /* by item of the listing, of those that have a digest */
	size_t cap;
};

/* After sha256_load. */
void listing_contents_begin(struct listing_contents *contents);
/* Of a listing that was read with this reader. */
struct content listing_content(
	const struct listing *listing, const struct listing_contents *contents);
void listing_contents_end(struct listing_contents *contents);

#endif
