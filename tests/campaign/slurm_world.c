#include "slurm_world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "run/exec/jobfile.h"

#define RESULT_LAG_MS 40000 /* after which a shared file system shows a result at last */

struct world *world;

uint32_t world_draw(uint32_t limit)
{
	world->chance ^= world->chance << 13;
	world->chance ^= world->chance >> 7;
	world->chance ^= world->chance << 17;
	return (uint32_t)(world->chance >> 33) % limit;
}

bool world_goes_wrong(uint32_t part)
{
	return world_draw(10000) < world->trouble * part;
}

void world_wrong(const char *fmt, ...)
{
	va_list args;

	if (*world->wrong)
		return;
	int n = snprintf(world->wrong, sizeof world->wrong,
		"%lld ms, head %u: ", (long long)world->now_ms, world->heads);
	va_start(args, fmt);
	vsnprintf(world->wrong + n, sizeof world->wrong - (size_t)n, fmt, args);
	va_end(args);
}

void world_begin(uint64_t seed)
{
	memset(world, 0, sizeof *world);
	world->chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (int i = 0; i < 8; i++)
		world_draw(2);
	world->now_ms = 1000000;
	world->next_id = 4000;
	world->trouble = world_draw(4) == 0 ? 0 : world_draw(60);
	world->stage_count = 1 + world_draw(WORLD_STAGES);
	for (uint32_t i = 0; i < world->stage_count; i++) {
		world->stages[i].token = -1;
		world->stages[i].ready_ms = world->now_ms + world_draw(2) * world_draw(60000);
	}
}

void world_tell(const char *fmt, ...)
{
	va_list args;

	if (!world->tells)
		return;
	printf("%9lld ms  ", (long long)world->now_ms);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

void world_step(void)
{
	if (world->fuse && --world->fuse == 0)
		_exit(9);
}

int world_token_find(const char *name)
{
	for (uint32_t i = 0; i < world->token_count; i++) {
		if (strcmp(world->tokens[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

bool world_is_seen(const struct world_job *job, const struct world_task *task)
{
	return world->now_ms >= job->visible_ms &&
	       (task->over_ms == WORLD_NEVER || world->now_ms < task->over_ms + job->age_ms);
}

int world_submit(const char *name, uint32_t count, bool may_requeue, int64_t lag_ms)
{
	if (world->job_count == WORLD_JOBS)
		return -1;
	struct world_job *job = &world->jobs[world->job_count];
	*job = (struct world_job){
		.id = world->next_id++,
		.count = count,
		.visible_ms = world->now_ms + lag_ms,
		.age_ms = 5000 + world_draw(400000),
		.may_requeue = may_requeue,
	};
	snprintf(job->name, sizeof job->name, "%s", name);
	world_tell("job %u has %u of %s", job->id, count, name);
	for (uint32_t i = 0; i < count; i++) {
		job->tasks[i] = (struct world_task){
			.state = SLURM_PENDING,
			.start_ms = job->visible_ms + world_draw(world_draw(3) ? 3000 : 200000),
			.fail_ms = WORLD_NEVER,
			.over_ms = WORLD_NEVER,
		};
	}
	return (int)world->job_count++;
}

/* --- nodes --- */

static void end_task(struct world_task *task, enum slurm_state state)
{
	world_tell("a task is over: %s", slurm_state_name(state));
	task->state = state;
	task->start_ms = task->fail_ms = WORLD_NEVER;
	task->over_ms = world->now_ms;
}

static void leave_result(struct world_token *token, bool is_good)
{
	token->state = TOKEN_ENDED;
	token->is_good = is_good;
	token->result_ms =
		world->now_ms + (world_goes_wrong(30) ? world_draw(RESULT_LAG_MS) : world_draw(20));
}

static void write_result(struct world_token *token)
{
	char job[32] = "";

	snprintf(job, sizeof job, "%u_%u", token->job, token->index);
	const struct job_result result = {
		.token = token->name,
		.job = job,
		.host = "node",
		.cause = "",
		.started_ns = 1,
		.ended_ns = 2,
		.end = {.kind = EXEC_ENDED,
			.outcome = {.cause = token->is_good ? EXEC_BY_ITSELF : EXEC_BY_STOP,
				.exit_code = token->is_good ? 0 : -1,
				.signal = token->is_good ? 0 : SIGTERM}},
	};
	struct buf text = {0}, path = {0};
	struct err err = {0};

	world_tell("%s has a result: %s", token->name, token->is_good ? "good" : "stopped");
	token->result_ms = WORLD_NEVER;
	jobfile_write_result(&result, &text);
	buf_fmt(&path, WORLD_JOBS_DIR "/" DONE_DIR "/%s", token->name);
	if (fs_mkdirs(WORLD_JOBS_DIR "/" DONE_DIR, &err) < 0 ||
		fs_replace(buf_text(&path), text.data, text.len, &err) < 0)
		world_wrong("%s", err.text);
	buf_free(&text);
	buf_free(&path);
}

/* As restage-attempt does. */
static bool claim(const struct launch_away *away, uint32_t job, uint32_t index)
{
	struct buf path = {0}, text = {0};
	bool is_ours = false;

	buf_fmt(&path, "%s/" WORK_CLAIM, away->own_dir);
	int fd = open(buf_text(&path), O_WRONLY | O_CREAT | O_EXCL, 0666);
	buf_free(&path);
	buf_fmt(&text, "job %u_%u\nhost node\nboot 1\n", job, index);
	if (fd >= 0) {
		is_ours = fs_write_all(fd, text.data, text.len) == 0;
		close(fd);
	}
	buf_free(&text);
	return is_ours;
}

static void begin_token(struct world_process *process, const struct launch_away *away)
{
	int found = world_token_find(away->token);

	if (found < 0) {
		world_wrong("a batch has a token that no head made: %s", away->token);
		return;
	}
	struct world_token *token = &world->tokens[found];
	if (token->state != TOKEN_WAITING)
		world_wrong("%s runs a second time", token->name);
	world_tell("%s runs, by process %d", token->name, (int)(process - world->processes));
	token->state = TOKEN_RUNNING;
	token->job = world->jobs[process->job].id;
	token->index = process->index;
	process->token = found;
	process->next_ms = world->now_ms + 10 + world_draw(world_draw(2) ? 3000 : 300000);
}

/* Of what runs for it Slurm knows nothing any more. */
static void doubt_all(uint32_t job, uint32_t index)
{
	for (uint32_t i = 0; i < world->process_count; i++) {
		const struct world_process *process = &world->processes[i];
		if (process->job == job && process->index == index && process->token >= 0)
			world->tokens[process->token].is_doubtful = true;
	}
}

/* The next attempt of its index that nobody has; else the job is over. */
static void go_on(struct world_process *process)
{
	struct world_job *job = &world->jobs[process->job];
	struct buf path = {0}, text = {0};
	struct arena arena = {0};
	struct err err = {0};
	struct job_batch batch = {0};

	process->token = -1;
	buf_fmt(&path, WORLD_JOBS_DIR "/%s", job->name);
	if (fs_read(buf_text(&path), JOBFILE_MAX, &text, &err) == 0 &&
		jobfile_read_batch(
			&arena, buf_text(&path), buf_text(&text), text.len, &batch, &err) < 0)
		world_wrong("%s", err.text);
	while (process->token < 0 && process->place < batch.task_count) {
		const struct job_task *task = &batch.tasks[process->place++];
		if (task->index == process->index &&
			claim(task->launch.away, job->id, process->index))
			begin_token(process, task->launch.away);
	}
	if (process->token < 0) {
		process->is_alive = false;
		doubt_all(process->job, process->index); /* of one that was started twice */
		if (!slurm_is_over(job->tasks[process->index].state))
			end_task(&job->tasks[process->index],
				err.code ? SLURM_FAILED : SLURM_COMPLETED);
	}
	buf_free(&path);
	buf_free(&text);
	arena_free(&arena);
}

static void start_process(uint32_t job, uint32_t index)
{
	static const enum fate fates[] = {FATE_NODE_FAILS, FATE_FORGOTTEN, FATE_PREEMPTED};

	if (world->process_count == WORLD_PROCESSES) {
		world_wrong("this world has too few processes");
		return;
	}
	struct world_process *process = &world->processes[world->process_count++];
	*process = (struct world_process){
		.job = job,
		.index = index,
		.is_alive = true,
		.fate_ms = WORLD_NEVER,
	};
	if (world_goes_wrong(30)) {
		process->fate = fates[world_draw(3)];
		process->fate_ms = world->now_ms + world_draw(world_draw(2) ? 3000 : 200000);
	}
	go_on(process);
}

static void start_task(uint32_t at, uint32_t index)
{
	struct world_task *task = &world->jobs[at].tasks[index];

	task->start_ms = WORLD_NEVER;
	if (world_goes_wrong(8)) {
		task->is_held = true;
		return;
	}
	task->state = SLURM_RUNNING;
	task->started_ms = world->now_ms;
	start_process(at, index);
	/* A controller that was killed may not remember. */
	if (world_goes_wrong(15))
		start_process(at, index);
}

static void stop_process(struct world_process *process, enum slurm_state state)
{
	process->is_alive = false;
	if (process->token >= 0)
		leave_result(&world->tokens[process->token], false);
	end_task(&world->jobs[process->job].tasks[process->index], state);
}

static void meet_fate(struct world_process *process)
{
	struct world_task *task = &world->jobs[process->job].tasks[process->index];

	world_tell("process %d meets its fate: %d", (int)(process - world->processes),
		(int)process->fate);
	process->fate_ms = WORLD_NEVER;
	if (process->fate == FATE_PREEMPTED) {
		stop_process(process, SLURM_PREEMPTED);
		return;
	}
	task->fail_ms = world->now_ms + 30000;
	if (process->fate == FATE_NODE_FAILS) {
		process->is_alive = false;
		if (process->token >= 0)
			world->tokens[process->token].state = TOKEN_DEAD;
	}
}

/* Slurm has noticed that the node is lost. */
static void fail_node(uint32_t at, uint32_t index)
{
	struct world_task *task = &world->jobs[at].tasks[index];

	doubt_all(at, index);
	end_task(task, SLURM_NODE_FAIL);
	if (world->jobs[at].may_requeue) {
		task->state = SLURM_PENDING;
		task->over_ms = WORLD_NEVER;
		task->start_ms = world->now_ms + 20000;
	}
}

/* What its node does not hear of goes on, though Slurm tells another thing. */
static void cancel_task(uint32_t at, uint32_t index)
{
	end_task(&world->jobs[at].tasks[index], SLURM_CANCELLED);
	for (uint32_t i = 0; i < world->process_count; i++) {
		struct world_process *process = &world->processes[i];
		if (process->is_alive && process->job == at && process->index == index &&
			process->fate != FATE_FORGOTTEN)
			stop_process(process, SLURM_CANCELLED);
	}
	doubt_all(at, index);
}

void world_cancel(uint32_t id, int index)
{
	for (uint32_t i = 0; i < world->job_count; i++) {
		const struct world_job *job = &world->jobs[i];
		if (job->id != id)
			continue;
		world_tell("job %u, index %d is cancelled", id, index);
		if (job->is_foreign)
			world_wrong("somebody else's job %u was cancelled", id);
		for (uint32_t k = 0; k < job->count; k++) {
			if ((index < 0 || (uint32_t)index == k) &&
				!slurm_is_over(job->tasks[k].state))
				cancel_task(i, k);
		}
	}
}

/* --- time --- */

/* Numbers of jobs that nobody tells of any more are given to others. */
static void use_again(const struct world_job *job)
{
	if (world->job_count == WORLD_JOBS || job->is_foreign)
		return;
	for (uint32_t i = 0; i < job->count; i++) {
		if (job->tasks[i].over_ms == WORLD_NEVER || world_is_seen(job, &job->tasks[i]))
			return;
	}
	for (uint32_t i = 0; i < world->job_count; i++) {
		if (world->jobs[i].is_foreign && world->jobs[i].id == job->id)
			return;
	}
	struct world_job *other = &world->jobs[world->job_count++];
	*other = (struct world_job){.id = job->id, .count = 1, .is_foreign = true};
	snprintf(other->name, sizeof other->name, "somebody-else");
	other->tasks[0] = (struct world_task){
		.state = SLURM_RUNNING,
		.start_ms = WORLD_NEVER,
		.fail_ms = WORLD_NEVER,
		.over_ms = WORLD_NEVER,
	};
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_event(void)
{
	int64_t at = WORLD_NEVER;

	for (uint32_t i = 0; i < world->job_count; i++) {
		for (uint32_t k = 0; k < world->jobs[i].count; k++) {
			at = sooner(at, world->jobs[i].tasks[k].start_ms);
			at = sooner(at, world->jobs[i].tasks[k].fail_ms);
		}
	}
	for (uint32_t i = 0; i < world->process_count; i++) {
		const struct world_process *process = &world->processes[i];
		if (process->is_alive)
			at = sooner(at, sooner(process->next_ms, process->fate_ms));
	}
	for (uint32_t i = 0; i < world->token_count; i++) {
		if (world->tokens[i].state == TOKEN_ENDED)
			at = sooner(at, world->tokens[i].result_ms);
	}
	return at;
}

static void happen(void)
{
	for (uint32_t i = 0; i < world->job_count; i++) {
		for (uint32_t k = 0; k < world->jobs[i].count; k++) {
			if (world->jobs[i].tasks[k].start_ms <= world->now_ms)
				start_task(i, k);
			if (world->jobs[i].tasks[k].fail_ms <= world->now_ms)
				fail_node(i, k);
		}
	}
	for (uint32_t i = 0; i < world->process_count; i++) {
		struct world_process *process = &world->processes[i];
		if (process->is_alive && process->fate_ms <= world->now_ms)
			meet_fate(process);
		if (process->is_alive && process->next_ms <= world->now_ms) {
			leave_result(&world->tokens[process->token], true);
			go_on(process);
		}
	}
	for (uint32_t i = 0; i < world->token_count; i++) {
		struct world_token *token = &world->tokens[i];
		if (token->state == TOKEN_ENDED && token->result_ms <= world->now_ms)
			write_result(token);
	}
	if (world_draw(4) == 0 && world->job_count)
		use_again(&world->jobs[world_draw(world->job_count)]);
}

void world_advance(int64_t to_ms)
{
	int64_t at;

	while ((at = next_event()) <= to_ms) {
		if (at > world->now_ms)
			world->now_ms = at;
		happen();
	}
	if (to_ms > world->now_ms)
		world->now_ms = to_ms;
}
