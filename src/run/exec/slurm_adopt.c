/* What an earlier head left: its batch files say what was handed over, results what has ended, and
 * squeue, asked as soon as we are at it, what is still out there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/mem.h"
#include "base/path.h"
#include "run/exec/slurm_part.h"

struct adoption {
	struct exec *exec;
	exec_take *take;
	void *ctx;
};

static void adopt_task(
	const struct adoption *adoption, struct batch *batch, const struct job_task *left)
{
	struct exec *exec = adoption->exec;
	struct exec_found found = {
		.away = left->launch.away,
		.has_ended = slurm_result_is_there(exec, left->launch.away->token),
	};
	struct launch launch = left->launch;

	launch.id = adoption->take(adoption->ctx, &found);
	struct task *task = slurm_task_add(exec, batch, &launch);
	task->index = left->index;
	task->state = TASK_OUT;
	task->is_adopted = true;
	if (launch.id == 0)
		slurm_task_wish(task, END_BY_CANCEL);
	if (!found.has_ended)
		return;
	task->has_result = true;
	if (launch.id == 0)
		slurm_result_remove(exec, task->token);
	slurm_task_end(exec, task, EXEC_BY_ITSELF, NULL);
}

/* Batches are written in the order of their indices; that is relied on. */
static bool is_in_order(const struct job_batch *left)
{
	for (uint32_t i = 1; i < left->task_count; i++) {
		if (left->tasks[i].index < left->tasks[i - 1].index)
			return false;
	}
	return left->task_count > 0;
}

static void adopt_batch(
	const struct adoption *adoption, const struct job_batch *left, int64_t written_ns)
{
	struct batch *batch = slurm_batch_new(adoption->exec);

	strncpy(batch->name, left->name, sizeof batch->name - 1);
	batch->state = BATCH_LEFT;
	batch->submitted_ns = written_ns; /* a moment before it was */
	batch->asks_before = adoption->exec->asks;
	batch->is_limited = left->is_limited;
	batch->index_count = left->tasks[left->task_count - 1].index + 1;
	for (uint32_t i = 0; i < left->task_count; i++)
		adopt_task(adoption, batch, &left->tasks[i]);
	for (uint32_t i = 1; i < left->task_count; i++) {
		if (left->tasks[i].index == left->tasks[i - 1].index)
			batch->tasks[i]->is_packed = batch->tasks[i - 1]->is_packed = true;
	}
}

/* A batch file that was found. */
struct left {
	const char *path;
	struct job_batch batch;
	int64_t written_ns;
	bool is_whole;
	struct left *next;
};

/* A file that cannot be read now may tell of jobs that run: nothing is done without it. One that is
 * cut tells nothing, and what was submitted by it is cancelled like all of which there is no
 * batch. */
static int read_file(struct arena *arena, const struct exec *exec, const char *name,
	struct left **found, struct err *err)
{
	struct buf text BUF_LOCAL = {0};
	struct left *left = arena_alloc(arena, sizeof *left);
	struct fs_stat st = {0};
	struct err why = {0};

	*left = (struct left){.path = path_join(arena, exec->jobs_dir, name), .next = *found};
	if (fs_read(left->path, JOBFILE_MAX, &text, &why) < 0 ||
		fs_stat(left->path, &st, &why) < 0) {
		if (why.sys == ENOENT || why.sys == EISDIR || why.sys == EINVAL)
			return 0; /* it has gone, or is no file */
		return err_set(err, EXIT_WORLD,
			"%s; it tells which jobs an earlier run has in Slurm: run as who began it, or "
			"remove the file when none of them is left (squeue)",
			why.text);
	}
	if (jobfile_is_of_other_format(buf_text(&text), text.len))
		return err_set(err, EXIT_WORLD,
			"'%s' is of another version of restage, and tells which jobs it has in Slurm: "
			"run with that version, or remove the file when none of them is left (squeue)",
			left->path);
	left->written_ns = st.mtime_ns;
	left->is_whole = jobfile_read_batch(arena, left->path, buf_text(&text), text.len,
				 &left->batch, &why) == 0 &&
			 strcmp(left->batch.name, name) == 0 && is_in_order(&left->batch);
	*found = left;
	return 0;
}

int slurm_adopt(struct exec *exec, exec_take *take, void *ctx, struct err *err)
{
	struct adoption adoption = {exec, take, ctx};
	struct arena arena ARENA_LOCAL = {0};
	struct left *found = NULL;
	char **names = NULL;
	size_t count = 0;
	int status = fs_list(&arena, exec->jobs_dir, &names, &count, err);

	/* others are what jobs put out, and what was being written */
	for (size_t i = count; i-- > 0 && status == 0;) {
		if (jobfile_is_name(names[i]) && strlen(names[i]) < sizeof exec->batches->name &&
			strcmp(names[i], DONE_DIR) != 0)
			status = read_file(&arena, exec, names[i], &found, err);
	}
	if (status < 0) {
		slurm_dismiss(exec);
		return -1;
	}
	for (; found; found = found->next) {
		if (found->is_whole)
			adopt_batch(&adoption, &found->batch, found->written_ns);
		else
			unlink(found->path);
	}
	exec->wants_strays = true;
	slurm_watch_soon(exec, 0);
	slurm_results_soon(exec);
	return 0;
}
