/* Directories as they were: what differs in them, and by older ideas of their content. */
#include <stdlib.h>

#include "base/listing.h"
#include "base/mem.h"
#include "record/stamp/stamp_part.h"
#include "record/stamp/trees.h"

/* The listing that was asked for last. */
struct last_tree {
	struct digest sum;
	struct listing listing;
	struct map items; /* path -> item */
	bool is_found;
};

static void end_tree(struct last_tree *tree)
{
	if (tree->is_found)
		listing_free(&tree->listing);
	map_free(&tree->items);
	*tree = (struct last_tree){0};
}

void stamps_trees_end(struct stamps *stamps)
{
	if (stamps->last_tree)
		end_tree(stamps->last_tree);
	free(stamps->last_tree);
}

static const struct last_tree *find_tree(struct stamps *stamps, const struct digest *sum)
{
	if (!stamps->last_tree)
		stamps->last_tree = mem_alloc(sizeof *stamps->last_tree);
	struct last_tree *tree = stamps->last_tree;
	if (tree->is_found && digest_eq(&tree->sum, sum))
		return tree;
	end_tree(tree);
	tree->sum = *sum;
	tree->is_found = trees_find(stamps->trees, sum, &tree->listing);
	for (size_t i = 0; tree->is_found && i < tree->listing.count; i++) {
		if (tree->listing.items[i].type != '.')
			map_put(&tree->items,
				listing_text(&tree->listing, tree->listing.items[i].rel),
				(uint32_t)i);
	}
	return tree;
}

bool stamps_file_of_tree(
	struct stamps *stamps, const struct digest *sum, const char *rel, struct stamp *as)
{
	const struct last_tree *tree = find_tree(stamps, sum);
	uint32_t found = map_get(&tree->items, rel);

	if (found == NONE || !tree->listing.items[found].has_sum)
		return false;
	const struct listing_item *item = &tree->listing.items[found];
	*as = (struct stamp){
		.stat = {.type = 'f', .is_executable = item->is_executable},
		.sum = item->sum,
		.state = STAMP_HASHED,
		.is_settled = true,
	};
	return true;
}

bool stamps_is_dir_of_tree(struct stamps *stamps, const struct digest *sum, const char *rel)
{
	const struct last_tree *tree = find_tree(stamps, sum);
	uint32_t found = map_get(&tree->items, rel);

	return found != NONE && tree->listing.items[found].type == 'd';
}

bool stamps_was_plain(struct stamps *stamps, uint32_t id, const struct digest *sum)
{
	struct listing listing;

	if (stamps->plain_id == id + 1)
		return digest_eq(&stamps->plain_sum, sum);
	const struct listing_how plain = {.is_plain = true};
	if (listing_read(&listing, stamps_path(stamps, id), &plain, NULL) < 0)
		return false;
	if (listing_digest(&listing, true, &stamps->plain_sum) == 0)
		stamps->plain_id = id + 1;
	listing_free(&listing);
	return stamps->plain_id == id + 1 && digest_eq(&stamps->plain_sum, sum);
}

void stamps_keep_trees(struct stamps *stamps, int state_fd)
{
	stamps->state_fd = state_fd;
}

/* What lies there now, if it is still what was hashed. A run has it among the kept ones. */
static bool list_now(
	const struct stamps *stamps, uint32_t id, const struct listing *known, struct listing *out)
{
	const struct stamp *stamp = stamps_get(stamps, id);
	const struct listing_how how = {.exclude = stamps_exclude(stamps, id), .known = known};
	struct digest sum;

	if (stamps->state_fd >= 0 || listing_read(out, stamps_path(stamps, id), &how, NULL) < 0)
		return false;
	if (listing_digest(out, false, &sum) == 0 && digest_eq(&sum, &stamp->sum))
		return true;
	listing_free(out);
	return false;
}

void stamps_tell_tree(struct stamps *stamps, uint32_t id, const struct digest *was, struct buf *out)
{
	const struct stamp *stamp = stamps_get(stamps, id);
	const char *dir = stamps->trees;
	struct listing old, now;

	if (stamp->state != STAMP_HASHED || stamp->stat.type != 'd' || !trees_find(dir, was, &old))
		return;
	if (trees_find(dir, &stamp->sum, &now) || list_now(stamps, id, &old, &now)) {
		trees_tell(&old, &now, out);
		listing_free(&now);
	}
	listing_free(&old);
}
