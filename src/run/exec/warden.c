/* The warden's own process. See warden.h for what it is for. One thread; it waits in poll for the
 * runner's requests and for SIGCHLD, and keeps a table of the attempts that are under way. */
#include "run/exec/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/process.h"
#include "run/exec/exec_part.h"

/* A limit that Linux has not looked at since 2.4, and that no program sets: children inherit it,
 * through every fork, setsid and exec, and whatever they do to their environment. Each attempt gets
 * another soft limit, so that it tells whose a stray is. */
#define TRACE RLIMIT_LOCKS

#define SWEEP_MS 2 /* between two looks at strays that were killed and are not gone */
/* what ends sooner is told of once, at its end: each message wakes the runner */
#define STARTED_MS 20
/* what runs a container has processes of its own that leave a moment later than the command */
#define LEAVE_MS 2000
#define CLEANUP_MS 30000 /* a cleanup that takes longer is given up */

struct ward { /* one attempt */
	uint64_t id;
	pid_t pid; /* of the command; its session and group too, unless it keeps the terminal */
	bool has_session;
	int64_t started_ns; /* monotonic */
	int kept;           /* the command's output; -1: none */
	bool is_told;       /* that it started */
	bool is_ended;      /* the command was reaped; strays are being removed */
	bool was_stopped, was_killed;
	int64_t ended_ns; /* monotonic */
	/* what removes what is left of it that is no process of ours, each NUL-terminated; owned;
	 * NULL: nothing does. It runs in the command's place when that has ended */
	char *cleanup;
	uint32_t cleanup_count;
	bool is_cleaning;
	struct warden_event end;
	struct warden_event more; /* what its orphans used */
};

struct state {
	int signals;
	int null_in;
	struct ward *wards;
	size_t count, cap;
	struct buf strings;
	/* descriptors from here on are not kept: some are needed to start what comes next */
	int kept_max;
	rlim_t traces; /* one less than the first attempt's trace */
	bool has_cleanups;
};

/* Ours until the next attempt starts: it binds nobody. */
static void set_trace(const struct state *state, uint64_t id)
{
	struct rlimit limit;

	if (getrlimit(TRACE, &limit) < 0)
		return;
	limit.rlim_cur = state->traces + id;
	setrlimit(TRACE, &limit);
}

static void start(struct state *state, const struct wire_head *head, int fds[3])
{
	struct ward ward = {
		.id = head->id,
		.has_session = !head->keeps_terminal,
		.kept = -1,
		.started_ns = clock_mono_ns(),
	};
	char *p = state->strings.data;
	char *file = p;
	char **argv MEM_LOCAL = mem_grow(NULL, head->arg_count + 1, sizeof *argv);
	char **given MEM_LOCAL = mem_grow(NULL, head->env_count + 1, sizeof *given);

	p += strlen(p) + 1;
	char *dir = p;
	p += strlen(p) + 1;
	for (uint32_t i = 0; i < head->arg_count; i++, p += strlen(p) + 1)
		argv[i] = p;
	argv[head->arg_count] = NULL;
	for (uint32_t i = 0; i < head->env_count; i++, p += strlen(p) + 1)
		given[i] = p;
	size_t cleanup_size = (size_t)(state->strings.data + state->strings.len - p);
	struct warden_command command = {
		.file = file,
		.dir = dir,
		.argv = argv,
		.env = warden_environment(given, head->env_count),
		.has_session = ward.has_session,
	};
	/* Without one, 0 is /dev/null and 1 and 2 are the runner's own (a console stage). */
	for (int i = 0, next = 0; i < 3; i++)
		command.fds[i] = head->fd_mask & (1u << i)         ? fds[next++]
				 : i == 0 && !head->keeps_terminal ? state->null_in
								   : i;
	set_trace(state, head->id);
	int why = warden_spawn(&command, &ward.pid);
	free(command.env);
	if (why) {
		warden_tell(&(struct warden_event){
			.kind = WARDEN_REFUSED, .id = head->id, .sys_errno = why});
		return;
	}
	for (int i = 0; i < 3; i++) {
		if (head->kept == 0 || command.fds[head->kept] != fds[i] ||
			fds[i] >= state->kept_max)
			continue;
		ward.kept = fds[i];
		fds[i] = -1;
	}
	if (head->cleanup_count) {
		ward.cleanup = memcpy(mem_alloc(cleanup_size), p, cleanup_size);
		ward.cleanup_count = head->cleanup_count;
		state->has_cleanups = true;
	}
	MEM_PUSH(state->wards, state->count, state->cap, ward);
}

/* Tells whether it runs now, in the command's place. */
static bool start_cleanup(struct state *state, struct ward *ward)
{
	char **argv MEM_LOCAL = mem_grow(NULL, ward->cleanup_count + 1, sizeof *argv);
	const char *p = ward->cleanup;

	for (uint32_t i = 0; i < ward->cleanup_count; i++, p += strlen(p) + 1)
		argv[i] = (char *)(uintptr_t)p;
	argv[ward->cleanup_count] = NULL;
	int null_out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct warden_command command = {
		.file = argv[0],
		.dir = "",
		.argv = argv,
		.env = warden_environment(NULL, 0),
		.fds = {state->null_in, null_out, null_out},
		.has_session = true,
	};
	set_trace(state, ward->id);
	ward->is_cleaning = warden_spawn(&command, &ward->pid) == 0;
	ward->has_session = true;
	ward->is_ended = !ward->is_cleaning;
	ward->started_ns = clock_mono_ns();
	free(command.env);
	if (null_out >= 0)
		close(null_out);
	return ward->is_cleaning;
}

/* An engine that is stopped before its container has begun leaves that, and may end with 0. */
static bool needs_cleanup(const struct ward *ward)
{
	return ward->cleanup && !ward->is_cleaning &&
	       (ward->was_stopped || ward->end.signal || ward->end.strays ||
		       ward->end.exit_code > 124);
}

static void tell_end(struct ward *ward)
{
	ward->end.user_seconds += ward->more.user_seconds;
	ward->end.system_seconds += ward->more.system_seconds;
	if (ward->end.memory_mb < ward->more.memory_mb)
		ward->end.memory_mb = ward->more.memory_mb;
	if (ward->end.read_mb >= 0) {
		ward->end.read_mb += ward->more.read_mb;
		ward->end.written_mb += ward->more.written_mb;
	}
	warden_tell(&ward->end);
	if (ward->kept >= 0)
		close(ward->kept);
	free(ward->cleanup);
}

/* Tells of those that have run for a while; returns in how many ms the next is due, -1: none is. */
static int tell_started(struct state *state)
{
	int64_t now = clock_mono_ns(), left = -1;

	for (size_t i = 0; i < state->count; i++) {
		struct ward *ward = &state->wards[i];
		if (ward->is_told || ward->is_ended || ward->is_cleaning)
			continue;
		int64_t due = ward->started_ns + STARTED_MS * (int64_t)1000000 - now;
		if (due > 0) {
			left = left < 0 || due < left ? due : left;
			continue;
		}
		warden_tell(&(struct warden_event){
			.kind = WARDEN_STARTED, .id = ward->id, .pid = ward->pid});
		ward->is_told = true;
	}
	return left < 0 ? -1 : (int)(left / 1000000) + 1;
}

/* Our direct children, among them whatever was orphaned. We have one thread. */
static int list_children(struct process_list *list)
{
	*list = (struct process_list){0};
	return process_add_children_of(getpid(), getpid(), list);
}

static struct ward *ward_of_pid(struct state *state, pid_t pid)
{
	for (size_t i = 0; i < state->count; i++) {
		if (state->wards[i].pid == pid && !state->wards[i].is_ended)
			return &state->wards[i];
	}
	return NULL;
}

bool warden_same_trace(pid_t a, pid_t b)
{
	struct rlimit left, right;

	return prlimit(a, TRACE, NULL, &left) == 0 && prlimit(b, TRACE, NULL, &right) == 0 &&
	       left.rlim_cur == right.rlim_cur;
}

/* Whose is this orphan? By its trace, then (where the limit may not be set) by session or group;
 * the only attempt under way otherwise. NULL: one without any of them while several run; it is
 * killed with the last of these. */
static struct ward *ward_of_orphan(struct state *state, pid_t pid)
{
	struct rlimit limit;
	bool has_trace = prlimit(pid, TRACE, NULL, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;

	for (size_t i = 0; i < state->count && has_trace; i++) {
		if (limit.rlim_cur == state->traces + state->wards[i].id)
			return &state->wards[i];
	}
	pid_t session = getsid(pid);
	for (size_t i = 0; i < state->count; i++) {
		struct ward *ward = &state->wards[i];
		if (ward->has_session && (session == ward->pid || getpgid(pid) == ward->pid))
			return ward;
	}
	return state->count == 1 ? &state->wards[0] : NULL;
}

/* Of what runs a container, and was not killed. */
static bool may_leave(const struct ward *ward)
{
	return ward->cleanup && !ward->was_killed && !ward->end.signal &&
	       clock_mono_ns() - ward->ended_ns < LEAVE_MS * (int64_t)1000000;
}

/* A cleanup that does not end is given up: its end is that of any killed process. */
static int limit_cleanups(struct state *state)
{
	int64_t now, left = -1;

	if (!state->has_cleanups)
		return -1;
	now = clock_mono_ns();
	for (size_t i = 0; i < state->count; i++) {
		struct ward *ward = &state->wards[i];
		int64_t due = ward->started_ns + CLEANUP_MS * (int64_t)1000000 - now;

		if (!ward->is_cleaning || ward->is_ended)
			continue;
		if (due <= 0)
			kill(-ward->pid, SIGKILL);
		else
			left = left < 0 || due < left ? due : left;
	}
	return left < 0 ? -1 : (int)(left / 1000000) + 1;
}

/* Kills what is left of attempts whose command has ended. A stopped process is killed like any
 * other. Returns with an attempt's end told as soon as nothing is left of it; -1: what is left
 * cannot be seen. */
static int sweep(struct state *state)
{
	bool has_ended = false;
	struct process_list children;

	for (size_t i = 0; i < state->count; i++)
		has_ended = has_ended || state->wards[i].is_ended;
	if (!has_ended)
		return 0;
	if (list_children(&children) < 0) {
		free(children.pids);
		return -1;
	}
	bool *is_busy MEM_LOCAL = mem_alloc((state->count + 1) * sizeof *is_busy);
	for (size_t i = 0; i < children.count; i++) {
		if (ward_of_pid(state, children.pids[i]))
			continue;
		struct ward *ward = ward_of_orphan(state, children.pids[i]);
		if (!ward || !ward->is_ended)
			continue;
		is_busy[ward - state->wards] = true;
		if (may_leave(ward))
			continue;
		ward->end.strays += !ward->is_cleaning;
		kill(children.pids[i], SIGKILL);
	}
	free(children.pids);
	size_t kept = 0;
	for (size_t i = 0; i < state->count; i++) {
		struct ward *ward = &state->wards[i];
		/* Grandchildren that are still held by a living child of the group. */
		if (ward->is_ended && ward->has_session && !may_leave(ward) &&
			kill(-ward->pid, SIGKILL) == 0)
			is_busy[i] = true;
		if (ward->is_ended && !is_busy[i] && needs_cleanup(ward))
			is_busy[i] = start_cleanup(state, ward);
		if (ward->is_ended && !is_busy[i]) {
			tell_end(ward);
			continue;
		}
		state->wards[kept++] = *ward;
	}
	state->count = kept;
	return 0;
}

/* Bytes through read and write calls of a process that ended and was not reaped yet, with the
 * children that it waited for. */
static void read_io(pid_t pid, struct warden_event *end)
{
	char text[512];
	unsigned long long in, out;

	end->read_mb = end->written_mb = -1;
	if (process_read(pid, "io", text, sizeof text) &&
		sscanf(text, "rchar: %llu wchar: %llu", &in, &out) == 2) {
		end->read_mb = (double)in / 1048576;
		end->written_mb = (double)out / 1048576;
	}
}

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* What a container used: its processes are no children of the command, but come to us when the one
 * that held them leaves, with what it waited for. */
static void add_orphan(struct ward *ward, const struct rusage *usage, const struct warden_event *io)
{
	double memory_mb = (double)usage->ru_maxrss / 1024;

	if (!ward->cleanup || ward->is_cleaning)
		return;
	ward->more.user_seconds += seconds_of(usage->ru_utime);
	ward->more.system_seconds += seconds_of(usage->ru_stime);
	if (ward->more.memory_mb < memory_mb)
		ward->more.memory_mb = memory_mb;
	if (io->read_mb >= 0) {
		ward->more.read_mb += io->read_mb;
		ward->more.written_mb += io->written_mb;
	}
}

/* -1: it cannot be learned what has ended. */
static int reap(struct state *state)
{
	for (;;) {
		siginfo_t info = {0};
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
			return errno == ECHILD || errno == EINTR ? 0 : -1;
		if (info.si_pid == 0)
			return 0;
		struct ward *ward = ward_of_pid(state, info.si_pid);
		struct rusage usage;
		int status;
		bool is_done = ward && !ward->is_cleaning;
		struct ward *owner =
			!ward && state->has_cleanups ? ward_of_orphan(state, info.si_pid) : NULL;
		struct warden_event io = {0};
		if (is_done || owner)
			read_io(info.si_pid, &io);
		if (wait4(info.si_pid, &status, 0, &usage) < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (owner)
			add_orphan(owner, &usage, &io);
		if (ward)
			ward->is_ended = true;
		if (!is_done)
			continue;
		struct warden_event *end = &ward->end;
		end->read_mb = io.read_mb;
		end->written_mb = io.written_mb;
		end->kind = WARDEN_ENDED;
		end->id = ward->id;
		end->pid = ward->pid;
		end->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		end->user_seconds = seconds_of(usage.ru_utime);
		end->system_seconds = seconds_of(usage.ru_stime);
		end->memory_mb = (double)usage.ru_maxrss / 1024;
		ward->ended_ns = ward->cleanup ? clock_mono_ns() : 0;
	}
}

/* Everything below a process, however deep: for a KILL, and for our own end. */
static void kill_tree(pid_t pid, int depth)
{
	struct process_list children = {0};

	if (depth > 64)
		return;
	process_add_children(pid, &children);
	if (depth)
		kill(pid, SIGKILL);
	for (size_t i = 0; i < children.count; i++)
		kill_tree(children.pids[i], depth + 1);
	free(children.pids);
}

static void send_signal(struct state *state, uint64_t id, int signal)
{
	for (size_t i = 0; i < state->count; i++) {
		struct ward *ward = &state->wards[i];
		if (ward->id != id || ward->is_ended || ward->is_cleaning)
			continue;
		ward->was_stopped = true;
		ward->was_killed |= signal == SIGKILL;
		if (signal == SIGKILL)
			kill_tree(ward->pid, 1);
		kill(ward->has_session ? -ward->pid : ward->pid, signal);
		/* A stopped process takes TERM only when it goes on. */
		if (signal != SIGKILL)
			kill(ward->has_session ? -ward->pid : ward->pid, SIGCONT);
	}
}

/* What cannot be seen or waited for here is left to the runner, whose children they become. */
static void kill_processes(struct state *state)
{
	for (;;) {
		struct process_list children;
		bool is_blind = list_children(&children) < 0;
		free(children.pids);
		for (size_t i = 0; i < state->count; i++) {
			if (state->wards[i].has_session)
				kill(-state->wards[i].pid, SIGKILL);
		}
		if (children.count == 0 && waitpid(-1, NULL, WNOHANG) < 0)
			return;
		kill_tree(getpid(), 0);
		pid_t ended;
		while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
			continue;
		if (is_blind || (ended < 0 && errno != ECHILD && errno != EINTR))
			return;
		poll(NULL, 0, 1);
	}
}

/* Then what else is left of them, all at once. */
static void kill_everything(struct state *state)
{
	int64_t end_ns = clock_mono_ns() + CLEANUP_MS * (int64_t)1000000;
	bool is_cleaning = false;

	kill_processes(state);
	for (size_t i = 0; i < state->count; i++) {
		if (state->wards[i].cleanup)
			is_cleaning |= start_cleanup(state, &state->wards[i]);
	}
	while (is_cleaning && clock_mono_ns() < end_ns &&
		(waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD))
		poll(NULL, 0, 1);
	if (is_cleaning)
		kill_processes(state);
}

/* -1 when the runner is gone. */
static int serve(struct state *state)
{
	struct wire_head head;
	int fds[3] = {-1, -1, -1};
	size_t fd_count;

	if (warden_receive_head(&head, fds, &fd_count) < 0)
		return -1;
	if (head.kind == WIRE_KILL) {
		send_signal(state, head.id, head.signal);
		return 0;
	}
	buf_reset(&state->strings);
	buf_reserve(&state->strings, head.size + 1);
	int status = warden_receive(WIRE_FD, state->strings.data, head.size);
	if (status == 0) {
		state->strings.len = head.size;
		start(state, &head, fds);
	}
	for (size_t i = 0; i < fd_count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	return status;
}

/* A number whose successors nobody else on the machine uses: of a restage below a stage of ours,
 * say. */
static rlim_t find_traces(void)
{
	return (rlim_t)getpid() << 36;
}

static int find_kept_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	return limit.rlim_cur < 1024 ? (int)limit.rlim_cur / 2 : 512;
}

static int open_signals(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	/* The runner tells us what to do at these; the terminal sends them to both. */
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGQUIT);
	sigaddset(&mask, SIGTSTP);
	sigaddset(&mask, SIGPIPE);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
		return -1;
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

int warden_main(void)
{
	/* First: a file that is opened here must not be taken for the socket. */
	if (fcntl(WIRE_FD, F_SETFD, FD_CLOEXEC) < 0)
		return EXIT_WORLD;
	struct state state = {
		.signals = open_signals(), .null_in = open("/dev/null", O_RDONLY | O_CLOEXEC)};
	if (state.signals < 0 || state.null_in < 0)
		return EXIT_WORLD;
	(void)fcntl(WIRE_HELD_FD, F_SETFD, FD_CLOEXEC); /* there may be none */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "restage-warden");
	state.traces = find_traces();
	state.kept_max = find_kept_max();
	for (;;) {
		struct pollfd polls[] = {
			{.fd = WIRE_FD, .events = POLLIN}, {.fd = state.signals, .events = POLLIN}};
		bool is_sweeping = false;
		for (size_t i = 0; i < state.count; i++)
			is_sweeping = is_sweeping || state.wards[i].is_ended;
		int wait = tell_started(&state), limit = limit_cleanups(&state);
		if (limit >= 0 && (wait < 0 || limit < wait))
			wait = limit;
		if (is_sweeping)
			wait = SWEEP_MS;
		if (poll(polls, 2, wait) < 0 && errno != EINTR)
			break;
		if (polls[1].revents & POLLIN) {
			struct signalfd_siginfo info;
			while (read(state.signals, &info, sizeof info) > 0)
				continue;
		}
		if (reap(&state) < 0 || sweep(&state) < 0)
			break;
		if (polls[0].revents && serve(&state) < 0)
			break;
	}
	kill_everything(&state);
	for (size_t i = 0; i < state.count; i++)
		free(state.wards[i].cleanup);
	free(state.wards);
	buf_free(&state.strings);
	return EXIT_OK;
}
