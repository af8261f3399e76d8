/* Links among what a stage made. They are made in the work directory and then moved to their final
 * place, where each has to mean what it meant to the stage: a link to a place in the work directory
 * the final place of that, a relative one what it led to. One that leads nowhere as it was made may
 * be meant from its final place, and stays as it is if it leads somewhere from there. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/listing.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/graph/job_paths.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

#define TARGET_MAX 4096 /* Linux links hold less than this */

struct change { /* of a link, made when all have been looked at */
	const char *at, *text;
};

struct relink {
	struct running *running;
	struct arena arena;
	const char *root, *work, *dir; /* absolute, without links */
	struct change *changes;
	size_t count, cap;
	bool makes;        /* the changes, not only in listings */
	bool is_for_later; /* it led nowhere, and will when all is at its place */
};

/* The absolute path without links; of what is not there yet by the directories above it. */
static const char *real_path(struct arena *arena, const char *path)
{
	char *real MEM_LOCAL = realpath(path, NULL);
	const char *above = path_dir(arena, path), *result;

	if (real)
		result = arena_strdup(arena, real);
	else
		result = strcmp(above, path) == 0
				 ? path
				 : path_join(arena, real_path(arena, above), path_base(path));
	return result;
}

/* Where a link's text leads from the directory `from`, links in front of its last name resolved:
 * what the last name is, a link or not, is the stage's concern. */
static const char *lead(struct arena *arena, const char *from, const char *text)
{
	const char *whole = *text == '/' ? text : arena_fmt(arena, "%s/%s", from, text);
	size_t len = strlen(whole);

	while (len > 1 && whole[len - 1] == '/')
		len--;
	whole = arena_strndup(arena, whole, len);
	const char *base = path_base(whole);
	if (!*base || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
		return real_path(arena, whole);
	return path_join(arena, real_path(arena, path_dir(arena, whole)), base);
}

/* Will a place in the work directory go to a final one? Gives that, or NULL. */
static const char *final_place(struct relink *relink, const char *rest)
{
	const struct running *running = relink->running;
	const char *final, *below;

	if (stage_is_own(rest) || strcmp(rest, WORK_ROOT) == 0)
		return NULL;
	for (uint32_t i = running->first_made; i < running->attempt.file_count; i++) {
		const struct attempt_file *file = &running->attempt.files[i];
		const char *at = running->made_at[i];
		const char *aside = at ? path_below(running->work_dir, at) : NULL;
		bool goes =
			file->role == ROLE_INTERMEDIATE && !(file->flags & RECORD_FILE_RETAINED);
		if (goes && aside && *aside && path_is_under(aside, rest))
			return NULL;
	}
	final = stage_final_place(running->attempt.graph, running->stage, rest, &relink->arena);
	below = path_below(running->dir, final);
	return path_join(&relink->arena, below ? relink->dir : relink->root, below ? below : final);
}

/* Is there something, once all has been moved? */
static bool will_lead(struct relink *relink, const char *to)
{
	const struct running *running = relink->running;
	const char *rest = path_below(relink->dir, to);
	struct stat st;

	if (stat(to, &st) == 0)
		return true;
	if (rest && *rest)
		rest = path_join(&relink->arena, running->dir, rest);
	else
		rest = path_below(relink->root, to);
	if (!rest || !*rest)
		return false;
	rest = stage_made_path(
		running->attempt.graph, running->stage, rest, relink->work, &relink->arena);
	return stat(rest, &st) == 0;
}

/* Does the stage make or read it as something temporary? It goes when its readers have run: not so
 * a link `from` a directory in it, which goes as well. */
static bool is_temporary(const struct relink *relink, const char *to, const char *from)
{
	const struct graph *graph = relink->running->attempt.graph;
	const struct stage *s = &graph->stages[relink->running->stage];
	const char *path = path_below(relink->root, to), *own = path_below(relink->root, from);

	for (uint32_t i = s->first_use; path && i < s->first_use + stage_use_count(s); i++) {
		uint32_t file = graph->uses[i].file, maker = graph->files[file].producer;
		if (maker == NONE || !(graph->stages[maker].flags & STAGE_TEMPORARY) ||
			!path_is_under(file_path(graph, file), path) ||
			(own && path_is_under(file_path(graph, file), own)))
			continue;
		const struct stage *m = &graph->stages[maker];
		for (uint32_t k = m->first_use; k < m->first_use + stage_use_count(m); k++) {
			if (graph->uses[k].file == file &&
				graph->labels[graph->uses[k].label].flags & LABEL_TEMPORARY)
				return true;
		}
	}
	return false;
}

/* The text that the link at `at` must have at `final`. NULL: it leads nowhere. */
static const char *text_for(
	struct relink *relink, const char *at, const char *final, const char *text)
{
	struct arena *arena = &relink->arena;
	const char *from = real_path(arena, path_dir(arena, final)), *to, *rest;
	struct stat st;

	relink->is_for_later = stat(at, &st) < 0;
	to = lead(arena, relink->is_for_later ? from : real_path(arena, path_dir(arena, at)), text);
	rest = path_below(relink->work, to);
	if (rest)
		to = *rest ? final_place(relink, rest) : relink->dir;
	if (!to || (relink->is_for_later && !will_lead(relink, to)) ||
		is_temporary(relink, to, from))
		return NULL;
	if (!rest && (*text == '/' || relink->is_for_later))
		return text;
	const char *now = path_relative(arena, from, to);
	return *text != '/' && strcmp(path_norm(arena, text), now) == 0 ? text : now;
}

/* One link of `file`. Gives the text that it gets; NULL with err. */
static const char *relink_one(struct relink *relink, const struct attempt_file *file,
	const char *at, const char *final, const char *text, struct err *err)
{
	const char *now = text_for(relink, at, final, text);

	if (!now && file && file->role == ROLE_OUTPUT) {
		err_set(err, EXIT_STAGE,
			"'%s' is a link that would lead nowhere: '%s' (what it leads to must be there, "
			"and stay when the stage has ended)",
			final, text);
		return NULL;
	}
	if (!now || strcmp(now, text) == 0)
		return text;
	MEM_ROOM(relink->changes, relink->count, relink->cap);
	relink->changes[relink->count++] = (struct change){arena_strdup(&relink->arena, at), now};
	return now;
}

static int make_change(const struct relink *relink, const struct change *change, struct err *err)
{
	struct beneath place;
	const char *rel = path_below(relink->running->own_dir, change->at);
	int top = relink->running->own_fd;

	if (beneath_find(&place, top, rel, change->at, false, err) < 0)
		return -1;
	bool is_made = unlink(place.path) == 0 && symlink(change->text, place.path) == 0;
	int why = errno;
	beneath_end(&place);
	return is_made ? 0 : err_sys(err, why, "make the link anew", change->at);
}

static void relink_begin(struct relink *relink, struct running *running, bool makes)
{
	*relink = (struct relink){.running = running, .makes = makes};
	relink->root = real_path(&relink->arena, ".");
	relink->work = real_path(&relink->arena, running->work_dir);
	relink->dir = real_path(&relink->arena, running->dir);
}

static int relink_end(struct relink *relink, int status, struct err *err)
{
	for (size_t i = 0; relink->makes && status == 0 && i < relink->count; i++)
		status = make_change(relink, &relink->changes[i], err);
	free(relink->changes);
	arena_free(&relink->arena);
	return status;
}

/* The link itself is what was made. */
static int relink_single(struct relink *relink, const struct attempt_file *file, const char *at,
	const char *final, struct err *err)
{
	char text[TARGET_MAX + 1];
	ssize_t n = readlink(at, text, TARGET_MAX);

	if (n < 0)
		return 0;
	text[n] = '\0';
	return relink_one(relink, file, at, final, text, err) ? 0 : -1;
}

/* A link that lies behind another one: where that leads to something of the stage's own, it is made
 * anew there, and will have that text here too. */
static void retell_linked(struct relink *relink, struct listing *listing, size_t i, const char *at)
{
	struct arena *arena = &relink->arena;
	const struct listing_item *item = &listing->items[i];
	const char *text = arena_strdup(arena, listing_text(listing, item->target));
	const char *path = arena_fmt(arena, "%s/%s", at, listing_text(listing, item->rel));
	const char *real =
		arena_fmt(arena, "%s/%s", real_path(arena, path_dir(arena, path)), path_base(path));
	const char *rest = path_below(relink->work, real);
	const char *final = rest && *rest ? final_place(relink, rest) : NULL;
	const char *now = final ? text_for(relink, real, final, text) : NULL;

	if (now && now != text)
		listing_retarget(listing, i, now);
}

/* Those in a directory. */
static int relink_listed(struct relink *relink, const struct attempt_file *file,
	struct listing *listing, const char *at, bool *is_for_later, struct err *err)
{
	struct arena *arena = &relink->arena;

	for (size_t i = 0; i < listing->count; i++) {
		const struct listing_item *item = &listing->items[i];
		if (item->type != 'l' || !item->target)
			continue;
		if (item->is_linked) {
			retell_linked(relink, listing, i, at);
			continue;
		}
		const char *rel = arena_strdup(arena, listing_text(listing, item->rel));
		const char *text = arena_strdup(arena, listing_text(listing, item->target));
		const char *now = relink_one(relink, file, arena_fmt(arena, "%s/%s", at, rel),
			arena_fmt(arena, "%s/%s", file->path, rel), text, err);
		if (!now)
			return -1;
		*is_for_later |= relink->is_for_later;
		if (now != text && !listing_retarget(listing, i, now))
			return err_sys(err, ENOMEM, "read", at);
	}
	return 0;
}

int relink_made(struct running *running, struct listing *lists, bool makes, struct err *err)
{
	struct relink relink = {0};
	int status = 0;

	for (uint32_t i = running->first_made; status == 0 && i < running->attempt.file_count;
		i++) {
		const struct attempt_file *file = &running->attempt.files[i];
		struct listing *listing = &lists[i - running->first_made];
		const char *at = running->made_at[i];
		bool is_for_later = false;
		struct stat st;
		if (!at || !path_is_under(running->work_dir, at) || lstat(at, &st) < 0 ||
			(!S_ISLNK(st.st_mode) && !listing->count))
			continue;
		if (!relink.root)
			relink_begin(&relink, running, makes);
		if (!S_ISLNK(st.st_mode))
			status = relink_listed(&relink, file, listing, at, &is_for_later, err);
		else
			status = relink_single(&relink, file, at, file->path, err);
		if (is_for_later)
			running->made_type[i] = 'l';
	}
	return relink_end(&relink, status, err);
}

void relink_rest(struct running *running, const char *at, const char *final)
{
	struct relink relink;
	struct stat st;

	if (lstat(at, &st) < 0 || !S_ISLNK(st.st_mode))
		return;
	relink_begin(&relink, running, true);
	relink_single(&relink, NULL, at, final, NULL);
	relink_end(&relink, 0, NULL); /* nobody relies on it: else it stays as it is */
}
