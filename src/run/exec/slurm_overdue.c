/* Tasks of which the job is over, or gone, and that left no result; and those that were ended by
 * somebody else. Unknown is never failed: this begins when Slurm itself has said so. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/path.h"
#include "base/text.h"
#include "run/exec/slurm_part.h"

#define RESULT_MS 60000 /* so long a file may take to be seen here */
/* The same if Slurm has seen the end of its processes, so that what they left was there before. */
#define ENDED_MS 5000
/* A second job for it leaves without a word, while the first one works on. */
#define COMPLETED_MS 300000
#define DOUBT_MS 5000    /* so long the end of a job may take that has left its result */
#define SILENT_MS 60000  /* and so long we wait for Slurm to tell why */
#define GIVE_UP_MS 10000 /* after a second signal to us */
#define GAP_MS 250       /* between two looks at all that */
#define CLAIM_MAX 4096   /* bytes */
#define TAIL_SIZE ((size_t)8 << 10)
#define ACCOUNT_LIMIT_MS 20000
#define ACCOUNT_GAP_MS 30000
#define ACCOUNT_PAUSE_MS 600000 /* where there is none */
#define ACCOUNT_MAX 200         /* jobs in one question */

bool slurm_claim(struct exec *exec, const struct task *task)
{
	if (!slurm_may_go(exec))
		return false;
	struct arena arena = {0};
	const char *path = path_join(&arena, task->own_dir, WORK_CLAIM);

	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	bool is_ours = fd >= 0 || errno == ENOENT;
	if (fd >= 0)
		close(fd);
	arena_free(&arena);
	return is_ours;
}

bool slurm_is_claimed(const struct task *task)
{
	struct arena arena = {0};
	bool is_claimed = fs_exists(path_join(&arena, task->own_dir, WORK_CLAIM));

	arena_free(&arena);
	return is_claimed;
}

void slurm_read_claim(struct task *task)
{
	struct arena arena = {0};
	struct buf text = {0};
	const char *head = "job ";
	const char *path = path_join(&arena, task->own_dir, WORK_CLAIM);

	/* "job 12_3"; of ours it is empty */
	if (task->claim_job >= NO_JOB && fs_read(path, CLAIM_MAX, &text, NULL) == 0 &&
		text_starts(buf_text(&text), head))
		task->claim_job = slurm_batch_find_job(task->batch, buf_text(&text) + strlen(head));
	buf_free(&text);
	arena_free(&arena);
}

/* The end of what its job put out: what Slurm says there, and why the node could not run it. */
static void read_output(const struct exec *exec, const struct task *task, struct buf *out)
{
	struct buf path = {0};
	char tail[TAIL_SIZE];

	buf_fmt(&path, "%s/" SLURM_OUTPUT, exec->jobs_dir, task->batch->name, task->index);
	int fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	buf_free(&path);
	if (fd < 0)
		return;
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)TAIL_SIZE ? size - (off_t)TAIL_SIZE : 0;
	ssize_t n = pread(fd, tail, sizeof tail, from);
	if (n > 0)
		buf_add(out, tail, (size_t)n);
	close(fd);
}

/* We did, or the head before us; or Slurm did, of what had come to a node and could not begin
 * there: a slurmctld that was killed gives numbers a second time, which nodes refuse. */
static bool is_cancelled_by_nobody(const struct task *task)
{
	bool has_begun = task->is_claimed || task->has_result;

	return task->is_adopted || (!has_begun && task->host);
}

/* Has its job run another one that it has? */
static bool is_behind(const struct task *task)
{
	const struct batch *batch = task->batch;

	for (uint32_t i = 0; i < batch->task_count && task->is_packed; i++) {
		const struct task *other = batch->tasks[i];
		bool has_begun = other->is_claimed || other->has_result ||
				 (other->state == TASK_OUT && slurm_is_claimed(other));
		if (other != task && other->index == task->index && has_begun)
			return true;
	}
	return false;
}

static enum exec_cause cause_of(const struct task *task, enum slurm_state state)
{
	bool is_innocent = !task->is_claimed && !task->has_result && task->is_packed;

	switch (state) {
	case SLURM_TIMEOUT:
		return is_innocent || task->batch->is_limited ? EXEC_BY_LOSS : EXEC_BY_TIMEOUT;
	case SLURM_OUT_OF_MEMORY:
		return is_innocent ? EXEC_BY_LOSS : EXEC_BY_MEMORY;
	case SLURM_CANCELLED:
		return is_cancelled_by_nobody(task) ? EXEC_BY_LOSS : EXEC_BY_OTHERS;
	case SLURM_COMPLETED:
		return task->is_claimed ? EXEC_BY_LOSS : EXEC_BY_OTHERS;
	case SLURM_FAILED:
		return task->has_result || (!task->is_claimed && is_behind(task)) ? EXEC_BY_LOSS
										  : EXEC_BY_OTHERS;
	default:
		return EXEC_BY_LOSS;
	}
}

static void add_why(struct buf *out, const struct task *task, enum slurm_state state)
{
	switch (state) {
	case SLURM_TIMEOUT:
		buf_str(out, task->batch->is_limited
				     ? "TIMEOUT: a job that several stages shared took too long"
				     : "TIMEOUT: the time that the job had in Slurm was over");
		break;
	case SLURM_OUT_OF_MEMORY:
		buf_str(out, "OUT_OF_MEMORY: it wanted more memory than it was given");
		break;
	case SLURM_CANCELLED:
		buf_str(out, task->is_adopted
				     ? "CANCELLED: the run before or somebody cancelled its job"
			     : is_cancelled_by_nobody(task)
				     ? "CANCELLED: its job came to a node, and did not begin there"
				     : "CANCELLED: somebody cancelled its job in Slurm");
		break;
	case SLURM_COMPLETED:
	case SLURM_FAILED:
		buf_str(out, task->has_result ? "its job was ended from outside"
					      : "its job ended without a result");
		break;
	case SLURM_MISSING:
		buf_str(out, "its job is gone: Slurm does not know it any more");
		break;
	case SLURM_HELD:
		buf_str(out, "Slurm could not start its job, and held it back");
		break;
	default:
		if (slurm_is_over(state))
			buf_str(out, slurm_state_name(state));
		else
			buf_str(out, "its job was ended from outside");
		break;
	}
}

static void add_place(struct buf *out, const struct task *task)
{
	struct buf job = {0};

	slurm_add_job(&job, task);
	if (job.len && task->host)
		buf_fmt(out, " (job %s on %s)", buf_text(&job), task->host);
	else if (job.len)
		buf_fmt(out, " (job %s)", buf_text(&job));
	buf_free(&job);
}

/* It will bring no result, or one that does not say why. */
static void judge(struct exec *exec, struct task *task)
{
	struct buf output = {0}, text = {0};
	enum slurm_state state = task->seen;

	read_output(exec, task, &output);
	enum slurm_state said = slurm_judge_output(buf_text(&output), output.len);
	bool is_vague = state == SLURM_MISSING || state == SLURM_FAILED ||
			state == SLURM_COMPLETED || state == SLURM_CANCELLED ||
			!slurm_is_over(state);
	if (is_vague && said != SLURM_MISSING)
		state = said;
	enum exec_cause cause = task->end != END_BY_ITSELF ? EXEC_BY_STOP : cause_of(task, state);
	add_why(&text, task, state);
	add_place(&text, task);
	if (cause == EXEC_BY_OTHERS && output.len && state != SLURM_CANCELLED) {
		buf_str(&text, ": ");
		slurm_add_sentence(&text, buf_text(&output));
	}
	slurm_task_end(exec, task, cause, cause == EXEC_BY_STOP ? NULL : buf_text(&text));
	buf_free(&output);
	buf_free(&text);
}

void slurm_overdue(struct exec *exec, struct task *task)
{
	if (task->state != TASK_OUT)
		return;
	task->state = TASK_OVERDUE;
	task->since_ms = slurm_now_ms();
	task->is_claimed = !slurm_claim(exec, task);
	exec->waiting++;
	exec->overdue_ms = 0;
	slurm_results_soon(exec);
	if (task->is_claimed)
		slurm_read_claim(task);
	if (!task->is_claimed && !slurm_result_is_there(exec, task->token))
		judge(exec, task);
	else if (task->seen == SLURM_MISSING)
		exec->wants_account = true;
}

void slurm_doubt(struct exec *exec, struct task *task)
{
	task->state = TASK_DOUBTED;
	task->since_ms = slurm_now_ms();
	task->seen = SLURM_RUNNING;
	exec->live++;
	exec->waiting++;
	exec->overdue_ms = 0;
	slurm_watch_soon(exec, 0);
}

static int64_t result_ms(const struct task *task)
{
	if (task->end != END_BY_ITSELF)
		return ENDED_MS;
	switch (task->seen) {
	case SLURM_FAILED:
	case SLURM_CANCELLED:
	case SLURM_TIMEOUT:
	case SLURM_OUT_OF_MEMORY:
		/* of the one that has it, and no other */
		return task->claim_job == task->seen_job ? ENDED_MS : RESULT_MS;
	case SLURM_COMPLETED:
		return COMPLETED_MS;
	default:
		return RESULT_MS;
	}
}

static bool is_decided(const struct exec *exec, const struct task *task, int64_t now)
{
	int64_t waited = now - task->since_ms;

	if (task->state == TASK_OVERDUE)
		return waited >= result_ms(task);
	if (waited >= SILENT_MS)
		return true;
	if (exec->asked_ms < task->since_ms || exec->ask || task->seen == SLURM_ENDING)
		return false;
	/* Its job ends right behind it, unless what watches it there was killed. */
	return task->seen < SLURM_PENDING || waited >= DOUBT_MS;
}

/* Slurm takes it for running, and what ran has gone. */
static void end_record(struct exec *exec, const struct task *task)
{
	struct buf job = {0};

	if (task->state != TASK_DOUBTED || slurm_is_over(task->seen))
		return;
	slurm_add_job(&job, task);
	slurm_cancel_stray(exec, buf_text(&job));
	buf_free(&job);
}

static void give_up(struct exec *exec, struct task *task)
{
	task->batch->is_kept = true;
	slurm_task_end(exec, task, EXEC_BY_STOP,
		"Slurm has not told of its end: its job may still be there");
}

static void account(struct exec *exec);

void slurm_overdue_step(struct exec *exec)
{
	int64_t now = slurm_now_ms();
	bool gives_up = exec->killed_ms >= 0 && now >= exec->killed_ms + GIVE_UP_MS;

	account(exec);
	if (!gives_up && (!exec->waiting || now < exec->overdue_ms))
		return;
	exec->overdue_ms = now + GAP_MS;
	exec->has_doubts = false;
	for (struct batch *batch = exec->batches; batch; batch = batch->next) {
		for (uint32_t i = 0; i < batch->task_count; i++) {
			struct task *task = batch->tasks[i];
			bool waits = task->state == TASK_OVERDUE || task->state == TASK_DOUBTED;
			if (waits && is_decided(exec, task, now)) {
				end_record(exec, task);
				judge(exec, task);
			} else if (gives_up && task->end == END_BY_KILL &&
				   slurm_task_is_live(task)) {
				give_up(exec, task);
			}
			exec->has_doubts |= task->state == TASK_DOUBTED;
		}
	}
	if (gives_up)
		exec->killed_ms = -1;
}

int64_t slurm_overdue_wake_ms(const struct exec *exec)
{
	int64_t wake = exec->waiting ? exec->overdue_ms : -1;

	if (exec->killed_ms >= 0 && exec->live)
		wake = slurm_sooner(wake, exec->killed_ms + GIVE_UP_MS);
	return exec->account ? slurm_sooner(wake, slurm_command_wake_ms(exec->account)) : wake;
}

/* What squeue has forgotten may stand in the accounts, where a site keeps some. */
static void ask_account(struct exec *exec)
{
	struct buf jobs = {0}, job = {0};
	uint32_t count = 0;

	for (struct batch *batch = exec->batches; batch; batch = batch->next) {
		for (uint32_t i = 0; i < batch->task_count && count < ACCOUNT_MAX; i++) {
			const struct task *task = batch->tasks[i];
			if (task->state != TASK_OVERDUE || task->seen != SLURM_MISSING)
				continue;
			buf_reset(&job);
			slurm_add_job(&job, task);
			if (job.len)
				buf_fmt(&jobs, "%s%s", count++ ? "," : "--jobs=", buf_text(&job));
		}
	}
	char *const argv[] = {"sacct", "--noheader", "--parsable2", "--allocations",
		"--format=JobID,State", jobs.data, NULL};
	if (count)
		exec->account = slurm_command_start(argv, NULL, ACCOUNT_LIMIT_MS);
	buf_free(&job);
	buf_free(&jobs);
}

static void take_account(struct exec *exec, const struct slurm_answer *answer)
{
	const char *text = answer->exit_code == 0 ? answer->out : "";
	char told[2 * SLURM_JOB_SIZE];
	enum slurm_state state;
	struct buf job = {0};

	while (slurm_next_account(&text, told, &state)) {
		for (struct batch *batch = exec->batches; batch; batch = batch->next) {
			for (uint32_t i = 0; i < batch->task_count; i++) {
				struct task *task = batch->tasks[i];
				if (task->state != TASK_OVERDUE || task->seen != SLURM_MISSING)
					continue;
				buf_reset(&job);
				slurm_add_job(&job, task);
				if (slurm_is_over(state) && text_eq(buf_text(&job), told))
					task->seen = state;
			}
		}
	}
	exec->account_ms =
		slurm_now_ms() + (answer->exit_code == 0 ? ACCOUNT_GAP_MS : ACCOUNT_PAUSE_MS);
	buf_free(&job);
}

static void account(struct exec *exec)
{
	slurm_take(exec, &exec->account, take_account);
	if (exec->account || !exec->wants_account || slurm_now_ms() < exec->account_ms)
		return;
	exec->wants_account = false;
	ask_account(exec);
}
