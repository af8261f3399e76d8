/* Moving what a successful attempt made to its final place. Each file is whole before, and replaces
 * the old one in one step; only then is the manifest written, and only then goes the work
 * directory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/judge/same.h"
#include "run/engine/context.h"
#include "run/engine/replaced.h"
#include "run/job/beneath.h"

/* An optional output that this attempt did not make, but an earlier one did, would be taken for
 * this one's. It goes if it is what was recorded; what somebody changed since stays. */
static int drop_stale(
	struct run *run, struct running *running, const struct attempt_file *file, struct err *err)
{
	const struct record *record = run_record(run, running->stage);
	uint32_t id = collect_id(run, running->stage, file->path);

	for (uint32_t i = 0; i < record->success.file_count; i++) {
		const struct record_file *old = &record->success.files[i];
		bool was_made = old->role == ROLE_OUTPUT && !(old->flags & RECORD_FILE_MISSING);
		if (!was_made || strcmp(old->path, file->path) != 0)
			continue;
		stamps_refresh(run->stamps, id);
		stamps_look(run->stamps, &id, 1, true);
		const struct stamp *now = stamps_get(run->stamps, id);
		if (now->stat.type == 0)
			return 0;
		if (track_reads(old->track) && same_as_recorded(old, now) == SAME) {
			stamps_forget(run->stamps, id);
			return fs_remove_tree(file->path, err);
		}
		running_warn(run, running,
			"output '%s' was not made this time; the old one stays, since it was changed after it was made",
			file->path);
	}
	return 0;
}

/* To a place outside of the job: never through a link that leads out of the root. */
static int move_elsewhere(struct run *run, struct running *running, const char *at,
	const struct attempt_file *file, struct err *err)
{
	struct arena *arena = &running->arena;
	const char *dir = path_dir(arena, file->path);
	int fd = beneath_make(arena, dir);

	if (fd < 0 && (errno == EXDEV || errno == ELOOP))
		return err_set(err, EXIT_STAGE,
			"output '%s' would be written outside of the root, through a link in its path",
			file->path);
	if (fd < 0)
		return err_sys(err, errno, "make the directory", dir);
	const char *place = arena_fmt(arena, "/proc/self/fd/%d/%s", fd, path_base(file->path));
	int status = replaced_keep(run, running, file, place, false, err);
	if (status == 0)
		status = fs_move(at, place, err);
	close(fd);
	return status;
}

static int move_made(struct run *run, struct running *running, const char *at,
	const struct attempt_file *file, struct err *err)
{
	if (!path_is_under(graph_text(run->graph, run->graph->job_dir), file->path))
		return move_elsewhere(run, running, at, file, err);
	const char *dir = path_dir(&running->arena, file->path);
	if (strcmp(dir, running->dir) != 0 && fs_mkdirs(dir, err) < 0)
		return -1;
	if (replaced_keep(run, running, file, file->path, false, err) < 0)
		return -1;
	return fs_move(at, file->path, err);
}

static int place_file(struct run *run, struct running *running, uint32_t index, struct err *err)
{
	struct attempt_file *file = &running->attempt.files[index];
	const char *at = running->made_at[index];

	if (!at)
		return file->role == ROLE_OUTPUT ? drop_stale(run, running, file, err) : 0;
	/* Only what lies in the work directory is surely the attempt's own. */
	bool is_aside = path_is_under(running->work_dir, at);
	if (file->role == ROLE_INTERMEDIATE && !(file->flags & RECORD_FILE_RETAINED)) {
		if (is_aside)
			return fs_remove_tree(at, err);
		running_warn(run, running,
			"intermediate '%s' was not made in the work directory: it is left where it is",
			file->path);
		file->flags |= RECORD_FILE_RETAINED;
	}
	if (is_aside && move_made(run, running, at, file, err) < 0)
		return -1;
	uint32_t id = collect_id(run, running->stage, file->path);
	stamps_take(run->stamps, id, &file->sum, file->size);
	file->mtime_ns = stamps_get(run->stamps, id)->stat.mtime_ns;
	return 0;
}

struct rest { /* files in the work directory that nothing tracks */
	struct run *run;
	struct running *running;
	const char **paths;
	uint32_t count, cap;
	bool has_any; /* also ours, and directories */
};

static bool is_ours(const char *rel)
{
	static const char *const names[] = {
		WORK_EVENTS, WORK_CONFIG, WORK_COMMAND, WORK_ROOT, WORK_TRACE};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t len = strlen(names[i]);
		if (strncmp(rel, names[i], len) == 0 && (rel[len] == 0 || rel[len] == '/'))
			return true;
	}
	return false;
}

static int see_rest(void *ctx, const char *rel, char type)
{
	struct rest *rest = ctx;

	rest->has_any = true;
	if (type == 'd' || is_ours(rel))
		return 0;
	MEM_ROOM(rest->paths, rest->count, rest->cap);
	rest->paths[rest->count++] = arena_strdup(&rest->running->arena, rel);
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

/* What the command made beside its outputs is kept for the user, but never in place of something
 * that is not known to be ours. */
static int place_rest(struct run *run, struct running *running, struct err *err)
{
	struct rest rest = {.run = run, .running = running};
	int status = fs_walk(running->work_dir, see_rest, &rest, err);
	const char **kept = arena_alloc(&running->arena, (rest.count + 1) * sizeof *kept);

	for (uint32_t i = 0; status == 0 && i < rest.count; i++) {
		const char *rel = rest.paths[i];
		const char *from = path_join(&running->arena, running->work_dir, rel);
		const char *to = path_join(&running->arena, running->dir, rel);
		bool is_reserved =
			strcmp(rel, MANIFEST_FILE) == 0 || strcmp(rel, STAGE_LOG_FILE) == 0;
		if (is_reserved ||
			(fs_exists(to) && !was_left_before(run_record(run, running->stage), rel))) {
			running_warn(run, running,
				"the command made '%s', which is not declared; it was dropped, "
				"since %s",
				rel,
				is_reserved
					? "that name is the runner's"
					: "a file that is not known to be the stage's lies there");
			continue;
		}
		const char *dir = path_dir(&running->arena, to);
		if (strcmp(dir, running->dir) != 0)
			status = fs_mkdirs(dir, err);
		if (status == 0)
			status = fs_move(from, to, err);
		kept[running->attempt.untracked_count++] = rel;
	}
	running->attempt.untracked = kept;
	running->left_nothing = status == 0 && !rest.has_any;
	free(rest.paths);
	return status;
}

int publish_outputs(struct run *run, struct running *running, struct err *err)
{
	for (uint32_t i = running->first_made; i < running->attempt.file_count; i++) {
		if (place_file(run, running, i, err) < 0)
			return -1;
	}
	return place_rest(run, running, err);
}
