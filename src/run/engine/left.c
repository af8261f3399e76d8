/* What an attempt leaves for the next one: the files of a failed one, in failed/ of the stage's
 * directory, and caches.
 *
 * A cache is an intermediate with `retained = yes`. The next attempt finds it in its work directory
 * as the last one left it: what a failed or killed one had got of a download is not fetched again.
 * The one at its final place is that of the last success: an attempt works on a copy, which
 * replaces it on success only. That of a failed attempt waits in failed/, and goes before it. Each
 * step is a rename, so that a kill at any instant loses neither. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/fs.h"
#include "base/path.h"
#include "model/graph/job_paths.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

struct caches { /* of a stage */
	struct run *run;
	uint32_t stage;
	int dir_fd;             /* its directory */
	const char *work;       /* where it makes its outputs, from there */
	struct running *logged; /* its attempt, whose log tells what was put back; or NULL */
	struct err *err;
	struct arena arena;
};

/* Of an attempt of this machine. */
static const char *work_of(const struct run *run, uint32_t stage)
{
	return stage_runs_in_work(run->graph, stage) ? STAGE_CWD : WORK_DIR;
}

static const char *own_work(const struct running *running)
{
	return path_below(running->dir, running->work_dir);
}

/* `name` is that or STAGE_FAILED; what `rel` is called in there. */
static const char *place_in(struct caches *caches, const char *name, const char *rel)
{
	return path_join(&caches->arena, name, rel);
}

static const char *shown(struct caches *caches, const char *rel)
{
	const struct graph *graph = caches->run->graph;

	return stage_path(&caches->arena, graph_text(graph, graph->stages[caches->stage].dir), rel);
}

/* Takes the place of what is called `to`. 1, or -1 with err. */
static int put(struct caches *caches, const char *from, const char *to, const char *what,
	const char *about)
{
	struct beneath target;
	int status = beneath_remove(caches->dir_fd, to, shown(caches, to), caches->err);

	if (status == 0)
		status = beneath_find(
			&target, caches->dir_fd, to, shown(caches, to), true, caches->err);
	if (status < 0)
		return -1;
	status = rename(from, target.path) == 0 ? 1 : err_sys(caches->err, errno, what, about);
	beneath_end(&target);
	return status;
}

/* 1: it was there, and replaces what was called so. */
static int move_over(struct caches *caches, const char *from, const char *to)
{
	const char *about = shown(caches, from);
	struct beneath source;
	struct err found = {0};
	struct fs_stat stat;
	int status = 0;

	if (beneath_find(&source, caches->dir_fd, from, about, false, &found) < 0)
		return 0; /* nothing, or behind a link that the stage made: no cache of ours */
	if (fs_stat_self(source.path, &stat, NULL) == 0 && stat.type != 0)
		status = put(caches, source.path, to, "keep", about);
	beneath_end(&source);
	return status;
}

/* A copy is whole, or not there. */
static int copy_aside(struct caches *caches, const char *from, const char *path, const char *to)
{
	const char *about = shown(caches, to);
	struct beneath aside;
	struct err found = {0};
	struct buf name BUF_LOCAL = {0};
	char mark[PUBLISH_MARK];
	int status;

	publish_mark(caches->run, caches->stage, mark);
	fs_add_aside(&name, path_base(to), mark);
	const char *beside =
		path_join(&caches->arena, path_dir(&caches->arena, to), buf_text(&name));
	if (beneath_find(&aside, caches->dir_fd, beside, about, true, caches->err) < 0)
		return -1;
	status = fs_copy(from, aside.path, &found);
	if (status < 0)
		beneath_tell(caches->err, &found, "copy to the work directory", path);
	if (status == 0)
		status = put(caches, aside.path, to, "put in place", about);
	beneath_end(&aside);
	return status;
}

/* The one of the last success. */
static int copy_back(struct caches *caches, const char *path, const char *to)
{
	struct run *run = caches->run;
	struct beneath final;
	struct err found = {0};
	struct fs_stat stat;
	const char *rel;
	int top = beneath_top(run->graph, run->job_fd, path, &rel), status = 0;

	if (beneath_find(&final, top, rel, path, false, &found) < 0)
		return 0;
	if (fs_stat_self(final.path, &stat, NULL) == 0 && strchr("fd", stat.type) && stat.type)
		status = copy_aside(caches, final.path, path, to);
	beneath_end(&final);
	return status;
}

static int give(struct caches *caches, const char *path, const char *rel)
{
	const char *to = place_in(caches, caches->work, rel);
	const char *from = place_in(caches, STAGE_FAILED, rel);
	int status = move_over(caches, from, to);
	const char *source = status > 0 ? shown(caches, from) : path;

	if (status == 0)
		status = copy_back(caches, path, to);
	if (status > 0) {
		const char *text =
			arena_fmt(&caches->arena, "Cache of an earlier attempt: %s", source);
		stagelog_add(caches->logged->log, LOG_INFO, text, strlen(text));
	}
	return status;
}

/* Where an attempt elsewhere would have made its outputs, if nobody has begun it: it was never
 * handed over, and what it was given lies there. NULL: there is none. */
static const char *find_unbegun(struct caches *caches)
{
	struct dir dir DIR_LOCAL = {0};
	int own FD_LOCAL = beneath_open_own(caches->dir_fd, WORK_DIR);
	int fd FD_LOCAL = own < 0 ? -1 : dir_open(own, ".", O_RDONLY | O_DIRECTORY);
	const char *found = NULL;

	if (fd < 0)
		return NULL;
	dir_read(fd, &dir);
	for (size_t i = 0; i < dir.count && !found; i++) {
		const char *name = dir.items[i].name;
		const char *claim = path_join(&caches->arena, name, WORK_CLAIM);
		if (dir.items[i].type == 'd' && away_is_token(name) &&
			faccessat(fd, claim, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			found = path_join(&caches->arena, WORK_DIR, name);
	}
	if (found && stage_runs_in_work(caches->run->graph, caches->stage))
		found = path_join(&caches->arena, found, WORK_CWD);
	return found;
}

static int rescue(struct caches *caches, const char *path, const char *rel)
{
	(void)path;
	return move_over(
		caches, place_in(caches, caches->work, rel), place_in(caches, STAGE_FAILED, rel));
}

/* Caches that the stage told of while it ran, as its last success has them. */
static int each_reported(struct caches *caches,
	int (*take)(struct caches *caches, const char *path, const char *rel))
{
	const struct graph *graph = caches->run->graph;
	const struct record *record = caches->run->stages[caches->stage].record;
	const char *dir = graph_text(graph, graph->stages[caches->stage].dir);
	int status = 0;

	for (uint32_t i = 0; record && status >= 0 && i < record->success.file_count; i++) {
		const struct record_file *file = &record->success.files[i];
		const char *rel = path_below(dir, file->path);
		if (file->role == ROLE_INTERMEDIATE && file->origin == ORIGIN_REPORTED &&
			(file->flags & RECORD_FILE_RETAINED) && rel && *rel)
			status = take(caches, file->path, rel);
	}
	return status < 0 ? -1 : 0;
}

static int each_cache(struct caches *caches,
	int (*take)(struct caches *caches, const char *path, const char *rel))
{
	const struct graph *graph = caches->run->graph;
	const struct stage *s = &graph->stages[caches->stage];
	uint32_t first = s->first_use + s->input_count + s->output_count;
	int status = 0;

	for (uint32_t use = first; status >= 0 && use < first + s->intermediate_count; use++) {
		if (!(graph->labels[graph->uses[use].label].flags & LABEL_CACHE))
			continue;
		const char *place = command_path(graph, caches->stage, use, "", &caches->arena);
		status = take(caches, file_path(graph, graph->uses[use].file), place + 1);
	}
	if (status >= 0)
		status = each_reported(caches, take);
	arena_free(&caches->arena);
	return status < 0 ? -1 : 0;
}

int left_rescue(struct run *run, uint32_t stage, int dir_fd, struct err *err)
{
	struct caches caches = {.run = run,
		.stage = stage,
		.dir_fd = dir_fd,
		.work = work_of(run, stage),
		.err = err};

	int status = each_cache(&caches, rescue);

	if (status < 0 || !run->stages[stage].is_interrupted)
		return status;
	caches.work = find_unbegun(&caches);
	if (caches.work)
		status = each_cache(&caches, rescue);
	arena_free(&caches.arena);
	return status;
}

int left_give(struct run *run, struct running *running, struct err *err)
{
	struct caches caches = {
		.run = run,
		.stage = running->stage,
		.dir_fd = running->dir_fd,
		.work = own_work(running),
		.logged = running,
		.err = err,
	};

	if (each_cache(&caches, give) < 0)
		return -1;
	if (unlinkat(running->dir_fd, STAGE_FAILED, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return beneath_remove(running->dir_fd, STAGE_FAILED,
		stage_path(&running->arena, running->dir, STAGE_FAILED), err);
}

static bool is_real_dir(const struct running *running, const char *name)
{
	struct stat st;

	return fstatat(running->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int see_file(void *ctx, const char *rel, char type)
{
	(void)ctx;
	return type != 'd' && !stage_is_own(rel);
}

void left_look(struct run *run, struct running *running)
{
	const char *failed = stage_path(&running->arena, running->dir, STAGE_FAILED);
	const char *name = own_work(running);
	struct beneath work;

	if (!(stage_settings(run->graph, running->stage)->flags & SET_KEEP_FAILED) ||
		(running->dir_fd < 0 && running_open_dir(run, running, NULL) < 0) ||
		!is_real_dir(running, WORK_DIR) || !is_real_dir(running, name) ||
		beneath_find(&work, running->dir_fd, name, running->work_dir, false, NULL) < 0)
		return;
	running->is_left = fs_walk(work.path, see_file, NULL, NULL) > 0;
	beneath_end(&work);
	if (running->is_left && running->log) {
		const char *text =
			arena_fmt(&running->arena, "Files of this attempt are kept in %s", failed);
		stagelog_add(running->log, LOG_INFO, text, strlen(text));
	}
}

int left_keep(struct run *run, struct running *running, struct err *err)
{
	const char *name = own_work(running);
	struct caches caches = {.run = run,
		.stage = running->stage,
		.dir_fd = running->dir_fd,
		.work = name,
		.err = err};
	const char *failed = stage_path(&running->arena, running->dir, STAGE_FAILED);

	if (!running->is_left || !is_real_dir(running, WORK_DIR) || !is_real_dir(running, name))
		return each_cache(&caches, rescue);
	for (const char *const *own = stage_own_names; *own; own++) {
		const char *rel = path_join(
			&running->arena, path_below(running->dir, running->own_dir), *own);
		if (beneath_remove(running->dir_fd, rel, running->work_dir, err) < 0)
			return -1;
	}
	if (beneath_remove(running->dir_fd, STAGE_FAILED, failed, err) < 0)
		return -1;
	if (renameat(running->dir_fd, name, running->dir_fd, STAGE_FAILED) < 0)
		return err_sys(err, errno, "keep the files of a failed attempt in", failed);
	return strcmp(name, WORK_DIR) == 0;
}
