/* Slurm's commands, as slurm_command.h has them, in front of the real ones: they act on the world
 * of slurm_world.h, take their time by its clock, and answer late, wrongly or not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "run/exec/slurm_command.h"
#include "slurm_world.h"

#define LAG_MS 40000 /* after which at last squeue tells of what was submitted */

struct slurm_command {
	int64_t end_ms;
	bool is_late;
	int exit_code;
	struct buf out, text;
};

static const char *value_of(char *const *argv, const char *option)
{
	size_t len = strlen(option);

	for (int i = 1; argv[i]; i++) {
		if (strncmp(argv[i], option, len) == 0 && argv[i][len] == '=')
			return argv[i] + len + 1;
		if (strcmp(argv[i], option) == 0)
			return option[1] == '-' ? "" : argv[i + 1];
	}
	return NULL;
}

static void fail(struct slurm_command *command, const char *text)
{
	command->exit_code = 1;
	buf_str(&command->text, text);
}

/* Nothing comes back. */
static void hang(struct slurm_command *command)
{
	command->end_ms = WORLD_NEVER;
}

/* --- sbatch --- */

static uint32_t array_count(const char *array)
{
	unsigned last = 0;

	if (!array || sscanf(array, "0-%u", &last) != 1) /* NOLINT(cert-err34-c) */
		world_wrong("sbatch --array=%s", array ? array : "");
	if (last >= WORLD_INDICES)
		world_wrong("an array of %u", last + 1);
	return last + 1;
}

static void submit(struct slurm_command *command, char *const *argv, const char *input)
{
	static const char unsure[] =
		"sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n";
	uint32_t count = array_count(value_of(argv, "--array"));
	const char *begin = input ? strstr(input, "/" WORLD_JOBS_DIR "/") : NULL;
	char name[WORLD_NAME];
	int64_t lag_ms = 0;
	int job;

	if (!begin || sscanf(begin + sizeof WORLD_JOBS_DIR + 1, "%79[a-z0-9-]", name) != 1) {
		world_wrong("sbatch reads '%s'", input ? input : "");
		return;
	}
	world->submissions++;
	if (!value_of(argv, "--no-requeue"))
		world_wrong("jobs may be started again by Slurm itself");
	if (world_goes_wrong(15)) { /* it did not get there */
		fail(command, world_draw(2)
				      ? unsure
				      : "sbatch: error: Batch job submission failed: Unable to "
					"contact slurm controller (connect failure)\n");
		command->end_ms += world_draw(15000);
		return;
	}
	if (world_goes_wrong(5)) {
		fail(command,
			"sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job "
			"submission failed: Job violates accounting/QOS policy (job submit "
			"limit, user's size and/or time limits)\n");
		return;
	}
	bool is_lost = world_goes_wrong(20);
	if (is_lost)
		lag_ms = world_draw(LAG_MS);
	job = world_submit(name, count, !value_of(argv, "--no-requeue"), lag_ms);
	if (job < 0)
		world_wrong("this world has too few jobs");
	world_step();
	if (is_lost && world_draw(2))
		hang(command);
	else if (is_lost)
		fail(command, unsure);
	else if (job >= 0)
		buf_fmt(&command->out, "%u\n", world->jobs[job].id);
}

/* --- squeue --- */

static const char *reason_of(const struct world_task *task)
{
	if (task->state != SLURM_PENDING)
		return "None";
	return task->is_held ? "launch failed requeued held" : "Priority";
}

static void add_line(struct buf *out, const struct world_job *job, const char *indices,
	const struct world_task *task)
{
	bool has_started = task->state != SLURM_PENDING;

	buf_fmt(out, "%u|%s|%s|%s|%s|%lld|%s%s\n", job->id, indices, slurm_state_name(task->state),
		reason_of(task), has_started ? "node" : "",
		(long long)(has_started ? task->started_ms / 1000 : 0),
		job->is_foreign ? "" : SLURM_FAKE_HEAD, job->name);
}

/* Those that wait are one line. */
static void add_waiting(struct buf *out, const struct world_job *job)
{
	const struct world_task *waiting = NULL;
	struct buf indices = {0};

	for (uint32_t i = 0; i < job->count; i++) {
		const struct world_task *task = &job->tasks[i];
		if (task->state != SLURM_PENDING || task->is_held || !world_is_seen(job, task))
			continue;
		buf_fmt(&indices, "%s%u", waiting ? "," : "", i);
		waiting = task;
	}
	if (waiting)
		add_line(out, job, buf_text(&indices), waiting);
	buf_free(&indices);
}

static bool is_asked(const struct world_job *job, const char *names)
{
	char name[WORLD_NAME + sizeof SLURM_FAKE_HEAD];
	size_t len;

	snprintf(name, sizeof name, "%s%s", job->is_foreign ? "" : SLURM_FAKE_HEAD, job->name);
	len = strlen(name);
	for (const char *p = names; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, name, len) == 0 && (p[len] == '\0' || p[len] == ','))
			return true;
	}
	return names == NULL;
}

static void ask(struct slurm_command *command, char *const *argv)
{
	const char *names = value_of(argv, "-n") ? value_of(argv, "-n") : value_of(argv, "--name");
	char indices[16];

	if (world_goes_wrong(20)) {
		fail(command, "slurm_load_jobs error: Unable to contact slurm controller (connect "
			      "failure)\n");
		return;
	}
	if (world_goes_wrong(10)) {
		hang(command);
		return;
	}
	for (uint32_t i = 0; i < world->job_count; i++) {
		const struct world_job *job = &world->jobs[i];
		if (!is_asked(job, names))
			continue;
		add_waiting(&command->out, job);
		for (uint32_t k = 0; k < job->count; k++) {
			const struct world_task *task = &job->tasks[k];
			if ((task->state == SLURM_PENDING && !task->is_held) ||
				!world_is_seen(job, task))
				continue;
			snprintf(indices, sizeof indices, "%u", k);
			add_line(&command->out, job, indices, task);
		}
	}
}

/* --- scancel, sacct --- */

static void cancel(struct slurm_command *command, char *const *argv)
{
	unsigned id, index;

	if (world_goes_wrong(20)) {
		fail(command,
			"scancel: error: Unable to contact slurm controller (connect failure)\n");
		return;
	}
	for (int i = 1; argv[i]; i++) {
		if (*argv[i] == '-')
			continue;
		int n = sscanf(argv[i], "%u_%u", &id, &index); /* NOLINT(cert-err34-c) */
		if (n < 1)
			world_wrong("scancel %s", argv[i]);
		else
			world_cancel(id, n == 2 ? (int)index : -1);
	}
}

static void account(struct slurm_command *command, char *const *argv)
{
	(void)argv;
	fail(command, "Slurm accounting storage is disabled\n");
}

struct slurm_command *slurm_command_start(char *const *argv, const char *input, int64_t limit_ms)
{
	struct slurm_command *command = mem_alloc(sizeof *command);

	world_step();
	for (int i = 0; world->tells && argv[i]; i++)
		i == 0 ? world_tell("%s", argv[0]) : (void)printf("%15s%s\n", "", argv[i]);
	command->end_ms = world->now_ms + 5 + world_draw(40);
	if (strcmp(argv[0], "sbatch") == 0)
		submit(command, argv, input);
	else if (strcmp(argv[0], "squeue") == 0)
		ask(command, argv);
	else if (strcmp(argv[0], "scancel") == 0)
		cancel(command, argv);
	else if (strcmp(argv[0], "sacct") == 0)
		account(command, argv);
	else
		world_wrong("%s was called", argv[0]);
	if (command->end_ms > world->now_ms + limit_ms) {
		command->end_ms = world->now_ms + limit_ms;
		command->is_late = true;
		command->exit_code = -1;
	}
	world_step();
	return command;
}

size_t slurm_command_fds(const struct slurm_command *command, struct pollfd *polls)
{
	(void)command;
	(void)polls;
	return 0;
}

int64_t slurm_command_wake_ms(const struct slurm_command *command)
{
	return command->end_ms;
}

bool slurm_command_step(struct slurm_command *command, struct slurm_answer *answer)
{
	if (world->now_ms < command->end_ms)
		return false;
	world_tell("answer: %d %s%s%s", command->exit_code, command->is_late ? "late" : "",
		buf_text(&command->out), buf_text(&command->text));
	*answer = (struct slurm_answer){
		.exit_code = command->exit_code,
		.is_late = command->is_late,
		.out = command->is_late ? "" : buf_text(&command->out),
		.text = command->is_late ? "" : buf_text(&command->text),
	};
	return true;
}

void slurm_command_free(struct slurm_command *command)
{
	if (!command)
		return;
	buf_free(&command->out);
	buf_free(&command->text);
	free(command);
}
