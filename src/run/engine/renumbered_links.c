/* Links among what a stage made that lead into a directory which has another number now. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/name.h"
#include "base/path.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/places.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

struct relink {
	struct run *run;
	struct places *places;
	const char *dir; /* that is walked, from the root */
	struct err *err;
};

/* The text that the link has to have; NULL: the one that it has. */
static const char *text_now(const struct relink *relink, const char *path, const char *text)
{
	struct arena *arena = relink->places->arena;
	const char *dir = path_dir(arena, path);
	const char *root = graph_text(relink->run->graph, relink->run->graph->root);
	const char *was = *text == '/' ? path_below(root, path_norm(arena, text))
				       : path_norm(arena, path_join(arena, dir, text));
	const char *now = was ? places_now(relink->places, was) : NULL;
	struct stat st;

	if (!now || strcmp(now, was) == 0 || lstat(now, &st) < 0)
		return NULL;
	return *text == '/' ? path_join(arena, root, now) : path_relative(arena, dir, now);
}

/* One that leads somewhere leads where it did. */
static int relink_one(const struct relink *relink, const char *path)
{
	const struct run *run = relink->run;
	char text[PATH_MAX];
	struct beneath place;
	struct stat st;
	const char *rel;
	ssize_t len = stat(path, &st) < 0 ? readlink(path, text, sizeof text - 1) : -1;

	if (len < 0)
		return 0;
	text[len] = '\0';
	const char *now = text_now(relink, path, text);
	if (!now)
		return 0;
	int top = beneath_top(run->graph, run->job_fd, path, &rel);
	if (beneath_find(&place, top, rel, path, false, relink->err) < 0)
		return -1;
	bool is_made = unlink(place.path) == 0 && symlink(now, place.path) == 0;
	int why = errno;
	beneath_end(&place);
	return is_made ? 0 : err_sys(relink->err, why, "make the link anew", path);
}

static int see(void *ctx, const char *rel, char type)
{
	const struct relink *relink = ctx;

	return type == 'l' ? relink_one(relink, path_join(relink->places->arena, relink->dir, rel))
			   : 0;
}

static int relink_list(struct relink *relink, const json *files)
{
	struct arena *arena = relink->places->arena;
	int status = 0;

	for (const json *file = json_first(files); file && status == 0; file = json_next(file)) {
		const char *was = name_decoded(arena, json_get_str(file, "path", ""));
		struct stat st;
		relink->dir = places_now(relink->places, was);
		if (lstat(relink->dir, &st) < 0)
			continue;
		if (S_ISLNK(st.st_mode))
			status = relink_one(relink, relink->dir);
		else if (S_ISDIR(st.st_mode))
			status = fs_walk(relink->dir, see, relink, relink->err);
	}
	return status;
}

int renumbered_relink(struct run *run, struct places *places, const json *manifest, struct err *err)
{
	struct relink relink = {.run = run, .places = places, .err = err};
	const json *objects[] = {manifest, json_get(manifest, "last_success")};
	int status = 0;

	for (size_t i = 0; i < sizeof objects / sizeof *objects && status == 0; i++) {
		places_read(places, objects[i]);
		for (int role = 0; role <= ROLE_INTERMEDIATE && status == 0; role++) {
			if (role != ROLE_INPUT)
				status = relink_list(
					&relink, json_get(objects[i], manifest_file_lists[role]));
		}
	}
	return status;
}
