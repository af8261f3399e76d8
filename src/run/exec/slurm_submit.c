/* Batches go to Slurm: one sbatch after the other, each with an array of jobs. */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/command/command.h"
#include "run/exec/slurm_part.h"

#define LIMIT_MS 60000   /* of sbatch, which itself tries again when the controller is busy */
#define COLLECT_MS 500   /* so long a batch waits for more ... */
#define QUIET_MS 50      /* ... and so long after the last one */
#define HELD_MS 30000    /* so long many wait for one of them that is tried */
#define FULL_MS 30000    /* between two tries while Slurm takes no more jobs */
#define RESERVE_MS 60000 /* of a job's time for what is around the command */
#define LONGER 3         /* times as long as expected: what a shared job has time for ... */
#define LEAST_MINUTES 10 /* ... and no less, where nothing is said of its time */
#define COMMENT_MAX 250  /* bytes */

static void add(struct buf *out, const char *option, const char *value)
{
	if (!value)
		return;
	buf_fmt(out, "--%s=%s", option, value);
	buf_char(out, '\0');
}

static int add_extra(struct buf *out, const char *extra, struct err *err)
{
	struct arena arena = {0};
	struct command words;
	int status = 0;

	if (!extra || !*extra)
		return 0;
	command_parse(&arena, arena_fmt(&arena, "sbatch %s", extra), NULL, &words);
	if (!words.is_direct || words.redirect_count)
		status = err_set(err, EXIT_STAGE,
			"slurm.extra: '%s' needs a shell: only words and quotes can stand there",
			extra);
	for (size_t i = 1; status == 0 && i < words.argc; i++)
		buf_add(out, words.argv[i], strlen(words.argv[i]) + 1);
	arena_free(&arena);
	return status;
}

int slurm_arguments(const struct launch *launch, struct buf *out, struct err *err)
{
	const struct launch_away *away = launch->away;
	const struct launch_queue *queue = &away->queue;
	uint64_t mib = away->memory / (1 << 20) + (away->memory % (1 << 20) != 0);

	buf_fmt(out, "--cpus-per-task=%" PRIu32, away->threads ? away->threads : 1);
	buf_char(out, '\0');
	if (mib) {
		buf_fmt(out, "--mem=%" PRIu64 "M", mib);
		buf_char(out, '\0');
	}
	if (queue->time_ms) {
		buf_fmt(out, "--time=%" PRId64, (queue->time_ms + 59999) / 60000);
		buf_char(out, '\0');
	}
	if (away->gpu_count && !(queue->gres && text_starts(queue->gres, "gpu"))) {
		buf_fmt(out, "--gpus=%" PRIu32, away->gpu_count);
		buf_char(out, '\0');
	}
	add(out, "gres", queue->gres);
	add(out, "partition", queue->partition);
	add(out, "account", queue->account);
	add(out, "qos", queue->qos);
	add(out, "constraint", queue->constraint);
	return add_extra(out, queue->extra, err);
}

/* Slurm counts in minutes, and its own end comes after ours. */
int64_t slurm_minutes(const struct launch *launch)
{
	if (!launch->timeout_ms || launch->away->queue.time_ms)
		return 0;
	return (launch->timeout_ms + launch->grace_ms + RESERVE_MS + 59999) / 60000;
}

bool slurm_has_no_time(const struct batch *batch)
{
	const char *word = batch->arguments.data;

	/* "--time=5", and of slurm.extra "-t 5", "-t5" */
	for (const char *end = word + batch->arguments.len; word < end; word += strlen(word) + 1) {
		if (text_starts(word, "--time") || text_starts(word, "-t"))
			return false;
	}
	return !batch->minutes;
}

/* What shares a job has to end in its time, though some may take longer than they did. What was
 * lost, perhaps since it did not, is alone the next time. */
double slurm_pack_seconds(const struct launch *launch)
{
	const struct launch_queue *queue = &launch->away->queue;
	double most = (double)queue->time_ms / 1000 / LONGER;

	if (launch->away->losses)
		return 0;
	return queue->time_ms && queue->pack_seconds > most ? most : queue->pack_seconds;
}

static int write_batch(struct exec *exec, struct batch *batch, struct err *err)
{
	struct job_task *tasks = mem_grow(NULL, batch->task_count + 1, sizeof *tasks);
	struct job_batch written = {
		.name = batch->name,
		.root = exec->options.root,
		.jobs_dir = exec->jobs_dir,
		.is_limited = batch->is_limited,
		.tasks = tasks,
	};
	struct buf text = {0}, path = {0};

	for (uint32_t i = 0; i < batch->task_count; i++) {
		if (batch->tasks[i]->state == TASK_COLLECTED)
			tasks[written.task_count++] =
				(struct job_task){.index = batch->tasks[i]->index,
					.written = &batch->tasks[i]->launch};
	}
	jobfile_write_batch(&written, &text);
	struct iovec part = {.iov_base = text.data, .iov_len = text.len};
	buf_fmt(&path, "%s/%s", exec->jobs_dir, batch->name);
	int status = fs_replace_parts(buf_text(&path), &part, 1, 0600, err);
	if (status == 0)
		batch->state = BATCH_WRITTEN;
	free(tasks);
	buf_free(&text);
	buf_free(&path);
	return status;
}

/* For people who look at the queue: "asr: transcribe (412 stages)". */
static void add_comment(struct buf *out, const struct exec *exec, const struct batch *batch)
{
	struct buf text = {0};
	size_t len;

	buf_fmt(&text, "%s: %s", exec->options.job, batch->tasks[0]->stage);
	if (batch->task_count > 1)
		buf_fmt(&text, " (%" PRIu32 " stages)", batch->task_count);
	for (len = 0; len < text.len;) {
		size_t n = text_utf8_len((const unsigned char *)text.data + len, text.len - len);
		n = n ? n : 1;
		if (len + n > COMMENT_MAX)
			break;
		len += n;
	}
	buf_str(out, "--comment=");
	for (size_t i = 0; i < len; i++)
		buf_char(out, (unsigned char)text.data[i] < ' ' ? ' ' : text.data[i]);
	buf_free(&text);
}

/* '%' begins what Slurm fills in. */
static void add_output(struct buf *out, const struct exec *exec, const struct batch *batch)
{
	buf_str(out, "--output=");
	for (const char *p = exec->options.root; *p; p++)
		buf_str(out, *p == '%' ? "%%" : (const char[]){*p, '\0'});
	buf_char(out, '/');
	for (const char *p = exec->jobs_dir; *p; p++)
		buf_str(out, *p == '%' ? "%%" : (const char[]){*p, '\0'});
	buf_fmt(out, "/%s.%%a.out", batch->name);
}

static void add_script(struct buf *out, const struct exec *exec, const struct batch *batch)
{
	struct buf path = {0};

	buf_fmt(&path, "%s/%s/%s", exec->options.root, exec->jobs_dir, batch->name);
	buf_str(out, "#!/bin/sh\nexec ");
	text_add_shell_word(out, exec->options.program);
	/* A restage finds there what runs attempts. */
	buf_str(out, text_ends(exec->options.program, "restage-attempt") ? " " : " --attempt ");
	text_add_shell_word(out, buf_text(&path));
	buf_str(out, " \"${SLURM_ARRAY_TASK_ID:-0}\"\n");
	buf_free(&path);
}

/* Without --no-requeue, what a lost node ran would start again under the same number, and nothing
 * would tell the two apart. */
static void add_words(struct buf *out, const struct exec *exec, const struct batch *batch)
{
	const char *variables = exec->options.variables;

	buf_fmt(out, "sbatch%c--parsable%c--no-requeue%c--export=%s%c", 0, 0, 0,
		variables ? variables : "ALL", 0);
	buf_fmt(out, "--array=0-%" PRIu32 "%c--job-name=" SLURM_NAME_HEAD "%s%c",
		batch->index_count - 1, 0, batch->name, 0);
	add_comment(out, exec, batch);
	buf_fmt(out, "%c--chdir=%s%c", 0, exec->options.root, 0);
	add_output(out, exec, batch);
	buf_char(out, '\0');
	/* One of a job may take its whole timeout, and the others somewhat longer than usual. */
	int64_t minutes = batch->minutes + (int64_t)(batch->job_seconds * LONGER + 59) / 60;
	if (batch->is_limited && minutes < LEAST_MINUTES)
		minutes = LEAST_MINUTES;
	if (batch->minutes || batch->is_limited)
		buf_fmt(out, "--time=%" PRId64 "%c", minutes, 0);
	buf_add(out, batch->arguments.data, batch->arguments.len);
}

static void start_sbatch(struct exec *exec, struct batch *batch)
{
	struct buf words = {0}, script = {0};
	char **argv;
	size_t count = 0;

	add_words(&words, exec, batch);
	add_script(&script, exec, batch);
	argv = mem_grow(NULL, words.len + 1, sizeof *argv);
	for (size_t at = 0; at < words.len; at += strlen(words.data + at) + 1)
		argv[count++] = words.data + at;
	argv[count] = NULL;
	exec->submit = slurm_command_start(argv, buf_text(&script), LIMIT_MS);
	exec->submitting = batch;
	batch->state = BATCH_SUBMITTING;
	free(argv);
	buf_free(&words);
	buf_free(&script);
}

void slurm_batch_refuse(struct exec *exec, struct batch *batch, const char *text)
{
	for (uint32_t i = 0; i < batch->task_count; i++) {
		struct task *task = batch->tasks[i];
		if (task->state == TASK_COLLECTED)
			slurm_task_end(exec, task, EXEC_BY_ITSELF, text);
	}
	batch->state = BATCH_OUT; /* and gone */
}

/* Is there one in it that was not stopped? */
static bool has_any(const struct batch *batch)
{
	for (uint32_t i = 0; i < batch->task_count; i++) {
		if (batch->tasks[i]->state == TASK_COLLECTED)
			return true;
	}
	return false;
}

/* Its file is written, and it goes. */
static void submit(struct exec *exec, struct batch *batch)
{
	struct err err = {0};
	int64_t gap =
		exec->options.submit_rate > 0 ? (int64_t)(1000 / exec->options.submit_rate) : 0;

	if (!slurm_may_go(exec))
		return;
	if (!has_any(batch)) {
		batch->state = BATCH_OUT;
		return;
	}
	if (batch->state != BATCH_WRITTEN) {
		batch->index_count = slurm_place(exec, batch);
		if (batch->index_count == 0) {
			batch->state = BATCH_OUT;
			return;
		}
		if (write_batch(exec, batch, &err) < 0) {
			slurm_batch_refuse(exec, batch, err.text);
			return;
		}
	}
	exec->submit_ms = slurm_now_ms() + gap;
	start_sbatch(exec, batch);
}

static void has_gone_out(struct exec *exec, struct batch *batch)
{
	for (uint32_t i = 0; i < batch->task_count; i++) {
		struct task *task = batch->tasks[i];
		if (task->state != TASK_COLLECTED)
			continue;
		task->state = TASK_OUT;
		slurm_task_tell(exec, task, TELL_SUBMITTED);
		buf_free(&task->launch);
	}
}

void slurm_batch_out(struct exec *exec, struct batch *batch)
{
	batch->state = BATCH_OUT;
	has_gone_out(exec, batch);
	if (exec->cancel_ms < 0)
		slurm_cancel_soon(exec); /* what was stopped meanwhile */
	slurm_results_soon(exec);
}

static void tell_reason(struct exec *exec, struct batch *batch, const char *reason)
{
	for (uint32_t i = 0; i < batch->task_count; i++) {
		struct task *task = batch->tasks[i];
		if (task->state == TASK_COLLECTED &&
			slurm_put_text(&task->reason, reason, strlen(reason)))
			slurm_task_tell(exec, task, TELL_SUBMITTED);
	}
}

/* No more than so many jobs at once, now or ever. */
static void wait_for_room(struct exec *exec, struct batch *batch, const char *sentence)
{
	bool is_to_shrink = batch->index_count > 1;

	for (const struct batch *b = exec->batches; b; b = b->next)
		is_to_shrink = is_to_shrink && (b->state < BATCH_LEFT || b->open == 0);
	batch->state = is_to_shrink ? BATCH_READY : BATCH_WRITTEN;
	if (is_to_shrink)
		exec->array_max = batch->index_count / 2;
	exec->submit_ms = slurm_now_ms() + (is_to_shrink ? 1000 : FULL_MS);
	tell_reason(exec, batch, sentence);
}

static void take_failure(struct exec *exec, struct batch *batch, const char *text)
{
	struct buf sentence = {0};

	slurm_add_sentence(&sentence, text);
	switch (slurm_judge_failure(text)) {
	case SLURM_UNSURE:
		batch->state = BATCH_UNSURE;
		batch->looks = 0;
		slurm_silent(exec, buf_text(&sentence));
		slurm_watch_soon(exec, 1000);
		free(batch->said);
		batch->said = NULL;
		if (!sentence.len || slurm_is_silence(text)) {
			batch->misses = 0;
			break;
		}
		batch->said = mem_strdup(buf_text(&sentence));
		tell_reason(exec, batch, batch->said);
		break;
	case SLURM_TOO_LARGE:
		if (batch->index_count > 1) {
			exec->array_max = batch->index_count / 2;
			batch->state = BATCH_READY;
			break;
		}
		slurm_batch_refuse(exec, batch, buf_text(&sentence));
		break;
	case SLURM_TOO_MANY:
		slurm_answered(exec);
		wait_for_room(exec, batch, buf_text(&sentence));
		break;
	case SLURM_REFUSED:
		slurm_batch_refuse(exec, batch, buf_text(&sentence));
		break;
	}
	buf_free(&sentence);
}

static void take_answer(struct exec *exec, const struct slurm_answer *answer)
{
	struct batch *batch = exec->submitting;

	char job[SLURM_JOB_SIZE];

	exec->submitting = NULL;
	batch->asks_before = exec->asks;
	batch->submitted_ns = clock_wall_ns();
	if (answer->exit_code == 0 && slurm_read_submitted(answer->out, job)) {
		slurm_answered(exec);
		slurm_batch_is_job(exec, batch, job);
		slurm_batch_out(exec, batch);
		slurm_watch_first(exec);
	} else if (answer->exit_code <= 0) {
		take_failure(exec, batch,
			answer->is_late ? "sbatch: error: Socket timed out" : "no connection");
	} else {
		take_failure(exec, batch, answer->text);
	}
}

/* When it goes; -1: it does not. */
static int64_t due_ms(const struct batch *batch)
{
	if (batch->state == BATCH_READY || batch->state == BATCH_WRITTEN)
		return 0;
	if (batch->state == BATCH_HELD)
		return batch->first_ms + HELD_MS;
	if (batch->state != BATCH_COLLECTED)
		return -1;
	if (batch->task_count >= SLURM_BATCH_MAX)
		return 0;
	return slurm_sooner(batch->first_ms + COLLECT_MS, batch->last_ms + QUIET_MS);
}

/* The one that is due first. Nothing goes while Slurm is silent: it would only be UNSURE too. */
static struct batch *next_batch(const struct exec *exec)
{
	struct batch *next = NULL;

	if (exec->submit || exec->silent_ms || exec->is_dismissed)
		return NULL;
	for (struct batch *batch = exec->batches; batch; batch = batch->next) {
		int64_t due = due_ms(batch);
		if (due >= 0 && (!next || due <= due_ms(next)))
			next = batch;
	}
	return next;
}

int64_t slurm_submit_wake_ms(const struct exec *exec)
{
	const struct batch *batch = next_batch(exec);

	if (exec->submit)
		return slurm_command_wake_ms(exec->submit);
	if (!batch)
		return -1;
	return due_ms(batch) > exec->submit_ms ? due_ms(batch) : exec->submit_ms;
}

void slurm_submit_step(struct exec *exec)
{
	struct batch *batch;

	slurm_take(exec, &exec->submit, take_answer);
	while ((batch = next_batch(exec)) && slurm_now_ms() >= slurm_submit_wake_ms(exec))
		submit(exec, batch);
}
