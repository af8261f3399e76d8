/* Ending jobs: one scancel for all that are to go. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/exec/slurm_part.h"

#define LIMIT_MS 30000
#define AGAIN_MS 5000  /* when it did not come through */
#define GATHER_MS 20   /* what is stopped together goes together */
#define CONFIRM_MS 500 /* then squeue is asked what came of it */
#define NOT_FOUND 127  /* exit code of a command that could not be started */
#define JOBS_MAX 2000  /* in one call */

void slurm_cancel_soon(struct exec *exec)
{
	exec->cancel_ms = slurm_sooner(exec->cancel_ms, slurm_now_ms() + GATHER_MS);
}

void slurm_add_job(struct buf *out, const struct task *task)
{
	if (*task->batch->job)
		buf_fmt(out, "%s_%" PRIu32, task->batch->job, task->index);
}

/* Nothing of it was submitted. What was once, and was not seen then, may have turned up since. */
static bool is_here(struct exec *exec, const struct task *task)
{
	struct batch *batch = task->batch;

	if (batch->state != BATCH_COLLECTED && batch->state != BATCH_READY)
		return false;
	if (!batch->submitted_ns || slurm_claim(exec, task))
		return true;
	if (!exec->is_barred)
		slurm_batch_out(exec, batch);
	return false;
}

void slurm_stop_task(struct exec *exec, struct task *task, bool at_once)
{
	int64_t now = slurm_now_ms();

	if (!slurm_task_is_live(task))
		return;
	task->is_stopped = true;
	task->is_killed |= at_once;
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

static bool is_to_go(const struct task *task)
{
	return task->is_stopped || task->is_held;
}

/* Of the tasks from `first` on with its index: are all to go that are live, and is there one that
 * was not given to scancel? */
static bool is_whole_to_go(const struct batch *batch, uint32_t first, uint32_t end, bool kills)
{
	bool has_any = false;

	for (uint32_t i = first; i < end; i++) {
		const struct task *task = batch->tasks[i];
		if (!slurm_task_is_live(task))
			continue;
		if (!is_to_go(task) || (kills && !task->is_killed))
			return false;
		has_any |= kills ? !task->is_kill_sent : !task->is_cancelled;
	}
	return has_any;
}

static void mark(const struct batch *batch, uint32_t first, uint32_t end, bool kills)
{
	for (uint32_t i = first; i < end; i++) {
		if (kills)
			batch->tasks[i]->is_kill_sent = true;
		else
			batch->tasks[i]->is_cancelled = true;
	}
}

static uint32_t end_of(const struct batch *batch, uint32_t first)
{
	uint32_t end = first;

	while (end < batch->task_count && batch->tasks[end]->index == batch->tasks[first]->index)
		end++;
	return end;
}

static uint32_t add_batch(struct buf *out, const struct batch *batch, bool kills)
{
	uint32_t count = 0;

	if (!*batch->job || batch->state != BATCH_OUT)
		return 0;
	if (is_whole_to_go(batch, 0, batch->task_count, kills)) {
		buf_fmt(out, "%s ", batch->job);
		if (*batch->other_job)
			buf_fmt(out, "%s ", batch->other_job);
		mark(batch, 0, batch->task_count, kills);
		return 1;
	}
	for (uint32_t i = 0, end; i < batch->task_count && count < JOBS_MAX; i = end) {
		end = end_of(batch, i);
		if (!is_whole_to_go(batch, i, end, kills))
			continue;
		slurm_add_job(out, batch->tasks[i]);
		buf_char(out, ' ');
		mark(batch, i, end, kills);
		count++;
	}
	return count;
}

static void start_scancel(struct exec *exec, struct buf *jobs, bool kills)
{
	char **argv = mem_grow(NULL, jobs->len + 4, sizeof *argv), *rest = jobs->data, *word;
	size_t count = 0;

	argv[count++] = "scancel";
	if (kills) {
		argv[count++] = "--signal=KILL";
		argv[count++] = "--full";
	}
	while ((word = strsep(&rest, " "))) {
		if (*word)
			argv[count++] = word;
	}
	argv[count] = NULL;
	exec->cancel = slurm_command_start(argv, NULL, LIMIT_MS);
	exec->is_killing = kills;
	free(argv);
}

/* What runs and is to end at once gets KILL first: of what is being cancelled Slurm waits for the
 * end. */
static void cancel(struct exec *exec)
{
	struct buf jobs = {0};
	bool kills = true;

	exec->cancel_ms = -1;
	for (struct batch *batch = exec->batches; batch; batch = batch->next)
		add_batch(&jobs, batch, true);
	if (!jobs.len) {
		kills = false;
		for (struct batch *batch = exec->batches; batch; batch = batch->next)
			add_batch(&jobs, batch, false);
		buf_add(&jobs, exec->strays.data, exec->strays.len);
		buf_reset(&exec->strays);
	}
	if (jobs.len && slurm_may_go(exec))
		start_scancel(exec, &jobs, kills);
	buf_free(&jobs);
}

/* It did not come through: all that may not have heard of it is told once more. */
static void forget_sent(struct exec *exec)
{
	for (struct batch *batch = exec->batches; batch; batch = batch->next) {
		for (uint32_t i = 0; i < batch->task_count; i++) {
			if (exec->is_killing)
				batch->tasks[i]->is_kill_sent = false;
			else
				batch->tasks[i]->is_cancelled = false;
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
		forget_sent(exec);
		exec->cancel_ms = slurm_now_ms() + AGAIN_MS;
		return;
	}
	slurm_answered(exec);
	slurm_watch_soon(exec, CONFIRM_MS);
	slurm_results_soon(exec);
	slurm_cancel_soon(exec); /* what did not fit into it */
}

void slurm_cancel_step(struct exec *exec)
{
	struct slurm_answer answer;

	if (exec->cancel && slurm_command_step(exec->cancel, &answer)) {
		struct slurm_command *command = exec->cancel;
		exec->cancel = NULL;
		take_answer(exec, &answer);
		slurm_command_free(command);
	}
	if (!exec->cancel && exec->cancel_ms >= 0 && slurm_now_ms() >= exec->cancel_ms)
		cancel(exec);
}

int64_t slurm_cancel_wake_ms(const struct exec *exec)
{
	return exec->cancel ? slurm_command_wake_ms(exec->cancel) : exec->cancel_ms;
}
