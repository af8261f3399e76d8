/* Moving what a successful attempt made to its final place. Each file is whole before, and replaces
 * the old one in one step; only then is the manifest written, and only then goes the work
 * directory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/content.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/graph/job_paths.h"
#include "record/judge/same.h"
#include "run/engine/context.h"
#include "run/engine/temporary.h"
#include "run/job/beneath.h"

void publish_mark(const struct run *run, uint32_t stage, char mark[PUBLISH_MARK])
{
	const struct graph *graph = run->graph;
	struct hasher *hasher HASHER_LOCAL = hasher_new();

	hasher_add_str(hasher, graph_text(graph, graph->root));
	hasher_add_str(hasher, graph_text(graph, graph->stages[stage].dir));
	const struct digest digest = hasher_done(hasher);
	for (size_t i = 0; i < PUBLISH_MARK / 2; i++)
		snprintf(mark + 2 * i, 3, "%02x", digest.bytes[i]);
}

/* Where a path of the stage belongs: an open directory, and *rel from there. */
static int top_of(
	const struct run *run, const struct running *running, const char *path, const char **rel)
{
	const char *below = path_below(running->own_dir, path);

	if (below && *below) {
		*rel = below;
		return running->own_fd;
	}
	below = path_below(running->dir, path);
	if (below && *below) {
		*rel = below;
		return running->dir_fd;
	}
	return beneath_top(run->graph, run->job_fd, path, rel);
}

/* A link that leads elsewhere is the stage's fault, or the user's: the run goes on without it. */
static int blame_stage(struct err *err)
{
	if (err->sys == EXDEV || err->sys == ELOOP)
		err->code = EXIT_STAGE;
	return -1;
}

static int find_place(struct run *run, struct running *running, const char *path, bool makes,
	struct beneath *place, struct err *err)
{
	const char *rel;
	int top = top_of(run, running, path, &rel);

	return beneath_find(place, top, rel, path, makes, err) < 0 ? blame_stage(err) : 0;
}

static int remove_made(struct run *run, struct running *running, const char *path, struct err *err)
{
	const char *rel;
	int top = top_of(run, running, path, &rel);

	return beneath_remove(top, rel, path, err) < 0 ? blame_stage(err) : 0;
}

/* What lies at the place of an optional output that this attempt did not make would be taken for
 * this one's. It goes if a success recorded it, and is kept aside if somebody put it there. */
static int clear_unmade(
	struct run *run, struct running *running, const struct attempt_file *file, struct err *err)
{
	struct beneath place;
	struct err found = {0};
	int status;

	if (find_place(run, running, file->path, false, &place, &found) < 0) {
		bool is_gone = found.sys == ENOENT || found.sys == ENOTDIR;
		if (!is_gone)
			*err = found;
		return is_gone ? 0 : -1;
	}
	status = replaced_keep(run, running, file, place.path, false, err);
	beneath_end(&place);
	stamps_forget(run->stamps, collect_id(run, running->stage, file->path));
	return status < 0 ? -1 : remove_made(run, running, file->path, err);
}

/* To its final place, unless a link leads from there to where it does not belong. is_ours: what
 * lies there may go. */
static int move_made(struct run *run, struct running *running, const char *at,
	const struct attempt_file *file, bool is_ours, struct err *err)
{
	struct beneath from, to;
	struct err found = {0};
	char mark[PUBLISH_MARK];

	publish_mark(run, running->stage, mark);

	if (find_place(run, running, at, false, &from, err) < 0)
		return -1;
	if (find_place(run, running, file->path, true, &to, err) < 0) {
		beneath_end(&from);
		return -1;
	}
	int status = is_ours ? 0 : replaced_keep(run, running, file, to.path, false, err);
	if (status == 0 && !fs_move_at(from.at, from.name, to.at, to.name) &&
		fs_move(from.path, to.path, mark, &found) < 0)
		status = beneath_tell(err, &found, "move to its place", file->path);
	beneath_end(&from);
	beneath_end(&to);
	return status;
}

static int place_file(struct run *run, struct running *running, uint32_t index, struct err *err)
{
	struct attempt_file *file = &running->attempt.files[index];
	const char *at = running->made_at[index];

	if (!at)
		return file->role == ROLE_OUTPUT ? clear_unmade(run, running, file, err) : 0;
	/* Only what lies in the work directory is surely the attempt's own. */
	bool is_aside = path_is_under(running->work_dir, at);
	if (file->role == ROLE_INTERMEDIATE && !(file->flags & RECORD_FILE_RETAINED)) {
		if (is_aside)
			return remove_made(run, running, at, err);
		running_warn(run, running,
			"intermediate '%s' was not made in the work directory: it is left where it is",
			file->path);
		file->flags |= RECORD_FILE_RETAINED;
	}
	if (is_aside && temporary_lies_there(run, running, index)) {
		file->mtime_ns =
			stamps_get(run->stamps, collect_id(run, running->stage, file->path))
				->stat.mtime_ns;
		return remove_made(run, running, at, err);
	}
	if (is_aside && move_made(run, running, at, file, false, err) < 0)
		return -1;
	if (running->made_type[index] != 'l') {
		uint32_t id = collect_id(run, running->stage, file->path);
		const struct content *name =
			running->made_names ? &running->made_names[index] : NULL;
		stamps_take(run->stamps, id,
			&(struct stamp_content){
				.sum = file->sum,
				.size = file->size,
				.files = file->files,
				.name = name && name->size != UINT64_MAX ? name : NULL,
			});
		file->mtime_ns = stamps_get(run->stamps, id)->stat.mtime_ns;
	}
	return 0;
}

/* What has links that led nowhere before all was at its place is read now. */
static int read_placed(struct run *run, struct running *running, struct err *err)
{
	for (uint32_t i = running->first_made; i < running->attempt.file_count; i++) {
		struct attempt_file *file = &running->attempt.files[i];
		if (!running->made_at[i] || running->made_type[i] != 'l')
			continue;
		uint32_t id = collect_id(run, running->stage, file->path);
		stamps_forget(run->stamps, id);
		stamps_look(run->stamps, &id, 1, true);
		if (stamps_get(run->stamps, id)->state == STAMP_FAILED)
			return err_set(err, EXIT_STAGE, "%s", stamps_error(run->stamps, id));
		same_take(file, stamps_get(run->stamps, id));
	}
	return 0;
}

struct rest { /* files in the work directory that nothing tracks */
	struct running *running;
	const char **paths;
	uint32_t count, cap;
	bool has_any; /* also ours, and directories */
};

static int see_rest(void *ctx, const char *rel, char type)
{
	struct rest *rest = ctx;

	rest->has_any = true;
	if (type == 'd' || stage_is_own(rel) || path_is_under(WORK_ROOT, rel))
		return 0;
	MEM_PUSH(rest->paths, rest->count, rest->cap, arena_strdup(&rest->running->arena, rel));
	return 0;
}

/* Did an earlier attempt leave a file of that name? Only then may it be replaced. */
static bool was_left_before(const struct record *record, const char *rel)
{
	for (uint32_t i = 0; i < record->untracked_count; i++) {
		if (strcmp(record->untracked[i], rel) == 0)
			return true;
	}
	return false;
}

/* One of them: to its place, where nothing may lie that is not known to be ours. Gives 1 if it was
 * put there. */
static int place_one(struct run *run, struct running *running, const char *rel, struct err *err)
{
	const struct record *record = run_record(run, running->stage);
	struct attempt_file file = {.path = path_join(&running->arena, running->dir, rel)};
	const char *at = path_join(&running->arena, running->work_dir, rel);
	bool is_reserved = strcmp(rel, MANIFEST_FILE) == 0 || strcmp(rel, STAGE_LOG_FILE) == 0;
	struct fs_stat there = {0};
	bool is_free =
		!is_reserved && fs_stat_self(file.path, &there, NULL) == 0 && there.type == 0;

	if (!is_free && (is_reserved || !was_left_before(record, rel))) {
		running_warn(run, running,
			"the command made '%s', which is not declared; it was dropped, since %s",
			rel,
			is_reserved ? "that name is the runner's"
				    : "a file that is not known to be the stage's lies there");
		return 0;
	}
	relink_rest(running, at, file.path);
	/* Its content was not recorded: what is younger than the record is somebody else's. What is
	 * of the same step of the clock is most likely ours, put there just before the record. */
	bool is_ours = is_free || !same_is_younger(record, &there, false);
	if (!is_ours && digest_file(at, &file.sum, &file.size, NULL) < 0)
		memset(&file.sum, 0, sizeof file.sum);
	if (move_made(run, running, at, &file, is_ours, err) == 0)
		return 1;
	if (err->sys != ENOENT && err->sys != ENOTDIR)
		return -1;
	running_warn(run, running,
		"the command made '%s', which is not declared; it was dropped, since something else lies "
		"where its directory would be",
		rel);
	err_clear(err);
	return 0;
}

/* What the command made beside its outputs is kept for the user, but never in place of something
 * that is not known to be ours. */
static int place_rest(struct run *run, struct running *running, struct err *err)
{
	struct rest rest = {.running = running};
	struct beneath work;
	struct err found = {0};
	const char *self = path_below(running->own_dir, running->work_dir);
	int status = beneath_find(&work, running->own_fd,
		*self ? stage_path(&running->arena, self, ".") : ".", running->work_dir, false,
		err);

	if (status == 0 && (status = fs_walk(work.path, see_rest, &rest, &found)) < 0)
		beneath_tell(err, &found, "read", running->work_dir);
	const char **kept = arena_alloc(&running->arena, (rest.count + 1) * sizeof *kept);
	for (uint32_t i = 0; status >= 0 && i < rest.count; i++) {
		status = place_one(run, running, rest.paths[i], err);
		if (status > 0)
			kept[running->attempt.untracked_count++] = rest.paths[i];
	}
	running->attempt.untracked = kept;
	running->left_nothing = status >= 0 && !rest.has_any && !*self;
	free(rest.paths);
	return status < 0 ? -1 : 0;
}

int publish_outputs(struct run *run, struct running *running, struct err *err)
{
	for (uint32_t i = running->first_made; i < running->attempt.file_count; i++) {
		if (place_file(run, running, i, err) < 0)
			return -1;
	}
	if (place_rest(run, running, err) < 0)
		return -1;
	return read_placed(run, running, err);
}
