/* Slurm is asked what is out there: rarely, since it is one for all, and results tell the rest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "run/exec/slurm_part.h"

#define LIMIT_MS 30000 /* of squeue */
#define FIRST_MS 5000  /* after the first submission */
#define GAP_MS SLURM_ASK_GAP_MS
#define GAP_MAX_MS 120000 /* the same while nothing changes */
#define AGAIN_MS 10000    /* when it did not answer, or has to be asked twice */
#define STOPPED_MS 1000   /* while the end of what was stopped is waited for */
#define MISSES 3          /* of submissions that fail in words that we do not know */
#define SILENCE_MS 60000  /* after so much of it, it is told */

/* What an answer says of a task: of several jobs that of which there is most. */
struct sighting {
	struct slurm_line line; /* of which state, reason, host and beginning count */
	uint32_t job;           /* as seen_job */
};

void slurm_watch_soon(struct exec *exec, int64_t in_ms)
{
	exec->ask_ms = slurm_sooner(exec->ask_ms, slurm_now_ms() + in_ms);
	exec->is_urgent = true;
}

void slurm_watch_first(struct exec *exec)
{
	int64_t first = slurm_now_ms() + FIRST_MS;

	if (exec->asked_ms >= 0 && exec->asked_ms + GAP_MS > first)
		first = exec->asked_ms + GAP_MS;
	exec->ask_ms = slurm_sooner(exec->ask_ms, first);
	exec->ask_gap_ms = GAP_MS;
}

void slurm_answered(struct exec *exec)
{
	if (exec->has_told_silence)
		buf_str(&exec->notice, "Slurm answers again");
	exec->has_told_silence = false;
	exec->silent_ms = 0;
}

void slurm_silent(struct exec *exec, const char *text)
{
	if (!exec->silent_ms) {
		exec->silent_ms = slurm_now_ms();
		exec->silent_ns = clock_wall_ns();
	}
	buf_reset(&exec->silence);
	slurm_add_sentence(&exec->silence, text);
}

static void tell_silence(struct exec *exec)
{
	char since[CLOCK_LOG_SIZE];

	if (!exec->silent_ms || exec->has_told_silence ||
		slurm_now_ms() - exec->silent_ms < SILENCE_MS)
		return;
	exec->has_told_silence = true;
	clock_log(exec->silent_ns, since);
	buf_reset(&exec->notice);
	buf_fmt(&exec->notice,
		"Slurm has not answered since %s (%s); %" PRIu32
		" stages are out there, and what they leave is taken as it comes",
		since, buf_text(&exec->silence), exec->live);
}

static struct batch *find_batch(const struct exec *exec, const char *name, size_t len)
{
	struct batch *batch = exec->batches;

	while (batch && !(strlen(batch->name) == len && memcmp(batch->name, name, len) == 0))
		batch = batch->next;
	return batch;
}

/* The first one that is not before that index: they are in its order. */
static uint32_t place_of(const struct batch *batch, uint32_t index)
{
	uint32_t low = 0, high = batch->task_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (batch->tasks[middle]->index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Of several jobs one has the attempt, and what the others come to tells nothing of it. While it is
 * not known which one, that counts of which there is most. */
static bool counts(const struct task *task, uint32_t job, const struct sighting *before,
	enum slurm_state state)
{
	return task->claim_job == NONE ? state >= before->line.state : task->claim_job == job;
}

static void see(struct batch *batch, uint32_t job, const struct slurm_line *line, uint32_t first,
	uint32_t last)
{
	for (uint32_t i = place_of(batch, first);
		i < batch->task_count && batch->tasks[i]->index <= last; i++) {
		struct sighting *sighting = &batch->sightings[i];
		if (counts(batch->tasks[i], job, sighting, line->state))
			*sighting = (struct sighting){.line = *line, .job = job};
	}
}

/* A batch that was submitted twice has two numbers: what is in the second one finds that it was
 * taken. */
static uint32_t see_job(struct exec *exec, struct batch *batch, const char *job)
{
	if (batch->state == BATCH_UNSURE || batch->state == BATCH_LEFT)
		slurm_batch_out(exec, batch);
	return slurm_batch_is_job(exec, batch, job);
}

/* What an earlier head submitted, and nothing here tells of. */
static void see_stray(struct exec *exec, const struct slurm_line *line)
{
	size_t head = strlen(SLURM_NAME_HEAD), mark = strlen(exec->mark);
	bool is_ours =
		line->name_len > head + mark && memcmp(line->name, SLURM_NAME_HEAD, head) == 0 &&
		memcmp(line->name + head, exec->mark, mark) == 0 && line->name[head + mark] == '-';

	if (!exec->wants_strays || !is_ours || line->state == SLURM_MISSING ||
		slurm_is_over(line->state))
		return;
	slurm_cancel_stray(exec, line->job);
}

/* It would wait for ever. */
static void cancel_held(struct exec *exec, const char *job, uint32_t first, uint32_t last)
{
	char name[3 * SLURM_JOB_SIZE];

	if (first == last)
		snprintf(name, sizeof name, "%s_%" PRIu32, job, first);
	else
		snprintf(name, sizeof name, "%s_[%" PRIu32 "-%" PRIu32 "]", job, first, last);
	slurm_cancel_stray(exec, name);
}

static void see_line(struct exec *exec, const struct slurm_line *line)
{
	size_t head = strlen(SLURM_NAME_HEAD);
	struct batch *batch = line->name_len > head
				      ? find_batch(exec, line->name + head, line->name_len - head)
				      : NULL;
	const char *at = line->indices, *end = at + line->indices_len;
	uint32_t first, last;

	if (!batch) {
		see_stray(exec, line);
		return;
	}
	uint32_t job = see_job(exec, batch, line->job);
	if (batch->sightings && line->indices_len && *at == 'N')
		batch->rest = line->state; /* "N/A": those that never had a record of their own */
	while (slurm_next_range(&at, end, &first, &last)) {
		if (batch->sightings)
			see(batch, job, line, first, last);
		if (line->state == SLURM_HELD)
			cancel_held(exec, line->job, first, last);
	}
}

static void tell_reason(struct exec *exec, struct task *task, const struct slurm_line *line)
{
	if (!slurm_put_text(&task->reason, line->reason, line->reason_len))
		return;
	exec->has_changed = true;
	slurm_task_tell(exec, task, TELL_SUBMITTED);
}

static void tell_start(struct exec *exec, struct task *task, const struct slurm_line *line)
{
	/* of those of one job the node runs one after the other */
	if (task->has_started || (task->is_packed && !slurm_is_claimed(task)))
		return;
	task->has_started = exec->has_changed = true;
	task->started_ns = line->started_ns;
	slurm_task_tell(exec, task, TELL_STARTED);
}

/* It is there after all. */
static void revive(struct exec *exec, struct task *task)
{
	if (task->state != TASK_OVERDUE)
		return;
	task->state = TASK_OUT;
	exec->waiting--;
}

/* It is still there, as was asked after scancel had told: a job of it may have come up since. */
static void cancel_again(struct exec *exec, struct task *task)
{
	if (!exec->cancel && exec->asks_cancelled < exec->asks)
		slurm_cancel_again(exec, task);
}

static void take_state(struct task *task, const struct sighting *sighting)
{
	bool is_live = sighting->line.state >= SLURM_PENDING;

	/* what we cancel since it is held; of what is gone the accounts may have told meanwhile */
	if (!is_live &&
		(task->seen == SLURM_HELD ||
			(task->state == TASK_OVERDUE && sighting->line.state == SLURM_MISSING)))
		return;
	task->seen = sighting->line.state;
	if (sighting->line.state != SLURM_MISSING)
		task->seen_job = sighting->job;
}

static void apply(struct exec *exec, struct task *task, const struct sighting *sighting)
{
	if (sighting->line.host_len)
		slurm_put_text(&task->host, sighting->line.host, sighting->line.host_len);
	take_state(task, sighting);
	if (task->batch->job_count > 1)
		slurm_read_claim(task);
	switch (sighting->line.state) {
	case SLURM_HELD:
	case SLURM_PENDING:
		cancel_again(exec, task);
		tell_reason(exec, task, &sighting->line);
		revive(exec, task);
		break;
	case SLURM_RUNNING:
		cancel_again(exec, task);
		tell_start(exec, task, &sighting->line);
		revive(exec, task);
		break;
	case SLURM_ENDING:
		revive(exec, task);
		break;
	default:
		if (task->state == TASK_OUT)
			slurm_overdue(exec, task);
		break;
	}
}

/* squeue did not have it: is that enough to believe it? */
static bool is_missing(struct exec *exec, struct batch *batch)
{
	if (batch->looks == 0 || exec->asked_ms - batch->looked_ms >= AGAIN_MS) {
		batch->looked_ms = exec->asked_ms;
		batch->looks++;
	}
	return batch->looks >= 2;
}

/* Slurm has said so often why, and squeue does not have it: these are words of a refusal. */
static bool is_refused(struct exec *exec, struct batch *batch)
{
	if (!batch->said || ++batch->misses < MISSES)
		return false;
	for (uint32_t i = 0; i < batch->task_count; i++) {
		const struct task *task = batch->tasks[i];
		if (task->state == TASK_COLLECTED && !slurm_claim(exec, task))
			return false; /* one has begun */
	}
	slurm_batch_refuse(exec, batch, batch->said);
	return true;
}

/* It was not taken. Should it turn up after all, one of the two finds that the attempt is taken;
 * both have the same file, and so the same indices. */
static void submit_again(struct exec *exec, struct batch *batch)
{
	if (is_refused(exec, batch))
		return;
	batch->state = BATCH_WRITTEN;
	for (uint32_t i = 0; i < batch->task_count; i++) {
		if (batch->tasks[i]->end != END_BY_ITSELF)
			slurm_stop_task(exec, batch->tasks[i], batch->tasks[i]->end == END_BY_KILL);
	}
}

static void apply_all(struct exec *exec, struct batch *batch)
{
	if (batch->state != BATCH_OUT && !is_missing(exec, batch))
		return;
	if (batch->state == BATCH_UNSURE) {
		submit_again(exec, batch);
		return;
	}
	batch->state = BATCH_OUT;
	for (uint32_t i = 0; i < batch->task_count; i++) {
		struct sighting *sighting = &batch->sightings[i];
		if (sighting->line.state == SLURM_MISSING && batch->tasks[i]->claim_job == NONE)
			sighting->line.state = batch->rest;
		if (slurm_task_is_live(batch->tasks[i]))
			apply(exec, batch->tasks[i], sighting);
	}
}

/* Only what was submitted before the question was asked. */
static bool is_asked_for(const struct exec *exec, const struct batch *batch)
{
	return batch->state >= BATCH_UNSURE && batch->open && batch->asks_before < exec->asks;
}

static void take_queue(struct exec *exec, const char *text)
{
	struct slurm_line line;

	exec->has_changed = false;
	for (struct batch *batch = exec->batches; batch; batch = batch->next) {
		batch->rest = SLURM_MISSING;
		if (!is_asked_for(exec, batch))
			continue;
		batch->sightings = mem_alloc((batch->task_count + 1) * sizeof *batch->sightings);
		for (uint32_t i = 0; i < batch->job_count; i++)
			batch->jobs[i].is_there = false;
	}
	while (slurm_next_line(&text, &line))
		see_line(exec, &line);
	exec->wants_strays = false;
	for (struct batch *batch = exec->batches; batch; batch = batch->next) {
		if (batch->sightings)
			apply_all(exec, batch);
		free(batch->sightings);
		batch->sightings = NULL;
	}
}

/* How soon it is to be asked again, for what cannot wait; -1: all can. */
static int64_t urgent_ms(const struct exec *exec)
{
	int64_t gap = exec->wants_strays ? AGAIN_MS : -1;

	for (const struct batch *batch = exec->batches; batch; batch = batch->next) {
		if (batch->open && (batch->state == BATCH_UNSURE || batch->state == BATCH_LEFT))
			gap = slurm_sooner(gap, AGAIN_MS);
	}
	if (exec->waiting)
		gap = slurm_sooner(gap, exec->has_doubts ? STOPPED_MS : GAP_MS);
	if (exec->unwanted)
		gap = slurm_sooner(gap, AGAIN_MS);
	if (exec->stopped_ms >= 0 && exec->live)
		gap = slurm_sooner(gap,
			slurm_now_ms() - exec->stopped_ms < AGAIN_MS ? STOPPED_MS : AGAIN_MS / 2);
	return gap;
}

static void plan_next(struct exec *exec)
{
	int64_t now = slurm_now_ms(), urgent = urgent_ms(exec);

	exec->ask_gap_ms = exec->has_changed ? GAP_MS : exec->ask_gap_ms * 2;
	if (exec->ask_gap_ms > GAP_MAX_MS)
		exec->ask_gap_ms = GAP_MAX_MS;
	exec->ask_ms = -1;
	exec->is_urgent = urgent >= 0;
	if (exec->live || urgent >= 0)
		exec->ask_ms = now + slurm_sooner(exec->ask_gap_ms, urgent);
}

static void take_answer(struct exec *exec, const struct slurm_answer *answer)
{
	if (answer->exit_code == 0) {
		slurm_answered(exec);
		take_queue(exec, answer->out);
		plan_next(exec);
		return;
	}
	slurm_silent(exec, answer->is_late ? "squeue did not end in time" : answer->text);
	slurm_watch_soon(exec, AGAIN_MS);
}

static bool is_explained(struct exec *exec, int64_t now)
{
	if (exec->is_urgent || exec->silent_ms || exec->result_ms <= exec->asked_ms ||
		now - exec->result_ms >= GAP_MS || now - exec->asked_ms >= GAP_MAX_MS)
		return false;
	exec->ask_ms = exec->result_ms + GAP_MS;
	return true;
}

static void ask(struct exec *exec)
{
	int64_t now = slurm_now_ms();
	char *const argv[] = {
		"squeue", "--noheader", "--me", "--states=all", SLURM_QUEUE_FORMAT, NULL};

	if (exec->ask_ms < 0 || now < exec->ask_ms)
		return;
	if (!exec->live && !exec->wants_strays && urgent_ms(exec) < 0) {
		exec->ask_ms = -1;
		return;
	}
	if (is_explained(exec, now))
		return;
	exec->ask_ms = -1;
	exec->is_urgent = false;
	exec->asked_ms = now;
	exec->asks++;
	exec->ask = slurm_command_start(argv, NULL, LIMIT_MS);
}

void slurm_watch_step(struct exec *exec)
{
	slurm_take(exec, &exec->ask, take_answer);
	if (!exec->ask)
		ask(exec);
	tell_silence(exec);
}

int64_t slurm_watch_wake_ms(const struct exec *exec)
{
	int64_t silence =
		exec->silent_ms && !exec->has_told_silence ? exec->silent_ms + SILENCE_MS : -1;

	return slurm_sooner(silence, exec->ask ? slurm_command_wake_ms(exec->ask) : exec->ask_ms);
}
