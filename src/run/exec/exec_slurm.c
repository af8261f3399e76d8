/* The executor of clusters with Slurm: slurm_part.h says how. Here is what its user sees of it. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/mem.h"
#include "base/path.h"
#include "run/exec/slurm_part.h"

#define COMMANDS 4
#define CLOSE_MS 15000  /* so long the end of what is left is waited for */
#define UNREAD_MS 60000 /* so long a result may be there and not be read */

static struct exec *slurm_open(const struct exec_options *options, struct err *err)
{
	struct exec *exec = mem_alloc(sizeof *exec);
	char digest[DIGEST_TEXT_SIZE];
	struct arena arena = {0};

	exec->options = *options;
	exec->jobs_dir = mem_strdup(options->jobs_dir);
	exec->done_dir = mem_strdup(path_join(&arena, options->jobs_dir, DONE_DIR));
	/* The same job in the same place has it, and no other one. */
	const char *place = path_join(&arena, options->root, options->jobs_dir);
	struct digest sum = digest_bytes(place, strlen(place));
	digest_format(&sum, digest);
	snprintf(exec->mark, sizeof exec->mark, "%.8s", strchr(digest, ':') + 1);
	arena_free(&arena);
	exec->told_end = &exec->told;
	exec->array_max = SLURM_BATCH_MAX;
	exec->ask_gap_ms = SLURM_ASK_GAP_MS;
	exec->look_ms = exec->ask_ms = exec->asked_ms = exec->cancel_ms = -1;
	exec->stopped_ms = exec->killed_ms = exec->result_ms = -1;
	if (fs_mkdirs(exec->done_dir, err) == 0)
		return exec;
	exec_slurm.close(exec);
	return NULL;
}

static int slurm_start(
	struct exec *exec, const struct launch *launch, struct exec_event *refusal, struct err *err)
{
	struct buf arguments = {0};
	struct err mistake = {0};

	(void)err;
	if (slurm_arguments(launch, &arguments, &mistake) < 0) {
		buf_free(&arguments);
		buf_reset(&exec->text);
		buf_str(&exec->text, mistake.text);
		*refusal = (struct exec_event){.kind = EXEC_REFUSED,
			.id = launch->id,
			.outcome = exec_unknown,
			.text = buf_text(&exec->text)};
		return 1;
	}
	struct batch *batch = slurm_batch_for(
		exec, &arguments, slurm_minutes(launch), slurm_pack_seconds(launch));
	slurm_task_add(exec, batch, launch);
	if (exec->silent_ms && !exec->ask && exec->ask_ms < 0)
		slurm_watch_soon(exec, 0); /* it waits for an answer */
	return 0;
}

static size_t list_commands(struct exec *exec, struct slurm_command *commands[COMMANDS])
{
	struct slurm_command *all[COMMANDS] = {
		exec->submit, exec->ask, exec->cancel, exec->account};
	size_t count = 0;

	for (size_t i = 0; i < COMMANDS; i++) {
		if (all[i])
			commands[count++] = all[i];
	}
	return count;
}

static size_t slurm_fds(struct exec *exec, struct pollfd *polls, size_t room)
{
	struct slurm_command *commands[COMMANDS];
	struct pollfd own[SLURM_COMMAND_FDS];
	size_t count = 0, command_count = list_commands(exec, commands);

	for (size_t i = 0; i < command_count; i++) {
		size_t n = slurm_command_fds(commands[i], own);
		for (size_t k = 0; k < n; k++, count++) {
			if (count < room)
				polls[count] = own[k];
		}
	}
	return count;
}

static int64_t slurm_wake_ms(const struct exec *exec)
{
	int64_t wake = slurm_submit_wake_ms(exec);

	if (exec->told || exec->notice.len)
		return 0;
	wake = slurm_sooner(wake, exec->look_ms);
	wake = slurm_sooner(wake, slurm_watch_wake_ms(exec));
	wake = slurm_sooner(wake, slurm_overdue_wake_ms(exec));
	return slurm_sooner(wake, slurm_cancel_wake_ms(exec));
}

static struct exec_event event_of(
	struct exec *exec, const struct task *task, enum exec_event_kind kind)
{
	struct buf job = {0};

	slurm_add_job(&job, task);
	if (!job.len && exec->loaded == task)
		buf_str(&job, exec->result.job);
	snprintf(exec->job_text, sizeof exec->job_text, "%s", buf_text(&job));
	buf_free(&job);
	return (struct exec_event){
		.kind = kind,
		.id = task->id,
		.outcome = exec_unknown,
		.job = *exec->job_text ? exec->job_text : NULL,
		.host = task->host,
		.submitted_ns = task->batch->submitted_ns,
		.started_ns = task->started_ns,
	};
}

/* It cannot be read now: a file of another machine may be there in part. */
static void look_again(struct exec *exec, struct task *task, const struct err *err)
{
	int64_t now = slurm_now_ms();

	if (!task->unread_ms)
		task->unread_ms = now;
	task->has_result = false;
	task->state = TASK_OUT;
	exec->live++;
	if (now - task->unread_ms >= UNREAD_MS)
		slurm_task_end(exec, task, EXEC_BY_OTHERS, err->text);
	else
		slurm_results_soon(exec);
}

static void take_place(struct exec *exec, struct task *task, const struct job_result *result)
{
	task->claim_job = slurm_batch_find_job(task->batch, result->job);
	slurm_place_learn(exec, task, (double)(result->ended_ns - result->started_ns) / 1e9);
	slurm_put_text(&task->host, result->host, strlen(result->host));
	task->started_ns = result->started_ns;
}

/* 1: its end, or first its beginning, is told; 0: it was no end. */
static int tell_end(struct exec *exec, struct task *task, struct exec_event *event)
{
	struct err err = {0};
	bool is_read = task->has_result && slurm_result_load(exec, task, &err) == 0;

	if (task->has_result && !is_read) {
		look_again(exec, task, &err);
		return 0;
	}
	if (is_read)
		take_place(exec, task, &exec->result);
	if (is_read && exec->result.end.outcome.cause == EXEC_BY_STOP &&
		task->end == END_BY_ITSELF && !task->text) {
		slurm_doubt(exec, task);
		return 0;
	}
	if (is_read && !task->has_started) {
		task->has_started = true;
		*event = event_of(exec, task, EXEC_STARTED);
		slurm_task_tell_next(exec, task, TELL_END);
		return 1;
	}
	task->state = TASK_TOLD;
	*event = event_of(exec, task, task->cause == EXEC_BY_ITSELF ? EXEC_REFUSED : EXEC_ENDED);
	if (is_read) {
		event->kind = exec->result.end.kind;
		event->outcome = exec->result.end.outcome;
		event->text = exec->result.end.text;
		event->sys_errno = exec->result.end.sys_errno;
		event->result = &exec->result;
	}
	if (!is_read)
		event->outcome.may_linger = task->is_claimed;
	if (task->text || !is_read) {
		event->outcome.cause = task->cause;
		event->text = task->text;
	}
	return 1;
}

static int tell_task(struct exec *exec, struct exec_event *event)
{
	struct task *task = exec->told;
	unsigned tells = task->tells;

	if (tells & TELL_SUBMITTED) {
		task->tells &= ~(unsigned)TELL_SUBMITTED;
		*event = event_of(exec, task, EXEC_SUBMITTED);
		event->text = task->reason;
	} else if (tells & TELL_STARTED) {
		task->tells &= ~(unsigned)TELL_STARTED;
		*event = event_of(exec, task, EXEC_STARTED);
	}
	if (task->tells && tells != TELL_END)
		return 1;
	exec->told = task->next_told;
	if (!exec->told)
		exec->told_end = &exec->told;
	task->tells = 0;
	return tells == TELL_END ? tell_end(exec, task, event) : 1;
}

static int tell(struct exec *exec, struct exec_event *event)
{
	if (exec->notice.len) {
		buf_reset(&exec->text);
		buf_add(&exec->text, exec->notice.data, exec->notice.len);
		buf_reset(&exec->notice);
		*event = (struct exec_event){.kind = EXEC_NOTICE, .text = buf_text(&exec->text)};
		return 1;
	}
	while (exec->told) {
		if (tell_task(exec, event))
			return 1;
	}
	return 0;
}

static void step(struct exec *exec)
{
	slurm_submit_step(exec);
	slurm_results_step(exec);
	slurm_watch_step(exec);
	slurm_overdue_step(exec);
	slurm_cancel_step(exec);
	slurm_batch_sweep(exec);
}

static int slurm_next(
	struct exec *exec, const struct pollfd *polls, struct exec_event *event, struct err *err)
{
	(void)polls;
	(void)err;
	if (!exec->is_barred && tell(exec, event))
		return 1;
	step(exec);
	return !exec->is_barred && tell(exec, event);
}

static void slurm_stop(struct exec *exec, uint64_t id, bool at_once)
{
	if (exec->is_dismissed)
		return;
	for (struct batch *batch = exec->batches; batch; batch = batch->next) {
		for (uint32_t i = 0; i < batch->task_count; i++) {
			struct task *task = batch->tasks[i];
			if (task->id && (id == EXEC_ALL || id == task->id))
				slurm_stop_task(exec, task, at_once);
		}
	}
}

static struct exec_sample slurm_sample(struct exec *exec, uint64_t id)
{
	(void)exec;
	(void)id;
	return (struct exec_sample){.memory_mb = -1, .cpu_seconds = -1};
}

static void slurm_settled(struct exec *exec, uint64_t id)
{
	struct task *task = slurm_task_find(exec, id);

	if (!task || task->state != TASK_TOLD)
		return;
	if (exec->loaded == task)
		slurm_result_unload(exec);
	if (task->has_result)
		slurm_result_remove(exec, task->token);
	slurm_task_drop(exec, task);
}

bool slurm_may_go(struct exec *exec)
{
	if (!exec->options.may_go || exec->options.may_go(exec->options.may_go_ctx))
		return true;
	exec->is_barred = true;
	slurm_dismiss(exec);
	return false;
}

void slurm_dismiss(struct exec *exec)
{
	exec->is_dismissed = true;
}

static bool is_busy(const struct exec *exec)
{
	if (exec->submit || exec->cancel)
		return true;
	return exec->is_dismissed ? exec->cancel_ms >= 0 : exec->live;
}

static void wait_for_end(struct exec *exec)
{
	int64_t now = slurm_now_ms(), deadline = now + CLOSE_MS;
	struct pollfd polls[COMMANDS * SLURM_COMMAND_FDS];
	struct exec_event event = {0};

	while (is_busy(exec) && (now = slurm_now_ms()) < deadline) {
		size_t count = slurm_fds(exec, polls, sizeof polls / sizeof *polls);
		int64_t wake = exec->is_dismissed ? slurm_sooner(slurm_submit_wake_ms(exec),
							    slurm_cancel_wake_ms(exec))
						  : slurm_wake_ms(exec);
		wake = slurm_sooner(wake, deadline);
		if (clock_poll(polls, count, wake > now ? (int)(wake - now) : 0) < 0 &&
			errno != EINTR)
			return;
		if (exec->is_dismissed) {
			slurm_submit_step(exec);
			slurm_cancel_step(exec);
			continue;
		}
		while (slurm_next(exec, NULL, &event, NULL) > 0) {
			if (event.kind == EXEC_ENDED)
				slurm_settled(exec, event.id);
		}
	}
}

static void slurm_close(struct exec *exec)
{
	if (!exec)
		return;
	slurm_stop(exec, EXEC_ALL, true);
	wait_for_end(exec);
	slurm_batch_sweep(exec);
	if (!exec->batches) { /* and nothing else lies there */
		rmdir(exec->done_dir);
		rmdir(exec->jobs_dir);
	}
	for (struct batch *batch = exec->batches, *next; batch; batch = next) {
		next = batch->next;
		slurm_batch_free(batch);
	}
	slurm_result_unload(exec);
	arena_free(&exec->result_arena);
	slurm_command_free(exec->submit);
	slurm_command_free(exec->ask);
	slurm_command_free(exec->cancel);
	slurm_command_free(exec->account);
	for (struct estimate *estimate = exec->estimates, *next; estimate; estimate = next) {
		next = estimate->next;
		free(estimate->declaration);
		free(estimate);
	}
	free(exec->jobs_dir);
	free(exec->done_dir);
	buf_free(&exec->strays);
	buf_free(&exec->silence);
	buf_free(&exec->notice);
	buf_free(&exec->text);
	free(exec);
}

const struct exec_kind exec_slurm = {
	.executor = EXECUTOR_SLURM,
	.open = slurm_open,
	.start = slurm_start,
	.fds = slurm_fds,
	.wake_ms = slurm_wake_ms,
	.next = slurm_next,
	.stop = slurm_stop,
	.sample = slurm_sample,
	.adopt = slurm_adopt,
	.settled = slurm_settled,
	.dismiss = slurm_dismiss,
	.close = slurm_close,
};
