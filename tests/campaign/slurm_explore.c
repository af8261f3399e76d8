/* Promise 28, by trying much: exec_slurm with a Slurm that is none (slurm_world.h) and a clock
 * that does not wait.
 *
 *   slurm_explore SCHEDULES [SEED]    of one schedule it tells what happens
 *
 * A schedule is one job of up to six stages, and all that a seed makes of it: answers of Slurm
 * that are late, lost, or told although nothing was done; jobs that are seen late, forgotten,
 * started twice, put back, preempted, held; numbers that are used again; nodes that fail, and such
 * that only seem to; results that are seen late; heads that die at any step, leave their jobs, or
 * end them, as at Ctrl-C, and new ones that come at once or later. A head is a process of its own,
 * so that what it knew is gone with it. It does what an engine does (run/engine): a stage has one
 * attempt at a time, of which the directory is taken away before there is another.
 *
 * Checked is that no attempt runs twice, that none is given up while it runs or when its result
 * was good, that nothing is called a failure, that nobody else's job is cancelled, that nothing
 * outlives a run that was stopped, and that every stage ends in success. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "model/command/command.h"
#include "result.h"
#include "run/exec/exec.h"
#include "run/exec/jobfile.h"
#include "slurm_world.h"

#define DEAD 9                         /* exit code of a head whose time had come */
#define LEFT 10                        /* of one that left its jobs to the next */
#define STOPPED 11                     /* of one that ended them */
#define END_MS (INT64_C(48) * 3600000) /* after which a schedule will never end */
#define POLLS 8

static int64_t now_ns(void)
{
	return world->now_ms * 1000000;
}

static int64_t wall_ns(void)
{
	return INT64_C(1700000000000000000) + now_ns();
}

static int pass_time(struct pollfd *polls, size_t count, int timeout_ms)
{
	for (size_t i = 0; i < count; i++)
		polls[i].revents = 0;
	if (timeout_ms < 0)
		world_wrong("the head sleeps for ever");
	world_advance(world->now_ms + (timeout_ms < 0 ? 1000 : timeout_ms));
	world_step();
	return 0;
}

static const struct clock fake_clock = {now_ns, wall_ns, pass_time};

/* --- a head --- */

static struct exec *exec;
static uint64_t next_id = 1;
static uint64_t id_of[WORLD_STAGES]; /* under which a stage's attempt is out; 0: it is not */
static bool is_stopping;             /* nothing more is wanted */
static struct err err;

static void own_dir(char *path, size_t size, uint32_t stage)
{
	snprintf(path, size, "out/job/%" PRIu32 "/.work", stage);
}

static struct world_token *token_of(uint32_t stage)
{
	int token = world->stages[stage].token;

	return token < 0 ? NULL : &world->tokens[token];
}

/* There will be another attempt: what is wrong with that? */
static void give_up(uint32_t stage)
{
	const struct world_token *token = token_of(stage);
	char path[64];

	id_of[stage] = 0;
	if (!token)
		return;
	if (token->state == TOKEN_RUNNING && !token->is_doubtful)
		world_wrong("%s is given up while it runs", token->name);
	if (token->state == TOKEN_ENDED && token->is_good && !token->is_doubtful && !is_stopping)
		world_wrong("%s is given up, and had ended well", token->name);
	own_dir(path, sizeof path, stage);
	if (fs_remove_tree(path, &err) < 0)
		world_wrong("%s", err.text);
	world->stages[stage].token = -1;
}

static void start(uint32_t at)
{
	static char *argv[] = {"true", NULL};
	static char *env[] = {NULL};
	static const struct command command = {.argv = argv, .argc = 1, .is_direct = true};
	struct world_stage *stage = &world->stages[at];
	char work[64], path[160], name[16];

	if (world->token_count == WORLD_TOKENS) {
		world_wrong("this world has too few attempts");
		return;
	}
	struct world_token *token = &world->tokens[world->token_count];
	snprintf(token->name, sizeof token->name, "t%" PRIu32 "-%" PRIu32, world->token_count,
		world->heads);
	token->stage = at;
	stage->token = (int)world->token_count++;
	stage->number++;
	own_dir(work, sizeof work, at);
	snprintf(path, sizeof path, "%s/%s", work, token->name);
	snprintf(name, sizeof name, "s%" PRIu32, at);
	world_step();
	if (fs_mkdirs(path, &err) < 0)
		world_wrong("%s", err.text);
	world_step();
	const struct launch_away away = {
		.token = token->name,
		.own_dir = path,
		.log_path = "log",
		.stage = name,
		.number = stage->number,
		.identity = "same",
		.threads = 1 + at % 2,
		.queue = {.pack_seconds = at < 3 ? 600 : 0, .expected_seconds = at % 3 ? 20 : -1},
	};
	const struct launch launch = {
		.id = next_id,
		.command = &command,
		.env = env,
		.about = name,
		.away = &away,
	};
	struct exec_event refusal;
	id_of[at] = next_id++;
	if (exec_slurm.start(exec, &launch, &refusal, &err) != 0)
		world_wrong("refused: %s", refusal.text);
}

static uint64_t take(void *ctx, const struct exec_found *found)
{
	int token = world_token_find(found->away->token);

	(void)ctx;
	if (token < 0) {
		world_wrong("%s was found, and never made", found->away->token);
		return 0;
	}
	uint32_t stage = world->tokens[token].stage;
	if (world->stages[stage].is_done || world->stages[stage].token != token)
		return 0;
	if (id_of[stage])
		world_wrong("%s was found twice", found->away->token);
	if (world_draw(20) == 0) { /* the stage was changed meanwhile */
		world->tokens[token].is_doubtful = true;
		return 0;
	}
	id_of[stage] = next_id++;
	return id_of[stage];
}

static void settle(uint32_t stage, const struct exec_event *event)
{
	struct world_token *token = token_of(stage);
	const struct exec_outcome *outcome = &event->outcome;

	if (event->result && strcmp(event->result->token, token->name) != 0)
		world_wrong("%s has the result of %s", token->name, event->result->token);
	if (event->kind == EXEC_ENDED && outcome->cause == EXEC_BY_ITSELF && event->result &&
		outcome->exit_code == 0 && token->is_good) {
		world->stages[stage].is_done = true;
		world_step();
		exec_slurm.settled(exec, id_of[stage]);
		id_of[stage] = 0;
	} else if (event->kind == EXEC_ENDED &&
		   (outcome->cause == EXEC_BY_LOSS ||
			   (is_stopping && outcome->cause == EXEC_BY_STOP))) {
		world_step();
		uint64_t id = id_of[stage];
		give_up(stage);
		world_step();
		exec_slurm.settled(exec, id);
	} else {
		world_wrong("%s has failed: cause %d, exit code %d, signal %d: %s", token->name,
			outcome->cause, outcome->exit_code, outcome->signal,
			event->text ? event->text : "");
	}
	world_step();
}

static void hear(const struct exec_event *event)
{
	world_tell("event %d of %" PRIu64 ", cause %d, job %s: %s", event->kind, event->id,
		event->outcome.cause, event->job ? event->job : "", event->text ? event->text : "");
	if (event->kind != EXEC_ENDED && event->kind != EXEC_REFUSED)
		return;
	for (uint32_t i = 0; i < world->stage_count; i++) {
		if (id_of[i] == event->id && event->id) {
			settle(i, event);
			return;
		}
	}
	world_wrong("an end of %" PRIu64 ", which is nothing", event->id);
}

static bool is_over(void)
{
	for (uint32_t i = 0; i < world->stage_count; i++) {
		if (is_stopping ? id_of[i] != 0 : !world->stages[i].is_done)
			return *world->wrong != '\0';
	}
	return true;
}

/* Starts what is ready. Gives the time at which the next one is. */
static int64_t start_ready(void)
{
	int64_t next = WORLD_NEVER;

	for (uint32_t i = 0; i < world->stage_count; i++) {
		struct world_stage *stage = &world->stages[i];
		if (stage->is_done || id_of[i] || is_stopping)
			continue;
		if (stage->ready_ms <= world->now_ms)
			start(i);
		else if (stage->ready_ms < next)
			next = stage->ready_ms;
	}
	if (exec_slurm.flush && exec_slurm.flush(exec, &err) < 0)
		world_wrong("flush: %s", err.text);
	return next;
}

static void turn(void)
{
	struct pollfd polls[POLLS] = {0};
	struct exec_event event;
	int64_t next = start_ready();
	int got;

	exec_slurm.fds(exec, polls, POLLS);
	while ((got = exec_slurm.next(exec, polls, &event, &err)) == 1)
		hear(&event);
	if (got < 0)
		world_wrong("the executor is gone: %s", err.text);
	for (uint32_t i = 0; i < world->stage_count; i++) {
		if (!world->stages[i].is_done && !id_of[i] && !is_stopping &&
			world->stages[i].ready_ms <= world->now_ms)
			return; /* it was lost just now */
	}
	int64_t wake = exec_slurm.wake_ms(exec);
	if (wake >= 0 && wake < next)
		next = wake;
	if (is_over())
		return;
	if (next == WORLD_NEVER || world->now_ms > END_MS)
		world_wrong("it never ends");
	else
		pass_time(NULL, 0, next > world->now_ms ? (int)(next - world->now_ms) : 0);
}

static void stop_all(void)
{
	world_tell("all is stopped");
	is_stopping = true;
	for (uint32_t i = 0; i < world->stage_count; i++) {
		if (id_of[i])
			exec_slurm.stop(exec, id_of[i], false);
	}
}

/* When a stopped run has ended, so has what it started. */
static void check_stopped(void)
{
	for (uint32_t i = 0; i < world->token_count; i++) {
		const struct world_token *token = &world->tokens[i];
		if (token->state == TOKEN_RUNNING && !token->is_doubtful)
			world_wrong("%s outlives a run that was stopped", token->name);
	}
}

/* Gives the exit code of its process. */
static int be_head(const char *root)
{
	const struct exec_options options = {
		.held_fd = -1,
		.root = root,
		.job = "job",
		.jobs_dir = WORLD_JOBS_DIR,
		.program = "/usr/libexec/restage-attempt",
	};
	int64_t leave_ms = world_draw(8) == 0 ? world->now_ms + world_draw(60000) : WORLD_NEVER;
	int64_t stop_ms = world_draw(8) == 0 ? world->now_ms + world_draw(60000) : WORLD_NEVER;

	clock_use(&fake_clock);
	exec = exec_slurm.open(&options, &err);
	if (!exec || exec_slurm.adopt(exec, take, NULL, &err) < 0) {
		world_wrong("no executor: %s", err.text);
		return 0;
	}
	for (uint32_t i = 0; i < world->stage_count; i++) {
		if (!world->stages[i].is_done && !id_of[i])
			give_up(i); /* it was never handed over */
	}
	while (!is_over() && world->now_ms < leave_ms && world->now_ms < stop_ms)
		turn();
	if (!is_over() && world->now_ms >= leave_ms) {
		exec_slurm.dismiss(exec);
		return LEFT;
	}
	if (!is_over()) {
		stop_all();
		while (!is_over())
			turn();
		check_stopped();
	}
	exec_slurm.close(exec);
	return is_stopping ? STOPPED : 0;
}

/* --- schedules --- */

static void run_heads(const char *root)
{
	int status;

	do {
		world->heads++;
		world->fuse = world_draw(3) ? 0 : 1 + world_draw(world_draw(2) ? 20 : 200);
		pid_t pid = fork();
		if (pid == 0)
			_exit(be_head(root));
		if (pid < 0 || waitpid(pid, &status, 0) != pid) {
			perror("fork");
			exit(2);
		}
		if (!WIFEXITED(status))
			world_wrong("the head died of signal %d", WTERMSIG(status));
		if (world_draw(2))
			world_advance(world->now_ms + world_draw(600000));
	} while (!*world->wrong && WEXITSTATUS(status) != 0);
	/* what was forgotten writes on, and is nobody's any more */
	world_advance(world->now_ms + END_MS);
}

static bool is_good(uint64_t seed, const char *root, bool tells)
{
	world_begin(seed);
	world->tells = tells;
	fs_remove_tree("out", &err);
	run_heads(root);
	if (*world->wrong)
		printf("seed %" PRIu64 ": %s\n", seed, world->wrong);
	return !*world->wrong;
}

int main(int argc, char **argv)
{
	char root[] = "/tmp/restage-explore.XXXXXX", note[200];
	uint64_t schedules = argc > 1 ? strtoull(argv[1], NULL, 10) : 200;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	const char *seconds = getenv("CAMPAIGN_SECONDS");
	time_t end = seconds ? time(NULL) + (time_t)strtoul(seconds, NULL, 10) : 0;
	uint64_t cases = 0, failures = 0, heads = 0, submissions = 0;

	world = mmap(
		NULL, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (world == MAP_FAILED || !mkdtemp(root) || chdir(root) < 0) {
		perror(root);
		return 2;
	}
	for (; cases < schedules && !(end && time(NULL) >= end); cases++) {
		failures += !is_good(seed + cases, root, schedules == 1);
		heads += world->heads;
		submissions += world->submissions;
		fflush(stdout);
	}
	if (fs_remove_tree(root, &err) < 0)
		fprintf(stderr, "%s\n", err.text);
	snprintf(note, sizeof note, "schedules; %" PRIu64 " heads, %" PRIu64 " submissions", heads,
		submissions);
	return result_report(28, "slurm", cases, failures, note);
}
