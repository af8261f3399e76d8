#include "record/manifest/made.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/listing.h"
#include "base/name.h"
#include "base/order.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/manifest/manifest_read.h"
#include "record/stamp/trees.h"

#define LINES_MAX ((size_t)1 << 30)

static void take_listing(struct arena *arena, const struct listing *listing, struct made_names *out)
{
	out->at = arena_alloc(arena, (listing->count + 1) * sizeof *out->at);
	for (size_t i = 0; i < listing->count; i++) {
		if (listing->items[i].type != '.')
			out->at[out->count++] =
				arena_strdup(arena, listing_text(listing, listing->items[i].rel));
	}
	if (out->count)
		qsort(out->at, out->count, sizeof *out->at, order_natural);
}

static bool find_entries(struct arena *arena, const char *trees, const char *path,
	const struct digest *sum, struct made_names *out)
{
	struct listing listing;
	struct digest is;

	if (!trees_find(trees, sum, &listing)) {
		if (listing_read(&listing, path, &(struct listing_how){0}, NULL) < 0)
			return false;
		if (listing_digest(&listing, false, &is) < 0 || !digest_eq(&is, sum)) {
			listing_free(&listing);
			return false;
		}
	}
	take_listing(arena, &listing, out);
	listing_free(&listing);
	return true;
}

static void take_lines(struct arena *arena, struct buf *text, struct made_names *out)
{
	char *rest = text->data;
	size_t room = 1;

	for (size_t i = 0; i < text->len; i++)
		room += text->data[i] == '\n' || text->data[i] == '\r';
	out->at = arena_alloc(arena, room * sizeof *out->at);
	for (char *at; text->len && (at = text_list_line(&rest));)
		out->at[out->count++] = arena_strdup(arena, at);
}

static bool find_lines(
	struct arena *arena, const char *path, const struct digest *sum, struct made_names *out)
{
	struct buf text BUF_LOCAL = {0};
	bool is_good = fs_read(path, LINES_MAX, &text, NULL) == 0;
	struct digest is = digest_bytes(buf_text(&text), text.len);

	is_good = is_good && digest_eq(&is, sum);
	if (is_good)
		take_lines(arena, &text, out);
	return is_good;
}

bool made_names_at(struct arena *arena, const char *trees, const char *path,
	const struct digest *sum, bool is_lines, struct made_names *out)
{
	return is_lines ? find_lines(arena, path, sum, out)
			: find_entries(arena, trees, path, sum, out);
}

/* The path as the manifest has it: below the stage's directory that may have been another. */
static bool is_at(struct arena *arena, const json *object, const struct made_place *place,
	const char *recorded)
{
	const char *old = name_decoded(arena, json_get_str(object, "stage_dir", ""));
	const char *below = path_below(place->dir, place->path);
	const char *then = *old ? path_below(path_norm(arena, old), recorded) : NULL;

	return below && then ? strcmp(below, then) == 0 : strcmp(place->path, recorded) == 0;
}

static bool find_file(struct arena *arena, const json *object, const struct made_place *place,
	struct record_file *out)
{
	for (int role = ROLE_OUTPUT; role <= ROLE_INTERMEDIATE; role++) {
		const json *list = json_get(object, manifest_file_lists[role]);
		if (!json_is(list, JSON_ARRAY))
			continue;
		for (const json *node = json_first(list); node; node = json_next(node)) {
			if (manifest_file(arena, node, (enum file_role)role, out) &&
				is_at(arena, object, place, path_norm(arena, out->path)))
				return true;
		}
	}
	return false;
}

/* The directory of the stage under that name, which has another number still; NULL. */
static const char *find_dir(struct arena *arena, const struct made_place *place, const char *name)
{
	char **names;
	size_t count;

	if (!name || fs_list(arena, place->job_dir, &names, &count, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *decl = job_without_number(names[i]);
		if (decl == names[i] || strcmp(decl, name) != 0)
			continue;
		const char *dir = stage_path(arena, place->job_dir, names[i]);
		return *place->instance ? stage_path(arena, dir, place->instance) : dir;
	}
	return NULL;
}

/* Where the place is now. */
static const char *path_in(struct arena *arena, const struct made_place *place, const char *dir)
{
	const char *below = path_below(place->dir, place->path);

	return below && dir != place->dir ? path_join(arena, dir, below) : place->path;
}

static bool find_names(struct arena *arena, const json *manifest, const struct made_place *place,
	const char *dir, struct made_names *out)
{
	enum record_status status = manifest_status(manifest);
	const json *success = manifest_judged(manifest);
	struct record_file file;

	if (place->may_fail && status == RECORD_FAILED)
		return true;
	if (!json_is(success, JSON_OBJECT))
		return false;
	if (success == manifest && status == RECORD_SKIPPED)
		return true;
	if (!find_file(arena, success, place, &file))
		return false;
	if (file.flags & RECORD_FILE_MISSING)
		return true;
	if (file.flags & RECORD_FILE_NO_SUM)
		return false;
	return made_names_at(arena, stage_path(arena, place->job_dir, JOB_TREES),
		path_in(arena, place, dir), &file.sum, place->is_lines, out);
}

bool record_made_names(struct arena *arena, const struct made_place *place, struct made_names *out)
{
	const char *dir = place->dir;
	json *manifest JSON_LOCAL = manifest_tree(dir, NULL);

	*out = (struct made_names){0};
	if (!manifest)
		dir = find_dir(arena, place, place->decl);
	if (!manifest && !dir)
		dir = find_dir(arena, place, place->was);
	if (!manifest && dir)
		manifest = manifest_tree(dir, NULL);
	return manifest && find_names(arena, manifest, place, dir, out);
}
