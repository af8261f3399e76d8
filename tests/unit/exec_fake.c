#include "exec_fake.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "model/command/command.h"
#include "run/exec/jobfile.h"

#define BEGIN_WALL_NS INT64_C(1700000000000000000)
#define WAIT_MS 10000 /* real time that something which is no executor may take */

struct job {
	struct launch launch;
	char name[64];
	char *words; /* of the command, one string each, "" behind the last */
	char text[128];
	char *events; /* path of what it reports */
	uint32_t reported;
	bool is_flushed, is_told, has_said, has_said_late, is_over;
	bool is_ending, is_away, is_lost, is_adopted;
	struct launch_away left; /* of what is away: as the next head finds it; owned */
	int64_t ends_ms, deadline_ms;
	struct exec_outcome outcome;
	struct job *next;
};

struct exec {
	struct job *jobs; /* in order of their start */
	bool is_away, is_dismissed;
};

static struct {
	int64_t now_ms, gone_ms, lock_ms;
	int thief;       /* of the lock; 0: none */
	struct job *out; /* what was dismissed */
	struct {
		int64_t ms;
		int signal;
	} signals[8];
	size_t signal_count, signals_sent;
	struct buf log;
	struct map starts; /* name -> how often */
	char *names[64];   /* of the map */
	size_t name_count;
} fake;

static int64_t mono_ns(void)
{
	return fake.now_ms * 1000000;
}

static int64_t wall_ns(void)
{
	return BEGIN_WALL_NS + mono_ns();
}

/* The lock of whoever has it in this process is the next one's. */
void fake_lose_lock(void)
{
	const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	const struct flock none = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
	char link[64], path[4096];

	fake.lock_ms = -1;
	for (int fd = 3; fd < 64; fd++) {
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, path, sizeof path - 1);
		if (n < 0)
			continue;
		path[n] = 0;
		if (n < 5 || strcmp(path + n - 5, "/lock") != 0)
			continue;
		struct flock ours = none, theirs = whole;
		fcntl(fd, F_OFD_SETLK, &ours);
		fake.thief = open(path, O_RDWR | O_CLOEXEC);
		fcntl(fake.thief, F_OFD_SETLK, &theirs);
		return;
	}
}

static void pass_until(int64_t ms)
{
	fake.now_ms = ms;
	if (fake.lock_ms >= 0 && ms >= fake.lock_ms)
		fake_lose_lock();
}

/* Time passes when nothing is there to be taken. */
static int pass_time(struct pollfd *polls, size_t count, int timeout_ms)
{
	int ready = poll(polls, count, 0);
	int64_t until = fake.now_ms + timeout_ms;

	if (ready != 0)
		return ready;
	if (fake.signals_sent < fake.signal_count &&
		(timeout_ms < 0 || fake.signals[fake.signals_sent].ms <= until)) {
		pass_until(fake.signals[fake.signals_sent].ms);
		kill(getpid(), fake.signals[fake.signals_sent++].signal);
		return poll(polls, count, WAIT_MS);
	}
	if (timeout_ms < 0) { /* for a thread of ours */
		ready = poll(polls, count, WAIT_MS);
		assert(ready > 0);
		return ready;
	}
	pass_until(until);
	return 0;
}

static void drop(struct exec *exec, struct job *job);

static const struct clock fake_clock = {.mono_ns = mono_ns, .wall_ns = wall_ns, .poll = pass_time};

void fake_begin(void)
{
	memset(&fake, 0, sizeof fake);
	fake.gone_ms = fake.lock_ms = -1;
	clock_use(&fake_clock);
}

void fake_end(void)
{
	clock_use(NULL);
	struct exec rest = {.jobs = fake.out};
	while (rest.jobs)
		drop(&rest, rest.jobs);
	if (fake.thief)
		close(fake.thief);
	buf_free(&fake.log);
	map_free(&fake.starts);
	for (size_t i = 0; i < fake.name_count; i++)
		free(fake.names[i]);
}

const char *fake_log(void)
{
	return buf_text(&fake.log);
}

void fake_signal_at(int64_t ms, int signal)
{
	fake.signals[fake.signal_count].ms = ms;
	fake.signals[fake.signal_count++].signal = signal;
}

void fake_gone_at(int64_t ms)
{
	fake.gone_ms = ms;
}

void fake_lose_lock_at(int64_t ms)
{
	fake.lock_ms = ms;
}

int64_t fake_now_ms(void)
{
	return fake.now_ms;
}

static void note(const char *what, const struct job *job)
{
	buf_fmt(&fake.log, "%lld %s%s%s\n", (long long)fake.now_ms, what, job ? " " : "",
		job ? job->name : "");
}

/* The value of a word "key=value" of the command, or NULL. */
static const char *word(const struct job *job, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = job->words; *p; p += strlen(p) + 1) {
		if (strncmp(p, key, len) == 0 && p[len] == '=')
			return p + len + 1;
	}
	return NULL;
}

static int64_t number(const struct job *job, const char *key)
{
	const char *value = word(job, key);

	return value ? atoll(value) : 0;
}

/* The exit code of its n-th start, from 0. */
static int exit_code(const struct job *job, uint32_t n)
{
	const char *value = word(job, "exit");

	for (; value && n && strchr(value, ','); n--)
		value = strchr(value, ',') + 1;
	return value ? atoi(value) : 0;
}

static uint32_t count_start(const char *name)
{
	uint32_t before = map_get(&fake.starts, name);

	before = before == NONE ? 0 : before;
	assert(fake.name_count < sizeof fake.names / sizeof *fake.names);
	fake.names[fake.name_count] = mem_strdup(name);
	map_set(&fake.starts, fake.names[fake.name_count++], before + 1);
	return before;
}

static struct exec *fake_open(const struct exec_options *options, struct err *err)
{
	(void)options;
	(void)err;
	return mem_alloc(sizeof(struct exec));
}

static struct exec *away_open(const struct exec_options *options, struct err *err)
{
	struct exec *exec = fake_open(options, err);

	exec->is_away = true;
	mkdir(options->jobs_dir, 0777);
	return exec;
}

static int refuse(const struct job *job, const char *text, struct exec_event *event)
{
	*event = (struct exec_event){
		.kind = EXEC_REFUSED, .id = job->launch.id, .outcome = exec_unknown, .text = text};
	event->outcome.exit_code = 126;
	return 1;
}

static void drop(struct exec *exec, struct job *job)
{
	struct job **link = &exec->jobs;

	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
	free(job->words);
	free(job->events);
	free((char *)(uintptr_t)job->left.token);
	free((char *)(uintptr_t)job->left.identity);
	free((char *)(uintptr_t)job->left.stage);
	free(job);
}

static struct job *add_job(struct exec *exec, const struct launch *launch)
{
	const struct command *command = launch->command;
	struct job *job = mem_alloc(sizeof *job), **link = &exec->jobs;
	const char *name = strrchr(launch->about, '_');
	struct buf words = {0};

	job->launch = *launch;
	snprintf(job->name, sizeof job->name, "%s", name ? name + 1 : launch->about);
	for (size_t i = 0; i < command->argc; i++)
		buf_add(&words, command->argv[i], strlen(command->argv[i]) + 1);
	buf_char(&words, 0);
	job->words = words.data;
	for (char *const *env = launch->env; env && *env; env++) {
		if (strncmp(*env, "STAGEIO_EVENTS=", 15) == 0)
			job->events = mem_strdup(*env + 15);
	}
	job->outcome = exec_unknown;
	job->deadline_ms = -1;
	while (*link)
		link = &(*link)->next;
	return *link = job;
}

static int fake_start(
	struct exec *exec, const struct launch *launch, struct exec_event *refusal, struct err *err)
{
	struct job *job = add_job(exec, launch);
	static char text[128];

	(void)err;
	note("start", job);
	uint32_t before = count_start(job->name);
	job->outcome.exit_code = exit_code(job, before);
	job->is_away = exec->is_away;
	job->is_lost = before < number(job, "lost");
	if (launch->away) {
		job->left.token = mem_strdup(launch->away->token);
		job->left.identity = mem_strdup(launch->away->identity);
		job->left.stage = mem_strdup(launch->away->stage);
		job->left.number = launch->away->number;
		job->left.losses = launch->away->losses;
	}
	if (!word(job, "refuse"))
		return 0;
	snprintf(text, sizeof text, "%s", word(job, "refuse"));
	refuse(job, text, refusal);
	drop(exec, job);
	return 1;
}

/* Nothing begins before that. */
static int fake_flush(struct exec *exec, struct err *err)
{
	(void)err;
	for (struct job *job = exec->jobs; job; job = job->next) {
		if (job->is_flushed)
			continue;
		job->is_flushed = true;
		job->ends_ms = fake.now_ms + number(job, "takes");
		if (job->launch.timeout_ms)
			job->deadline_ms = fake.now_ms + job->launch.timeout_ms;
	}
	return 0;
}

/* When it reports next, and what kind of thing; -1: never. */
static int64_t next_report(const struct job *job, char *kind)
{
	const char *at = word(job, "reports");

	for (uint32_t n = job->reported; at && n; n--) {
		at = strchr(at, ',');
		if (at)
			at++;
	}
	if (!at || !job->is_flushed)
		return -1;
	*kind = strchr("ENP", *at) ? *at++ : 'L';
	return job->ends_ms - number(job, "takes") + atoll(at);
}

static void report(struct job *job)
{
	char kind;
	int64_t ms;

	while ((ms = next_report(job, &kind)) >= 0 && ms <= fake.now_ms) {
		FILE *file = fopen(job->events, "ae");
		assert(file);
		job->reported++;
		if (kind == 'L')
			fprintf(file, "{\"event\":\"log\",\"message\":\"%lld\"}\n", (long long)ms);
		else
			fprintf(file, "%s\n",
				kind == 'E'   ? "{\"event\":\"log\",\"level\":\"ERROR\","
						"\"message\":\"bad\"}"
				: kind == 'N' ? "{\"event\":\"error\",\"message\":\"bad\"}"
					      : "{\"event\":\"progress\",\"fraction\":0.5}");
		fclose(file);
	}
}

static size_t fake_fds(struct exec *exec, struct pollfd *polls, size_t room)
{
	(void)exec;
	(void)polls;
	(void)room;
	return 0;
}

static void sooner(int64_t *wake, int64_t ms)
{
	if (ms >= 0 && (*wake < 0 || ms < *wake))
		*wake = ms;
}

static int64_t fake_wake_ms(const struct exec *exec)
{
	int64_t wake = fake.gone_ms;

	for (const struct job *job = exec->jobs; job; job = job->next) {
		if (!job->is_flushed || job->is_over || word(job, "held"))
			continue;
		sooner(&wake, job->is_told && job->has_said ? job->ends_ms : fake.now_ms);
		sooner(&wake, job->deadline_ms);
		sooner(&wake, next_report(job, &(char){0}));
	}
	return wake;
}

static void end_by(struct job *job, int signal, int64_t ms)
{
	job->outcome.exit_code = -1;
	job->outcome.signal = signal;
	job->ends_ms = ms;
}

static void stop_job(struct job *job, bool at_once)
{
	int64_t term = number(job, "term");

	if (at_once || job->launch.grace_ms == 0) {
		note("kill", job);
		end_by(job, SIGKILL, fake.now_ms);
		job->deadline_ms = -1;
	} else if (!job->is_ending) {
		note("term", job);
		job->deadline_ms = fake.now_ms + job->launch.grace_ms;
		if (term >= 0)
			end_by(job, SIGTERM, fake.now_ms + term);
	}
	job->is_ending = true;
}

static void fake_stop(struct exec *exec, uint64_t id, bool at_once)
{
	if (id == EXEC_ALL)
		note("stop all", NULL);
	for (struct job *job = exec->jobs; job; job = job->next) {
		if (job->launch.id != id || job->is_over)
			continue;
		if (job->outcome.cause == EXEC_BY_ITSELF)
			job->outcome.cause = EXEC_BY_STOP;
		stop_job(job, at_once);
	}
}

static int output(struct job *job, const char *text, const char *end, struct exec_event *event)
{
	snprintf(job->text, sizeof job->text, "%s%s", text, end);
	*event = (struct exec_event){
		.kind = EXEC_OUTPUT,
		.id = job->launch.id,
		.data = job->text,
		.len = strlen(job->text),
	};
	return 1;
}

/* What it made is not to be seen from here. */
static const struct job_result *unseen_result(const struct job *job)
{
	static struct job_made made;
	static struct job_result result;

	made = (struct job_made){.at = "unseen", .stat = {.type = 'f', .mtime_ns = 1}};
	result = (struct job_result){
		.token = job->left.token,
		.job = "7",
		.host = "node",
		.started_ns = BEGIN_WALL_NS + 250000000,
		.ended_ns = wall_ns(),
		.end = {.kind = EXEC_ENDED, .outcome = job->outcome},
		.cause = "",
		.made = &made,
		.made_count = 1,
	};
	return &result;
}

static void make(const struct job *job)
{
	FILE *file = word(job, "makes") ? fopen(word(job, "makes"), "we") : NULL;

	if (file) {
		fputs("made\n", file);
		fclose(file);
	}
}

/* What is told of a job next; 0: nothing now. */
static int next_of(struct job *job, struct exec_event *event)
{
	static char text[128];

	*event = (struct exec_event){.id = job->launch.id, .outcome = job->outcome};
	if (job->is_away) {
		event->job = "7";
		event->host = "node";
		event->submitted_ns = BEGIN_WALL_NS;
		event->started_ns = BEGIN_WALL_NS + 250000000;
	}
	if (!job->is_told) {
		job->is_told = true;
		event->kind = EXEC_SUBMITTED;
		return 1;
	}
	if (word(job, "later")) {
		job->is_over = true;
		note("refuse", job);
		snprintf(text, sizeof text, "%s", word(job, "later"));
		return refuse(job, text, event);
	}
	if (!job->has_said) {
		job->has_said = true;
		event->kind = EXEC_STARTED;
		return word(job, "say") ? output(job, word(job, "say"), "", event) : 1;
	}
	if (fake.now_ms < job->ends_ms)
		return 0;
	if (word(job, "late") && !job->has_said_late) {
		job->has_said_late = true;
		return output(job, word(job, "late"), "\n", event);
	}
	note(job->is_lost ? "lose" : "end", job);
	make(job);
	job->is_over = true;
	event->kind = EXEC_ENDED;
	if (job->is_lost) {
		event->outcome = exec_unknown;
		event->outcome.cause = EXEC_BY_LOSS;
		event->outcome.may_linger = !word(job, "unbegun");
		event->text = "job 7 was lost: NODE_FAIL";
	}
	if (word(job, "unseen") && !job->is_adopted)
		event->result = unseen_result(job);
	return 1;
}

static int tell(struct job *job, struct exec_event *event)
{
	bool is_due = job->deadline_ms >= 0 && fake.now_ms >= job->deadline_ms &&
		      fake.now_ms < job->ends_ms;

	report(job);
	if (is_due && !job->is_ending)
		job->outcome.cause = EXEC_BY_TIMEOUT;
	if (is_due)
		stop_job(job, job->is_ending);
	return next_of(job, event);
}

static int fake_next(
	struct exec *exec, const struct pollfd *polls, struct exec_event *event, struct err *err)
{
	(void)polls;
	if (exec->is_dismissed)
		return 0;
	if (fake.gone_ms >= 0 && fake.now_ms >= fake.gone_ms)
		return err_set(err, EXIT_WORLD, "the fake is gone");
	for (struct job *job = exec->jobs, *next; job; job = next) {
		next = job->next;
		if (job->is_over && !exec->is_away)
			drop(exec, job);
		else if (!job->is_over && job->is_flushed && !word(job, "held") && tell(job, event))
			return 1;
	}
	return 0;
}

static struct exec_sample fake_sample(struct exec *exec, uint64_t id)
{
	(void)exec;
	return (struct exec_sample){.memory_mb = (double)id, .cpu_seconds = 0};
}

/* Those that are out go on under the ids that whoever adopts them gives. */
static int away_adopt(struct exec *exec, exec_take *take, void *ctx, struct err *err)
{
	(void)err;
	exec->jobs = fake.out;
	fake.out = NULL;
	for (struct job *job = exec->jobs, *next; job; job = next) {
		struct exec_found found = {.away = &job->left, .has_ended = job->is_over};
		next = job->next;
		note("adopt", job);
		job->is_told = job->has_said = job->is_over = false;
		job->is_adopted = true;
		job->launch.id = take(ctx, &found);
		if (!job->launch.id)
			drop(exec, job);
	}
	return 0;
}

static void away_settled(struct exec *exec, uint64_t id)
{
	struct job *job = exec->jobs;

	note("settled", NULL);
	while (job && job->launch.id != id)
		job = job->next;
	if (job)
		drop(exec, job);
}

static void away_dismiss(struct exec *exec)
{
	exec->is_dismissed = true;
	fake.out = exec->jobs;
	exec->jobs = NULL;
	note("dismiss", NULL);
}

static void fake_close(struct exec *exec)
{
	while (exec && exec->jobs)
		drop(exec, exec->jobs);
	free(exec);
}

const struct exec_kind exec_fake = {
	.executor = EXECUTOR_LOCAL,
	.open = fake_open,
	.start = fake_start,
	.flush = fake_flush,
	.fds = fake_fds,
	.wake_ms = fake_wake_ms,
	.next = fake_next,
	.stop = fake_stop,
	.sample = fake_sample,
	.close = fake_close,
};

const struct exec_kind exec_fake_away = {
	.executor = EXECUTOR_SLURM,
	.adopt = away_adopt,
	.settled = away_settled,
	.dismiss = away_dismiss,
	.open = away_open,
	.start = fake_start,
	.flush = fake_flush,
	.fds = fake_fds,
	.wake_ms = fake_wake_ms,
	.next = fake_next,
	.stop = fake_stop,
	.sample = fake_sample,
	.close = fake_close,
};
