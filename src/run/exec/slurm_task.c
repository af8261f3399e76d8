/* Attempts that were handed over, and the batches in which they go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/command/command.h"
#include "run/exec/slurm_part.h"

int64_t slurm_now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

int64_t slurm_sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

void slurm_take(struct exec *exec, struct slurm_command **command,
	void (*take)(struct exec *exec, const struct slurm_answer *answer))
{
	struct slurm_command *ended = *command;
	struct slurm_answer answer;

	if (!ended || !slurm_command_step(ended, &answer))
		return;
	*command = NULL;
	take(exec, &answer);
	slurm_command_free(ended);
}

bool slurm_put_text(char **place, const char *text, size_t len)
{
	if (*place && strlen(*place) == len && memcmp(*place, text, len) == 0)
		return false;
	free(*place);
	*place = mem_alloc(len + 1);
	memcpy(*place, text, len);
	return true;
}

struct batch *slurm_batch_new(struct exec *exec)
{
	struct batch *batch = mem_alloc(sizeof *batch);

	batch->next = exec->batches;
	exec->batches = batch;
	return batch;
}

static bool is_alike(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static struct batch *new_batch(
	struct exec *exec, struct buf *arguments, int64_t minutes, double pack_seconds)
{
	struct batch *batch = slurm_batch_new(exec);

	/* Unique for ever: nobody else has the lock of this job at this time. */
	snprintf(batch->name, sizeof batch->name, "%s-%" PRIx64 "-%" PRIu32, exec->mark,
		(uint64_t)clock_wall_ns() / 1000, ++exec->batch_number);
	batch->arguments = *arguments;
	*arguments = (struct buf){0};
	batch->minutes = minutes;
	batch->pack_seconds = pack_seconds;
	batch->first_ms = slurm_now_ms();
	return batch;
}

struct batch *slurm_batch_for(
	struct exec *exec, struct buf *arguments, int64_t minutes, double pack_seconds)
{
	struct batch *batch = exec->batches;

	while (batch && !(batch->state == BATCH_COLLECTED && batch->task_count < SLURM_BATCH_MAX &&
				batch->minutes == minutes && batch->pack_seconds == pack_seconds &&
				is_alike(&batch->arguments, arguments)))
		batch = batch->next;
	if (batch) {
		buf_free(arguments);
		return batch;
	}
	return new_batch(exec, arguments, minutes, pack_seconds);
}

uint32_t slurm_batch_is_job(struct exec *exec, struct batch *batch, const char *job)
{
	uint32_t at = slurm_batch_find_job(batch, job);

	if (at == NO_JOB) {
		at = batch->job_count;
		MEM_ROOM(batch->jobs, batch->job_count, batch->job_cap);
		snprintf(batch->jobs[at].number, sizeof batch->jobs[at].number, "%s", job);
		batch->job_count++;
		slurm_cancel_soon(exec); /* what is to go of it */
	}
	batch->jobs[at].is_there = true;
	return at;
}

uint32_t slurm_batch_find_job(const struct batch *batch, const char *job)
{
	size_t len = strspn(job, "0123456789");

	for (uint32_t i = 0; i < batch->job_count; i++) {
		const char *number = batch->jobs[i].number;
		if (strlen(number) == len && memcmp(number, job, len) == 0)
			return i;
	}
	return NO_JOB;
}

static void put(struct batch *batch, struct task *task)
{
	task->batch = batch;
	task->token = arena_strdup(&batch->arena, task->token);
	task->own_dir = arena_strdup(&batch->arena, task->own_dir);
	task->stage = arena_strdup(&batch->arena, task->stage);
	MEM_PUSH(batch->tasks, batch->task_count, batch->task_cap, task);
	batch->open += task->state != TASK_DROPPED;
}

struct task *slurm_task_add(struct exec *exec, struct batch *batch, const struct launch *launch)
{
	struct task *task = mem_alloc(sizeof *task);

	task->id = launch->id;
	task->token = launch->away->token;
	task->own_dir = launch->away->own_dir;
	task->stage = launch->away->stage;
	task->seconds = launch->away->queue.expected_seconds;
	task->claim_job = NONE;
	if (batch->state == BATCH_COLLECTED)
		jobfile_write_launch(launch, &task->launch);
	put(batch, task);
	batch->last_ms = slurm_now_ms();
	++*(task->id ? &exec->live : &exec->unwanted);
	return task;
}

struct batch *slurm_batch_split(struct exec *exec, struct batch *batch, uint32_t from)
{
	struct buf arguments = {0};

	buf_add(&arguments, batch->arguments.data, batch->arguments.len);
	struct batch *rest = new_batch(exec, &arguments, batch->minutes, batch->pack_seconds);
	rest->state = BATCH_READY;
	rest->submitted_ns = batch->submitted_ns;
	for (uint32_t i = from; i < batch->task_count; i++) {
		put(rest, batch->tasks[i]);
		batch->open -= batch->tasks[i]->state != TASK_DROPPED;
	}
	batch->task_count = from;
	return rest;
}

struct task *slurm_task_find(const struct exec *exec, uint64_t id)
{
	for (const struct batch *batch = exec->batches; batch; batch = batch->next) {
		for (uint32_t i = 0; i < batch->task_count; i++) {
			if (batch->tasks[i]->id == id && batch->tasks[i]->state != TASK_DROPPED)
				return batch->tasks[i];
		}
	}
	return NULL;
}

bool slurm_task_is_live(const struct task *task)
{
	return task->state < TASK_ENDED;
}

void slurm_task_tell(struct exec *exec, struct task *task, unsigned what)
{
	if (task->id == 0)
		return;
	if (task->tells == 0) {
		task->next_told = NULL;
		*exec->told_end = task;
		exec->told_end = &task->next_told;
	}
	task->tells |= what;
}

void slurm_task_tell_next(struct exec *exec, struct task *task, unsigned what)
{
	if (!exec->told)
		exec->told_end = &task->next_told;
	task->next_told = exec->told;
	exec->told = task;
	task->tells = what;
}

void slurm_task_end(struct exec *exec, struct task *task, enum exec_cause cause, const char *text)
{
	if (!slurm_task_is_live(task))
		return;
	if (task->state == TASK_OVERDUE || task->state == TASK_DOUBTED)
		exec->waiting--;
	if (task->id == 0) {
		slurm_task_drop(exec, task);
		return;
	}
	task->state = TASK_ENDED;
	task->cause = cause;
	free(task->text);
	task->text = text ? mem_strdup(text) : NULL;
	exec->live--;
	slurm_task_tell(exec, task, TELL_END);
}

void slurm_task_drop(struct exec *exec, struct task *task)
{
	if (task->state == TASK_DROPPED)
		return;
	if (slurm_task_is_live(task))
		--*(task->id ? &exec->live : &exec->unwanted);
	task->state = TASK_DROPPED;
	task->batch->open--;
}

void slurm_batch_free(struct batch *batch)
{
	for (uint32_t i = 0; i < batch->task_count; i++) {
		free(batch->tasks[i]->reason);
		free(batch->tasks[i]->host);
		free(batch->tasks[i]->text);
		buf_free(&batch->tasks[i]->launch);
		free(batch->tasks[i]);
	}
	free(batch->tasks);
	free(batch->jobs);
	free(batch->said);
	buf_free(&batch->arguments);
	arena_free(&batch->arena);
	free(batch);
}

/* With what its jobs put out, which nobody needs now that all has gone well, or was told. */
static void remove_files(const struct exec *exec, const struct batch *batch)
{
	struct buf path = {0};

	for (uint32_t i = 0; i < batch->index_count; i++) {
		buf_fmt(&path, "%s/" SLURM_OUTPUT, exec->jobs_dir, batch->name, i);
		unlink(buf_text(&path));
		buf_reset(&path);
	}
	buf_fmt(&path, "%s/%s", exec->jobs_dir, batch->name);
	unlink(buf_text(&path));
	buf_free(&path);
}

void slurm_batch_sweep(struct exec *exec)
{
	for (struct batch **link = &exec->batches, *batch; (batch = *link);) {
		/* What may still be in the queue is found by its file. */
		bool is_settled = batch->open == 0 && batch->state != BATCH_SUBMITTING &&
				  batch->state != BATCH_UNSURE;
		if (!is_settled) {
			link = &batch->next;
			continue;
		}
		*link = batch->next;
		if (!batch->is_kept)
			remove_files(exec, batch);
		slurm_batch_free(batch);
	}
}
