/* Results of attempts, as files that nodes leave in one directory. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/map.h"
#include "run/exec/slurm_part.h"

#define LOOK_MS 200      /* between two looks, when something is happening ... */
#define LOOK_MAX_MS 2000 /* ... and when nothing is */

/* What another machine has put there is not seen for up to a minute, unless the directory is looked
 * at anew. */
static void look_anew(const char *dir)
{
	struct statx st;

	statx(AT_FDCWD, dir, AT_STATX_FORCE_SYNC, STATX_MTIME, &st);
}

void slurm_results_soon(struct exec *exec)
{
	exec->look_gap_ms = LOOK_MS;
	exec->look_ms = slurm_sooner(exec->look_ms, slurm_now_ms() + LOOK_MS);
}

static void take(struct exec *exec, struct task *task)
{
	if (task->batch->state == BATCH_UNSURE)
		slurm_batch_out(exec, task->batch);
	task->has_result = true;
	exec->result_ms = slurm_now_ms();
	slurm_task_end(exec, task, EXEC_BY_ITSELF, NULL);
}

/* Of which there is one, all at once: each is looked for among those that lie there. */
static void take_all(struct exec *exec, const struct map *names, bool *is_known)
{
	for (struct batch *batch = exec->batches; batch; batch = batch->next) {
		for (uint32_t i = 0; i < batch->task_count; i++) {
			struct task *task = batch->tasks[i];
			uint32_t at = map_get(names, task->token);
			if (at == NONE)
				continue;
			is_known[at] = task->state != TASK_DROPPED;
			if (slurm_task_is_live(task) && !task->has_result)
				take(exec, task);
		}
	}
}

static void look(struct exec *exec)
{
	struct arena arena = {0};
	struct map map = {0};
	struct err err = {0};
	char **names = NULL;
	size_t count = 0;

	look_anew(exec->done_dir);
	if (fs_list(&arena, exec->done_dir, &names, &count, &err) == 0 && count) {
		bool *is_known = arena_alloc(&arena, count * sizeof *is_known);
		for (uint32_t i = 0; i < count; i++) {
			if (jobfile_is_name(names[i])) /* not one that is being written */
				map_put(&map, names[i], i);
		}
		take_all(exec, &map, is_known);
		for (uint32_t i = 0; i < count; i++) {
			if (!is_known[i] && jobfile_is_name(names[i]))
				slurm_result_remove(exec, names[i]);
		}
	}
	map_free(&map);
	arena_free(&arena);
}

void slurm_results_step(struct exec *exec)
{
	int64_t now = slurm_now_ms(), before = exec->result_ms;

	if (exec->look_ms < 0 || now < exec->look_ms)
		return;
	look(exec);
	/* What takes long is seen some fifth of that later. */
	exec->look_gap_ms = exec->result_ms != before ? LOOK_MS : exec->look_gap_ms * 5 / 4;
	if (exec->look_gap_ms > LOOK_MAX_MS)
		exec->look_gap_ms = LOOK_MAX_MS;
	exec->look_ms = exec->live || exec->unwanted ? now + exec->look_gap_ms : -1;
}

static void result_path(const struct exec *exec, const char *token, struct buf *out)
{
	buf_fmt(out, "%s/%s", exec->done_dir, token);
}

bool slurm_result_is_there(const struct exec *exec, const char *token)
{
	struct buf path = {0};

	look_anew(exec->done_dir);
	result_path(exec, token, &path);
	bool is_there = fs_exists(buf_text(&path));
	buf_free(&path);
	return is_there;
}

int slurm_result_load(struct exec *exec, const struct task *task, struct err *err)
{
	struct buf path = {0}, text = {0};

	if (exec->loaded == task)
		return 0;
	slurm_result_unload(exec);
	result_path(exec, task->token, &path);
	int status = fs_read(buf_text(&path), JOBFILE_MAX, &text, err);
	if (status == 0)
		status = jobfile_read_result(&exec->result_arena, buf_text(&path), buf_text(&text),
			text.len, &exec->result, err);
	if (status == 0 && strcmp(exec->result.token, task->token) != 0)
		status = err_set(err, EXIT_WORLD, "%s: it is the result of '%s'", buf_text(&path),
			exec->result.token);
	exec->loaded = status == 0 ? task : NULL;
	buf_free(&path);
	buf_free(&text);
	return status;
}

void slurm_result_unload(struct exec *exec)
{
	if (exec->loaded)
		job_result_free(&exec->result);
	exec->loaded = NULL;
	arena_reset(&exec->result_arena);
}

void slurm_result_remove(const struct exec *exec, const char *token)
{
	struct buf path = {0};

	result_path(exec, token, &path);
	unlink(buf_text(&path));
	buf_free(&path);
}
