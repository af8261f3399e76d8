/* Ending jobs: one scancel for all that are to go. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/exec/slurm_part.h"

#define LIMIT_MS 30000
#define AGAIN_MS 5000   /* when it did not come through */
#define GATHER_MS 20    /* what is stopped together goes together */
#define CONFIRM_MS 500  /* then squeue is asked what came of it */
#define NOT_FOUND 127   /* exit code of a command that could not be started */
#define WORDS_MAX 32768 /* bytes of them in one call */

void slurm_cancel_soon(struct exec *exec)
{
	exec->cancel_ms = slurm_sooner(exec->cancel_ms, slurm_now_ms() + GATHER_MS);
}

void slurm_add_job(struct buf *out, const struct task *task)
{
	uint32_t at = task->claim_job == NONE ? task->seen_job : task->claim_job;

	if (at < task->batch->job_count)
		buf_fmt(out, "%s_%" PRIu32, task->batch->jobs[at].number, task->index);
}

void slurm_cancel_stray(struct exec *exec, const char *job)
{
	if (*job)
		buf_fmt(&exec->strays, "%s ", job);
	slurm_cancel_soon(exec);
}

/* Nothing of it was submitted. What was once, and was not seen then, may have turned up since. */
static bool is_here(struct exec *exec, const struct task *task)
{
	struct batch *batch = task->batch;

	if (batch->state >= BATCH_SUBMITTING)
		return false;
	if (!batch->submitted_ns || slurm_claim(exec, task))
		return true;
	if (!exec->is_barred)
		slurm_batch_out(exec, batch);
	return false;
}

void slurm_task_wish(struct task *task, enum task_end end)
{
	if (end > task->end)
		task->end = task->due = end;
}

void slurm_stop_task(struct exec *exec, struct task *task, bool at_once)
{
	int64_t now = slurm_now_ms();

	if (!slurm_task_is_live(task))
		return;
	slurm_task_wish(task, at_once ? END_BY_KILL : END_BY_CANCEL);
	if (is_here(exec, task)) {
		slurm_task_end(exec, task, EXEC_BY_STOP, NULL);
		return;
	}
	if (exec->is_barred)
		return;
	exec->stopped_ms = now;
	if (at_once && exec->killed_ms < 0)
		exec->killed_ms = now;
	slurm_cancel_soon(exec);
	slurm_watch_soon(exec, 1000);
}

/* Are all of those tasks to go that are live, and has scancel to be told that of one? */
static bool are_due(const struct batch *batch, uint32_t first, uint32_t end, enum task_end due)
{
	bool has_any = false;

	for (uint32_t i = first; i < end; i++) {
		const struct task *task = batch->tasks[i];
		if (!slurm_task_is_live(task))
			continue;
		if (task->end < due)
			return false;
		has_any |= task->due == due;
	}
	return has_any;
}

/* These tasks, which are all, or those of one index; of all its jobs: what it was submitted twice
 * for may turn up in either. */
static bool add_some(
	struct buf *out, const struct batch *batch, uint32_t first, uint32_t end, enum task_end due)
{
	if (!are_due(batch, first, end, due))
		return false;
	for (uint32_t k = 0; k < batch->job_count; k++) {
		if (!batch->jobs[k].is_there)
			continue;
		buf_str(out, batch->jobs[k].number);
		if (end - first < batch->task_count)
			buf_fmt(out, "_%" PRIu32, batch->tasks[first]->index);
		buf_char(out, ' ');
	}
	for (uint32_t i = first; i < end; i++) {
		if (batch->tasks[i]->due == due)
			batch->tasks[i]->due = due - 1;
	}
	return true;
}

static void add_batch(struct buf *out, const struct batch *batch, enum task_end due)
{
	uint32_t count = batch->task_count;

	if (!batch->job_count || batch->state != BATCH_OUT || add_some(out, batch, 0, count, due))
		return;
	for (uint32_t first = 0, end = 0; end < count && out->len < WORDS_MAX; first = end) {
		while (end < count && batch->tasks[end]->index == batch->tasks[first]->index)
			end++;
		add_some(out, batch, first, end, due);
	}
}

static void start_scancel(struct exec *exec, struct buf *jobs, enum task_end due)
{
	char **argv = mem_grow(NULL, jobs->len + 4, sizeof *argv), *rest = jobs->data, *word;
	size_t count = 0;

	argv[count++] = "scancel";
	if (due == END_BY_KILL) {
		argv[count++] = "--signal=KILL";
		argv[count++] = "--full";
	}
	while ((word = strsep(&rest, " "))) {
		if (*word)
			argv[count++] = word;
	}
	argv[count] = NULL;
	exec->cancel = slurm_command_start(argv, NULL, LIMIT_MS);
	exec->cancelling = due;
	free(argv);
}

static void cancel(struct exec *exec)
{
	struct buf jobs = {0};
	enum task_end due = END_BY_KILL;

	exec->cancel_ms = -1;
	for (;; due--) {
		for (struct batch *batch = exec->batches; batch; batch = batch->next)
			add_batch(&jobs, batch, due);
		if (jobs.len || due == END_BY_CANCEL)
			break;
	}
	if (due == END_BY_CANCEL) {
		buf_add(&jobs, exec->strays.data, exec->strays.len);
		buf_reset(&exec->strays);
	}
	if (jobs.len && slurm_may_go(exec))
		start_scancel(exec, &jobs, due);
	buf_free(&jobs);
}

void slurm_cancel_again(struct exec *exec, struct task *task)
{
	if (task->due == task->end) /* nothing, or it is about to be told */
		return;
	task->due = task->end;
	slurm_cancel_soon(exec);
}

/* It did not come through: all that may not have heard of it is told once more. */
static void tell_again(struct exec *exec)
{
	for (struct batch *batch = exec->batches; batch; batch = batch->next) {
		for (uint32_t i = 0; i < batch->task_count; i++) {
			struct task *task = batch->tasks[i];
			if (task->due < exec->cancelling)
				task->due =
					task->end < exec->cancelling ? task->end : exec->cancelling;
		}
	}
}

static void take_answer(struct exec *exec, const struct slurm_answer *answer)
{
	/* What has ended meanwhile is told of as a mistake, and is none. */
	bool is_silent = answer->exit_code < 0 || answer->exit_code == NOT_FOUND ||
			 (answer->exit_code > 0 && slurm_is_silence(answer->text));

	if (is_silent) {
		slurm_silent(exec, answer->text);
		tell_again(exec);
		exec->cancel_ms = slurm_now_ms() + AGAIN_MS;
		return;
	}
	slurm_answered(exec);
	exec->asks_cancelled = exec->asks;
	slurm_watch_soon(exec, CONFIRM_MS);
	slurm_results_soon(exec);
	slurm_cancel_soon(exec); /* what did not fit into it */
}

void slurm_cancel_step(struct exec *exec)
{
	slurm_take(exec, &exec->cancel, take_answer);
	if (!exec->cancel && exec->cancel_ms >= 0 && slurm_now_ms() >= exec->cancel_ms)
		cancel(exec);
}

int64_t slurm_cancel_wake_ms(const struct exec *exec)
{
	return exec->cancel ? slurm_command_wake_ms(exec->cancel) : exec->cancel_ms;
}
