/* A directory's name for a shared cache: as its digest (listing.h), by names of contents. Texts of
 * links count as they are. */
#include "base/listing_content.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static struct digest_watch *begin(struct listing_reader *reader, struct digest_watch *also)
{
	return content_watch_also(&((struct listing_contents *)reader)->watch, also);
}

static void done(struct listing_reader *reader, size_t item)
{
	struct listing_contents *contents = (struct listing_contents *)reader;

	MEM_ROOM(contents->items, item, contents->cap);
	contents->items[item] = content_watch_done(&contents->watch);
}

void listing_contents_begin(struct listing_contents *contents)
{
	*contents = (struct listing_contents){.reader = {.begin = begin, .done = done}};
	content_watch_begin(&contents->watch);
}

void listing_contents_end(struct listing_contents *contents)
{
	content_watch_end(&contents->watch);
	free(contents->items);
}

static void add_u64(struct content_hasher *hasher, uint64_t value)
{
	uint8_t bytes[8];

	for (int i = 7; i >= 0; i--, value >>= 8)
		bytes[i] = (uint8_t)value;
	content_hasher_add(hasher, bytes, sizeof bytes);
}

static void add_text(struct content_hasher *hasher, const char *text)
{
	add_u64(hasher, strlen(text));
	content_hasher_add(hasher, text, strlen(text));
}

struct content listing_content(
	const struct listing *listing, const struct listing_contents *contents)
{
	struct content_hasher *hasher = content_hasher_new();

	for (size_t i = 0; i < listing->count; i++) {
		const struct listing_item *item = &listing->items[i];
		const char kind[] = {
			item->type, item->leads_to, (char)item->is_executable, (char)item->has_sum};
		content_hasher_add(hasher, kind, sizeof kind);
		if (item->type != '.')
			add_text(hasher, listing_text(listing, item->rel));
		if (item->target)
			add_text(hasher, listing_text(listing, item->target));
		if (!item->has_sum)
			continue;
		add_u64(hasher, contents->items[i].size);
		content_hasher_add(hasher, &contents->items[i].sum, sizeof(struct sha256));
	}
	struct content content = content_hasher_done(hasher);
	content_hasher_free(hasher);
	return content;
}
