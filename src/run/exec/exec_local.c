/* The executor of this machine: the warden starts the commands, here is what is ours of them:
 * descriptors of their output, deadlines, and the program's place. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/program.h"
#include "model/command/command.h"
#include "run/exec/exec.h"
#include "run/exec/exec_part.h"
#include "run/exec/gpu.h"
#include "run/exec/warden.h"

#define OUTPUT_SIZE ((size_t)64 << 10)
#define OUTPUT_MAX \
	((size_t)256 << 10) /* taken from one command before the others have their turn */
#define NOT_POLLED SIZE_MAX
#define TEND_MS 500 /* between two looks whether the warden was stopped */

struct job { /* a command that was started */
	uint64_t id;
	char *file;  /* that is executed; owned */
	char *gpus;  /* owned; NULL: it has none */
	int output;  /* read end of what it puts out; -1: closed, or it has the terminal */
	size_t poll; /* where that is in what is polled now */
	pid_t pid;   /* 0 until it is told */
	int64_t grace_ms;
	int64_t deadline_ms; /* of its timeout, then of its grace; -1: none. Monotonic */
	enum exec_cause cause;
	bool is_ending; /* TERM was sent */
	bool is_of_daemon, has_container;
	struct job *next;
};

struct exec {
	struct warden *warden;
	struct job *jobs;
	struct job *turn;        /* whose output is to be taken next */
	size_t taken;            /* of its output in this turn */
	struct job *ended;       /* its end was told: the rest of its output goes first */
	struct warden_event end; /* of that */
	int64_t tend_ms;         /* when to look after the warden; monotonic */
	bool is_gone;            /* the warden was killed: see err */
	struct err err;
	struct gpu_meter *gpus;   /* NULL until a command that has some runs */
	struct exec_gpu_use used; /* by the one whose end was told last */
	struct map program_ids;   /* name -> index in programs: found in PATH before */
	const char **programs;
	uint32_t program_count, program_cap;
	struct arena arena; /* of the programs */
	struct buf text;    /* of the event that was told last */
	char data[OUTPUT_SIZE];
};

const struct exec_outcome exec_unknown = {
	.exit_code = -1,
	.user_seconds = -1,
	.system_seconds = -1,
	.memory_mb = -1,
	.read_mb = -1,
	.written_mb = -1,
};

static int64_t now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

static struct exec *local_open(const struct exec_options *options, struct err *err)
{
	struct exec *exec = mem_alloc(sizeof *exec);

	exec->warden = warden_open(options->held_fd, options->shared_fds, err);
	if (exec->warden)
		return exec;
	exec_local.close(exec);
	return NULL;
}

static struct job **find(struct exec *exec, uint64_t id)
{
	struct job **link = &exec->jobs;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static void drop_job(struct exec *exec, struct job *job)
{
	if (job->output >= 0)
		close(job->output);
	if (exec->turn == job)
		exec->turn = job->next;
	*find(exec, job->id) = job->next;
	free(job->file);
	free(job->gpus);
	free(job);
}

static int refuse(struct exec *exec, uint64_t id, int exit_code, int why, struct exec_event *event)
{
	*event = (struct exec_event){
		.kind = EXEC_REFUSED,
		.id = id,
		.outcome = exec_unknown,
		.sys_errno = why,
		.text = buf_text(&exec->text),
	};
	event->outcome.exit_code = exit_code;
	return 1;
}

/* The same few programs are started again and again: PATH is searched once for each. */
static const char *find_program(
	struct exec *exec, struct arena *scratch, const struct launch *launch, int *why)
{
	const char *name = launch->command->argv[0], *dir = launch->dir;
	uint32_t known;

	for (char *const *env = launch->env; env && *env; env++) {
		if (strncmp(*env, "PATH=", 5) == 0)
			return search_program(scratch, name, *env + 5, dir, why);
	}
	if (strchr(name, '/'))
		return name;
	known = map_get(&exec->program_ids, name);
	if (known != NONE)
		return exec->programs[known];
	const char *file = search_program(&exec->arena, name, NULL, dir, why);
	if (!file || *file != '/') /* what is relative is another file elsewhere */
		return file;
	MEM_ROOM(exec->programs, exec->program_count, exec->program_cap);
	exec->programs[exec->program_count] = file;
	map_put(&exec->program_ids, arena_strdup(&exec->arena, name), exec->program_count++);
	return file;
}

/* Opens the redirections of the command, in order, as the shell would. fds[i] < 0: not redirected,
 * 1 and 2 have the pipe then (-1: our own). */
static int open_redirects(
	struct exec *exec, const struct command *command, int dir_fd, int pipe_end, int fds[3])
{
	for (size_t i = 0; i < command->redirect_count; i++) {
		const struct command_redirect *r = &command->redirects[i];
		int fd, source = r->from;

		if (r->from >= 0 && fds[r->from] >= 0)
			source = fds[r->from];
		else if (r->from >= 0 && pipe_end >= 0)
			source = pipe_end;
		if (source == pipe_end && source >= 0 && r->fd > 0 && fds[r->fd] < 0)
			continue; /* it has that anyway */
		if (r->from >= 0)
			fd = fcntl(source, F_DUPFD_CLOEXEC, 3);
		else
			fd = openat(dir_fd, r->path, r->flags | O_CLOEXEC | O_NOCTTY, 0666);
		if (fd < 0) {
			buf_fmt(&exec->text, "cannot open '%s' for the command: %s",
				r->path ? r->path : "a copy of a descriptor", strerror(errno));
			return -1;
		}
		if (fds[r->fd] >= 0)
			close(fds[r->fd]);
		fds[r->fd] = fd;
	}
	return 0;
}

static int open_pipe(struct job *job, const char *about, int *theirs, struct err *err)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_sys(err, errno, "make a pipe for", about);
	/* Only our end: the command's must block like any other pipe. */
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	job->output = pair[0];
	*theirs = pair[1];
	return 0;
}

static int start_job(struct exec *exec, struct job *job, const struct launch *launch,
	const char *file, struct exec_event *refusal, struct err *err)
{
	int fds[3] = {-1, -1, -1}, pipe_end FD_LOCAL = -1, dir_fd FD_LOCAL = AT_FDCWD, status;

	if (launch->dir) {
		dir_fd = open(launch->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir_fd < 0) {
			int why = errno;
			buf_fmt(&exec->text, "cannot run in '%s': %s", launch->dir, strerror(why));
			return refuse(exec, launch->id, 1, why, refusal);
		}
	}
	if (!launch->keeps_terminal && open_pipe(job, launch->about, &pipe_end, err) < 0)
		return -1;
	if (open_redirects(exec, launch->command, dir_fd, pipe_end, fds) < 0) {
		status = refuse(exec, launch->id, 1, 0, refusal);
		goto out;
	}
	struct warden_request request = {
		.id = launch->id,
		.file = file,
		.dir = launch->dir,
		.argv = launch->command->argv,
		.env = launch->env,
		.cleanup = launch->command->cleanup,
		.in = fds[0],
		.out = fds[1] >= 0 ? fds[1] : pipe_end,
		.err = fds[2] >= 0 ? fds[2] : pipe_end,
		.keeps_terminal = launch->keeps_terminal,
	};
	if (pipe_end >= 0 && request.err == pipe_end)
		request.kept = 2;
	else if (pipe_end >= 0 && request.out == pipe_end)
		request.kept = 1;
	status = warden_start(exec->warden, &request, err);
	if (status < 0 && err->code == EXIT_STAGE) {
		buf_str(&exec->text, err->text);
		err_clear(err);
		status = refuse(exec, launch->id, -1, 0, refusal);
	}
out:
	for (int i = 0; i < 3; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	return status;
}

/* What is relative counts from where the command runs. */
static char *file_from_here(const struct launch *launch, const char *file)
{
	struct arena arena ARENA_LOCAL = {0};

	return mem_strdup(launch->dir ? path_join(&arena, launch->dir, file) : file);
}

static int local_start(
	struct exec *exec, const struct launch *launch, struct exec_event *refusal, struct err *err)
{
	struct arena scratch ARENA_LOCAL = {0};
	int why = 0, status;

	buf_reset(&exec->text);
	const char *file = find_program(exec, &scratch, launch, &why);
	if (!file) {
		buf_fmt(&exec->text, "cannot execute '%s': %s", launch->command->argv[0],
			why == EACCES ? "it is not executable" : "command not found");
		return refuse(exec, launch->id, why == EACCES ? 126 : 127, why, refusal);
	}
	struct job *job = mem_alloc(sizeof *job);
	job->id = launch->id;
	job->file = file_from_here(launch, file);
	job->gpus = launch->gpus ? mem_strdup(launch->gpus) : NULL;
	job->output = -1;
	job->poll = NOT_POLLED;
	job->is_of_daemon = launch->command->is_of_daemon;
	job->has_container = launch->command->cleanup != NULL;
	job->grace_ms = launch->grace_ms;
	job->deadline_ms = launch->timeout_ms ? now_ms() + launch->timeout_ms : -1;
	job->next = exec->jobs;
	exec->jobs = job;
	status = start_job(exec, job, launch, file, refusal, err);
	if (status != 0)
		drop_job(exec, job);
	return status;
}

static size_t local_fds(struct exec *exec, struct pollfd *polls, size_t room)
{
	size_t count = 0;

	if (count < room)
		polls[count] = (struct pollfd){.fd = warden_fd(exec->warden), .events = POLLIN};
	count++;
	for (struct job *job = exec->jobs; job; job = job->next) {
		job->poll = NOT_POLLED;
		if (job->output < 0)
			continue;
		if (count < room) {
			polls[count] = (struct pollfd){.fd = job->output, .events = POLLIN};
			job->poll = count;
		}
		count++;
	}
	exec->turn = exec->jobs;
	exec->taken = 0;
	return count;
}

static int64_t local_wake_ms(const struct exec *exec)
{
	int64_t wake = exec->jobs ? exec->tend_ms : -1;

	if (exec->is_gone || warden_has_next(exec->warden))
		return 0;
	for (const struct job *job = exec->jobs; job; job = job->next) {
		if (job->deadline_ms >= 0 && (wake < 0 || job->deadline_ms < wake))
			wake = job->deadline_ms;
	}
	return wake;
}

static void stop_job(struct exec *exec, struct job *job, bool at_once)
{
	if (at_once || job->grace_ms == 0) {
		warden_kill(exec->warden, job->id, SIGKILL);
		job->deadline_ms = -1;
	} else if (!job->is_ending) {
		warden_kill(exec->warden, job->id, SIGTERM);
		job->deadline_ms = now_ms() + job->grace_ms;
	}
	job->is_ending = true;
}

static void local_stop(struct exec *exec, uint64_t id, bool at_once)
{
	struct job *job = *find(exec, id);

	if (id == EXEC_ALL) {
		warden_dismiss(exec->warden);
	} else if (job) {
		if (job->cause == EXEC_BY_ITSELF)
			job->cause = EXEC_BY_STOP;
		stop_job(exec, job, at_once);
	}
}

static void pass_deadlines(struct exec *exec)
{
	int64_t now = exec->jobs ? now_ms() : 0;

	if (now >= exec->tend_ms && exec->jobs) {
		warden_tend(exec->warden);
		exec->tend_ms = now + TEND_MS;
	}
	for (struct job *job = exec->jobs; job; job = job->next) {
		if (job->deadline_ms < 0 || now < job->deadline_ms)
			continue;
		if (!job->is_ending)
			job->cause = EXEC_BY_TIMEOUT;
		stop_job(exec, job, job->is_ending);
	}
}

/* Takes some of what the command has put out. False: nothing is there. */
static bool take_output(struct exec *exec, struct job *job, struct exec_event *event)
{
	ssize_t n;

	if (job->output < 0)
		return false;
	do {
		n = read(job->output, exec->data, sizeof exec->data);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	if (n <= 0) {
		close(job->output);
		job->output = -1;
		return false;
	}
	*event = (struct exec_event){
		.kind = EXEC_OUTPUT, .id = job->id, .data = exec->data, .len = (size_t)n};
	exec->taken += (size_t)n;
	return true;
}

static bool next_output(struct exec *exec, const struct pollfd *polls, struct exec_event *event)
{
	while (exec->turn) {
		struct job *job = exec->turn;
		bool is_due = exec->is_gone ||
			      (polls && job->poll != NOT_POLLED && polls[job->poll].revents);
		bool has_more = is_due && take_output(exec, job, event);
		/* A short piece is most likely all that there is: spare the read that says so. */
		bool is_enough = !exec->is_gone &&
				 (exec->taken >= OUTPUT_MAX || event->len < OUTPUT_SIZE / 2);

		if (!has_more || is_enough) {
			exec->turn = job->next;
			exec->taken = 0;
		}
		if (has_more)
			return true;
	}
	return false;
}

static void tell_end(struct exec *exec, struct exec_event *event)
{
	struct job *job = exec->ended;
	const struct warden_event *end = &exec->end;

	buf_reset(&exec->text);
	exec->used = job->gpus && exec->gpus ? gpu_meter_end(exec->gpus, job->id)
					     : (struct exec_gpu_use){0};
	*event = (struct exec_event){
		.kind = EXEC_ENDED,
		.id = job->id,
		.outcome =
			{
				.cause = job->cause,
				.exit_code = end->exit_code,
				.signal = end->signal,
				.user_seconds = end->user_seconds,
				.system_seconds = end->system_seconds,
				.memory_mb = end->memory_mb,
				.read_mb = end->read_mb,
				.written_mb = end->written_mb,
				.gpu = exec->used.is_known ? &exec->used : NULL,
				.may_linger = end->strays > 0,
			},
	};
	if (job->is_of_daemon) {
		struct exec_outcome *outcome = &event->outcome;
		outcome->user_seconds = outcome->system_seconds = outcome->memory_mb =
			outcome->read_mb = outcome->written_mb = -1;
	}
	if (end->kind == WARDEN_REFUSED) {
		exec_explain(&exec->text, job->file, end->sys_errno);
		refuse(exec, job->id, 126, end->sys_errno, event);
	} else if (end->strays && job->cause == EXEC_BY_ITSELF && !job->has_container) {
		/* what had to be ended anyway leaves nothing behind of its own */
		buf_fmt(&exec->text, "the command left %u process%s behind, killed now",
			end->strays, end->strays == 1 ? "" : "es");
		event->text = buf_text(&exec->text);
	}
	drop_job(exec, job);
	exec->ended = NULL;
}

static void measure_gpus(struct exec *exec, const struct job *job)
{
	if (!job->gpus || job->is_of_daemon)
		return;
	if (!exec->gpus)
		exec->gpus = gpu_meter_new(NULL);
	gpu_meter_add(exec->gpus, job->id, job->pid, job->has_container, job->gpus);
}

/* The end of a command comes behind all that it put out: what is in the pipe was written before;
 * what a survivor would write later is not waited for. */
static int next_told(struct exec *exec, bool is_readable, struct exec_event *event)
{
	for (;;) {
		if (exec->ended) {
			if (!take_output(exec, exec->ended, event))
				tell_end(exec, event);
			return 1;
		}
		if (!is_readable && !warden_has_next(exec->warden))
			return 0;
		int got = warden_next(exec->warden, &exec->end, &exec->err);
		if (got <= 0)
			return got;
		struct job *job = *find(exec, exec->end.id);
		if (!job)
			continue;
		if (exec->end.kind == WARDEN_STARTED) {
			job->pid = exec->end.pid;
			measure_gpus(exec, job);
			*event = (struct exec_event){.kind = EXEC_STARTED, .id = job->id};
			return 1;
		}
		exec->ended = job;
	}
}

static int local_next(
	struct exec *exec, const struct pollfd *polls, struct exec_event *event, struct err *err)
{
	*event = (struct exec_event){0};
	if (next_output(exec, polls, event))
		return 1;
	if (exec->gpus && (event->text = gpu_meter_notice(exec->gpus))) {
		event->kind = EXEC_NOTICE;
		return 1;
	}
	int got = exec->is_gone ? -1 : next_told(exec, polls && polls[0].revents, event);
	if (got == 0)
		pass_deadlines(exec);
	if (got >= 0)
		return got;
	if (!exec->is_gone) { /* what its commands had put out is still there */
		exec->is_gone = true;
		exec->turn = exec->jobs;
		return local_next(exec, polls, event, err);
	}
	if (err)
		*err = exec->err;
	return -1;
}

static struct exec_sample local_sample(struct exec *exec, uint64_t id)
{
	const struct job *job = *find(exec, id);

	return sample_tree(job && !job->is_of_daemon ? job->pid : 0, job && job->has_container);
}

static bool local_gpu_use(struct exec *exec, uint64_t id, struct exec_gpu_use *use)
{
	*use = exec->gpus ? gpu_meter_read(exec->gpus, id) : (struct exec_gpu_use){0};
	return use->is_known;
}

static void local_close(struct exec *exec)
{
	if (!exec)
		return;
	warden_free(exec->warden);
	gpu_meter_free(exec->gpus);
	while (exec->jobs)
		drop_job(exec, exec->jobs);
	map_free(&exec->program_ids);
	free(exec->programs);
	arena_free(&exec->arena);
	buf_free(&exec->text);
	free(exec);
}

const struct exec_kind exec_local = {
	.executor = EXECUTOR_LOCAL,
	.open = local_open,
	.start = local_start,
	.fds = local_fds,
	.wake_ms = local_wake_ms,
	.next = local_next,
	.stop = local_stop,
	.sample = local_sample,
	.gpu_use = local_gpu_use,
	.close = local_close,
};

int exec_local_main(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], WARDEN_ARGUMENT) == 0 ? warden_main() : -1;
}

int exec_wait(const struct exec_kind *kind, struct exec *exec, int fd, struct exec_event *event,
	struct err *err)
{
	struct pollfd polls[64] = {{.fd = fd, .events = POLLIN}};
	size_t room = sizeof polls / sizeof *polls - 1;

	for (;;) {
		size_t count = kind->fds(exec, polls + 1, room);
		int64_t wake = kind->wake_ms(exec);
		int64_t left = wake < 0 ? -1 : wake - now_ms();

		if (wake >= 0 && left < 0)
			left = 0;
		if (clock_poll(polls, 1 + (count < room ? count : room),
			    left > 60000 ? 60000 : (int)left) < 0 &&
			errno != EINTR)
			return err_sys(err, errno, "wait for", "a command");
		if (polls[0].revents) /* first: a command may put out something for ever */
			return 0;
		int got = kind->next(exec, polls + 1, event, err);
		if (got != 0)
			return got;
	}
}
