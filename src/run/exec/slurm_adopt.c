/* What an earlier head left: its batch files say what was handed over, results what has ended, and
 * squeue, asked as soon as we are at it, what is still out there. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/mem.h"
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
	task->submitted_ns = batch->submitted_ns;
	task->is_adopted = true;
	task->is_stopped = launch.id == 0;
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
	batch->state = BATCH_OUT;
	batch->is_written = batch->is_unknown = true;
	batch->submitted_ns = written_ns; /* a moment before it was */
	batch->asks_before = adoption->exec->asks;
	batch->job_count = left->tasks[left->task_count - 1].index + 1;
	for (uint32_t i = 0; i < left->task_count; i++)
		adopt_task(adoption, batch, &left->tasks[i]);
	for (uint32_t i = 1; i < left->task_count; i++) {
		if (left->tasks[i].index == left->tasks[i - 1].index)
			batch->tasks[i]->is_packed = batch->tasks[i - 1]->is_packed = true;
	}
	free(batch->launches_of);
	batch->launches_of = NULL;
	arena_free(&batch->launches);
}

/* What cannot be read tells nothing: what was submitted by it is cancelled like all of which there
 * is no batch. */
static void adopt_file(const struct adoption *adoption, const char *name)
{
	struct arena arena = {0};
	struct buf path = {0}, text = {0};
	struct job_batch left;
	struct fs_stat st = {0};
	struct err err = {0};

	buf_fmt(&path, "%s/%s", adoption->exec->jobs_dir, name);
	if (fs_read(buf_text(&path), JOBFILE_MAX, &text, &err) == 0 &&
		jobfile_read_batch(
			&arena, buf_text(&path), buf_text(&text), text.len, &left, &err) == 0 &&
		strcmp(left.name, name) == 0 && is_in_order(&left) &&
		fs_stat(buf_text(&path), &st, &err) == 0)
		adopt_batch(adoption, &left, st.mtime_ns);
	else
		unlink(buf_text(&path));
	buf_free(&path);
	buf_free(&text);
	arena_free(&arena);
}

int slurm_adopt(struct exec *exec, exec_take *take, void *ctx, struct err *err)
{
	struct adoption adoption = {exec, take, ctx};
	struct arena arena = {0};
	char **names = NULL;
	size_t count = 0;
	int status = fs_list(&arena, exec->jobs_dir, &names, &count, err);

	for (size_t i = 0; i < count && status == 0; i++) {
		/* others are what jobs put out, and what was being written */
		if (jobfile_is_name(names[i]) && strlen(names[i]) < sizeof exec->batches->name &&
			strcmp(names[i], DONE_DIR) != 0)
			adopt_file(&adoption, names[i]);
	}
	arena_free(&arena);
	exec->wants_strays = true;
	slurm_watch_soon(exec, 0);
	slurm_results_soon(exec);
	return status;
}
