/* Which attempts of a batch go, and in which job of its array. Of many that nobody has seen yet one
 * is tried first: should they be short, the others share jobs. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/exec/pack.h"
#include "run/exec/slurm_part.h"

#define HELD_MIN 20 /* fewer do not */

static bool is_of(const struct estimate *estimate, const char *stage)
{
	size_t len = strlen(estimate->declaration);

	return strncmp(estimate->declaration, stage, len) == 0 &&
	       (stage[len] == '/' || stage[len] == '\0');
}

static struct estimate *find(const struct exec *exec, const char *stage)
{
	struct estimate *estimate = exec->estimates;

	while (estimate && !is_of(estimate, stage))
		estimate = estimate->next;
	return estimate;
}

static void try_first(struct exec *exec, const char *stage)
{
	struct estimate *estimate = mem_alloc(sizeof *estimate);
	struct buf declaration = {0};

	buf_add(&declaration, stage, strcspn(stage, "/"));
	estimate->declaration = buf_steal(&declaration);
	estimate->seconds = -1;
	estimate->next = exec->estimates;
	exec->estimates = estimate;
}

void slurm_place_learn(struct exec *exec, const struct task *task, double seconds)
{
	struct estimate *estimate = task->seconds < 0 ? find(exec, task->stage) : NULL;

	if (!estimate || estimate->seconds >= 0)
		return;
	estimate->seconds = seconds < 0 ? 0 : seconds;
	for (struct batch *batch = exec->batches; batch; batch = batch->next) {
		if (batch->state == BATCH_HELD)
			batch->state = BATCH_READY;
	}
}

/* Is it one that waits for another of its kind? */
static bool is_to_wait(struct exec *exec, const struct task *task)
{
	const struct estimate *estimate = task->seconds < 0 ? find(exec, task->stage) : NULL;

	if (task->state != TASK_COLLECTED || task->seconds >= 0)
		return false;
	if (!estimate)
		try_first(exec, task->stage);
	return estimate && estimate->seconds < 0;
}

static double seconds_of(const struct exec *exec, const struct task *task)
{
	const struct estimate *estimate = task->seconds < 0 ? find(exec, task->stage) : NULL;

	return estimate ? estimate->seconds : task->seconds;
}

static bool is_alone(struct exec *exec, const struct task *task)
{
	return task->state == TASK_COLLECTED &&
	       pack_is_alone(seconds_of(exec, task), task->batch->pack_seconds);
}

/* Those that are so behind the others, which stay in their order. Returns where they begin. */
static uint32_t put_aside(struct exec *exec, struct batch *batch,
	bool (*is_aside)(struct exec *exec, const struct task *task))
{
	uint32_t count = batch->task_count, n = 0, aside = 0;
	struct task **tasks = mem_grow(NULL, count + 1, sizeof *tasks);

	for (uint32_t i = 0; i < count; i++) {
		struct task *task = batch->tasks[i];
		if (is_aside(exec, task))
			tasks[aside++] = task;
		else
			batch->tasks[n++] = task;
	}
	memcpy(batch->tasks + n, tasks, aside * sizeof *tasks);
	free(tasks);
	return n;
}

static void hold_unknown(struct exec *exec, struct batch *batch)
{
	uint32_t count = batch->task_count;

	if (batch->pack_seconds <= 0 || batch->state != BATCH_COLLECTED || count < HELD_MIN)
		return;
	uint32_t from = put_aside(exec, batch, is_to_wait);
	if (count - from >= HELD_MIN)
		slurm_batch_split(exec, batch, from)->state = BATCH_HELD;
}

/* What shares jobs gets a time for that; what does not may take any, and is submitted apart. */
static void limit(struct exec *exec, struct batch *batch)
{
	uint32_t count = batch->task_count;

	if (batch->pack_seconds <= 0 || !slurm_has_no_time(batch))
		return;
	uint32_t from = put_aside(exec, batch, is_alone);
	if (from > 0 && from < count)
		slurm_batch_split(exec, batch, from)->pack_seconds = 0;
	batch->is_limited = from > 1;
}

static uint32_t pack(const struct exec *exec, struct batch *batch)
{
	struct pack *packs = mem_grow(NULL, batch->task_count + 1, sizeof *packs);
	uint32_t count = 0, k = 0, index = 0;
	double filled = 0;

	for (uint32_t i = 0; i < batch->task_count; i++) {
		if (batch->tasks[i]->state == TASK_COLLECTED)
			packs[count++].seconds = seconds_of(exec, batch->tasks[i]);
	}
	uint32_t jobs = pack_jobs(packs, count, batch->pack_seconds);
	batch->job_seconds = 0;
	for (uint32_t i = 0; i < batch->task_count; i++) {
		struct task *task = batch->tasks[i];
		if (task->state !=
			TASK_COLLECTED) { /* goes nowhere, but has its place in the order */
			task->index = index;
			continue;
		}
		bool is_behind = k > 0 && packs[k - 1].job == packs[k].job;
		task->index = index = packs[k].job;
		task->is_packed = is_behind || (k + 1 < count && packs[k + 1].job == packs[k].job);
		filled = is_behind ? filled + packs[k].seconds : packs[k].seconds;
		if ((task->is_packed || batch->is_limited) && filled > batch->job_seconds)
			batch->job_seconds = filled;
		k++;
	}
	if (jobs == count) { /* nothing shares one */
		batch->is_limited = false;
		batch->job_seconds = 0;
	}
	free(packs);
	return jobs;
}

uint32_t slurm_place(struct exec *exec, struct batch *batch)
{
	hold_unknown(exec, batch);
	limit(exec, batch);
	uint32_t jobs = pack(exec, batch), from = 0;
	if (jobs <= exec->array_max)
		return jobs;
	while (batch->tasks[from]->index < exec->array_max)
		from++;
	slurm_batch_split(exec, batch, from);
	return exec->array_max;
}
