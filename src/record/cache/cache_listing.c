#include "record/cache/cache_listing.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/listing_content.h"
#include "base/mem.h"
#include "base/path.h"

struct building {
	struct cache_listing *out;
	const char *open[ENTRY_DEPTH_MAX + 1]; /* directories that have not ended */
	uint32_t depth;
	bool has_sums;
};

/* Ends those in which the path does not lie; NULL: all of them. */
static bool end_dirs(struct building *building, const char *path)
{
	while (building->depth &&
		!(path && path_below(building->open[building->depth - 1], path))) {
		building->depth--;
		if (!listing_add(&building->out->listing, NULL, '.'))
			return false;
	}
	return true;
}

static bool add(struct building *building, const struct entry_output *output)
{
	struct listing *listing = &building->out->listing;

	if (output->type == 'l' || building->depth == ENTRY_DEPTH_MAX ||
		!end_dirs(building, output->path))
		return false;
	struct listing_item *item = listing_add(listing, output->path, output->type);
	if (!item)
		return false;
	if (output->type == 'd') {
		building->open[building->depth++] = output->path;
		building->out->has_dirs = true;
		return true;
	}
	item->sum = output->sum;
	item->has_sum = true;
	item->is_executable = output->is_executable;
	item->size = output->content.size;
	building->out->names[listing->count - 1] = output->content;
	building->has_sums &= !digest_is_zero(&output->sum);
	listing->files++;
	listing->bytes += output->content.size;
	return true;
}

static void note_items(struct cache_listing *list)
{
	for (size_t i = 0; i < list->listing.count; i++) {
		if (list->listing.items[i].type != '.')
			map_put(&list->items,
				listing_text(&list->listing, list->listing.items[i].rel),
				(uint32_t)i);
	}
}

bool cache_take_listing(struct cache *cache, const struct entry_output *output, int64_t until_ns,
	struct cache_listing *out)
{
	struct arena arena ARENA_LOCAL = {0};
	struct buf text BUF_LOCAL = {0};
	struct building building = {.out = out, .has_sums = true};
	struct entry_output *outputs;
	struct digest sum;
	uint32_t count;

	*out = (struct cache_listing){0};
	if (cache_take_bytes(cache, &output->content, ENTRY_TREE_MAX, until_ns, &text) !=
			CACHE_TAKEN ||
		entry_parse_tree(&arena, buf_text(&text), text.len, &outputs, &count, NULL) < 0)
		return false;
	listing_begin(&out->listing);
	/* each directory ends */
	out->names = mem_alloc(((size_t)count * 2 + 1) * sizeof *out->names);
	bool is_good = true;
	for (uint32_t i = 0; i < count && is_good; i++)
		is_good = add(&building, &outputs[i]);
	if (!is_good || !end_dirs(&building, NULL) ||
		listing_digest(&out->listing, false, &sum) < 0) {
		cache_listing_free(out);
		return false;
	}
	note_items(out);
	const struct listing_contents contents = {
		.items = out->names, .cap = (size_t)count * 2 + 1};
	out->name = listing_content(&out->listing, &contents);
	out->is_sure = building.has_sums && digest_eq(&sum, &output->sum);
	return true;
}

const struct listing_item *cache_listing_file(const struct cache_listing *list, const char *rel)
{
	uint32_t found = map_get(&list->items, rel);

	return found != NONE && list->listing.items[found].has_sum ? &list->listing.items[found]
								   : NULL;
}

void cache_listing_free(struct cache_listing *list)
{
	listing_free(&list->listing);
	map_free(&list->items);
	free(list->names);
	*list = (struct cache_listing){0};
}
