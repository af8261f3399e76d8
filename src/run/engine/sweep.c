/* What a run leaves that is killed: the open mark, work directories, and files that were being
 * written aside. The next run knows that it has to look by the mark, by a missing index, or by one
 * of an earlier boot. A work directory tells that its stage was interrupted; it goes when the stage
 * is settled, and with the last of them goes the mark. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/fs.h"
#include "base/path.h"
#include "model/graph/job_paths.h"
#include "run/engine/contain.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

/* Removes what was being written aside of `base` (NULL: of any file); tells whether there is a work
 * directory. We hold the job's lock: whoever made these is gone. */
static bool sweep_dir(const struct run *run, const char *path, const char *base)
{
	struct dir dir DIR_LOCAL = {0};
	const char *rel = path_below(graph_text(run->graph, run->graph->job_dir), path);
	bool has_work = false;
	int found FD_LOCAL = beneath_open(run->job_fd, *rel ? rel : ".");
	int fd FD_LOCAL = found < 0 ? -1 : dir_open(found, ".", O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return false;
	dir_read(fd, &dir);
	for (size_t i = 0; i < dir.count; i++) {
		const char *name = dir.items[i].name;
		if (strcmp(name, WORK_DIR) == 0)
			has_work = true;
		else if (dir.items[i].type == 'f' && fs_is_aside(name, base))
			unlinkat(fd, name, 0);
	}
	return has_work;
}

void sweep_state(const struct run *run)
{
	struct arena arena ARENA_LOCAL = {0};

	sweep_dir(run, job_path(&arena, run->graph, JOB_STATE), NULL);
}

/* What was being copied to another file system when the run was killed. */
static void sweep_moves(const struct run *run, uint32_t stage)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[stage];
	struct arena arena ARENA_LOCAL = {0};
	struct buf name BUF_LOCAL = {0};
	char mark[PUBLISH_MARK];

	publish_mark(run, stage, mark);
	for (uint32_t i = s->input_count; i < stage_use_count(s); i++) {
		const char *path = file_path(graph, graph->uses[s->first_use + i].file), *rel;
		buf_reset(&name);
		fs_add_aside(&name, path_base(path), mark);
		path = path_join(&arena, path_dir(&arena, path), buf_text(&name));
		int top = beneath_top(graph, run->job_fd, path, &rel);
		beneath_remove(top, rel, path, NULL);
	}
}

void sweep_stage(struct run *run, uint32_t stage)
{
	const struct stage *s = &run->graph->stages[stage];
	const char *dir = graph_text(run->graph, s->dir);

	run->stages[stage].is_interrupted = sweep_dir(run, dir, MANIFEST_FILE);
	if (run->stages[stage].is_interrupted || (s->flags & STAGE_TEMPORARY))
		sweep_moves(run, stage);
}

/* Is nobody there any more of what it began? */
static bool is_left(const void *ctx, uint32_t stage)
{
	const struct run *run = ctx;

	return run->stages[stage].is_interrupted && !adoption_has(run, stage);
}

void sweep_begin(struct run *run)
{
	const struct graph *graph = run->graph;

	run->was_open = fs_exists(job_path(&run->arena, graph, JOB_OPEN_MARK));
	if (run->index && !run->was_open && run->index->is_of_this_boot)
		return;
	for (uint32_t i = 0; i < graph->stage_count; i++)
		sweep_stage(run, i);
	contain_sweep(graph, is_left, run);
	sweep_dir(run, graph_text(graph, graph->job_dir), JOB_GRAPH);
	sweep_state(run);
	unlinkat(run->state_fd, path_base(JOB_POOL), 0);
	workdir_sweep(run->state_fd);
}

static bool is_settled(enum sched_state state)
{
	return state == SCHED_FRESH || state == SCHED_SKIPPED || state == SCHED_DONE ||
	       state == SCHED_FAILED;
}

static int remove_work(struct run *run, uint32_t stage, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *dir = graph_text(run->graph, run->graph->stages[stage].dir);
	const char *path = stage_path(&arena, dir, WORK_DIR), *rel;
	int top = beneath_top(run->graph, run->job_fd, path, &rel);
	int dir_fd = beneath_open(top, path_dir(&arena, rel));
	int status = dir_fd < 0 ? 0 : left_rescue(run, stage, dir_fd, err);

	if (status == 0)
		status = beneath_remove(top, rel, path, err);
	if (dir_fd >= 0)
		close(dir_fd);
	return status;
}

void sweep_end(struct run *run)
{
	const struct graph *graph = run->graph;
	struct err err = {0};
	bool is_clean = run->err.code == EXIT_OK; /* else something may not have been removed */

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (run->stages[i].is_interrupted && !is_settled(sched_state(run->sched, i)))
			is_clean = false;
		else if (run->stages[i].is_interrupted && remove_work(run, i, &err) < 0)
			run_fail(run, &err);
	}
	const char *mark = job_path(&run->arena, graph, JOB_OPEN_MARK);
	if (!run->has_opened && !run->was_open)
		return;
	if (is_clean && unlinkat(run->state_fd, path_base(mark), 0) < 0 && errno != ENOENT) {
		err_clear(&err);
		err_sys(&err, errno, "remove", mark);
		run_fail(run, &err);
	}
}
