#include "run/exec/slurm_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/program.h"
#include "base/text.h"

#define OUTPUT_MAX ((size_t)256 << 20) /* some million jobs; what is more is dropped */
#define REAP_MS 2                      /* between its last word and its end there are moments */

extern char **environ;

struct stream {
	int fd; /* -1: it has ended */
	struct buf text;
};

struct slurm_command {
	pid_t pid; /* 0: it has ended */
	struct stream streams[SLURM_COMMAND_FDS];
	int64_t deadline_ms;
	bool is_late;
	int exit_code;
};

static int64_t now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

static bool is_inherited(const char *variable)
{
	static const char *const dropped[] = {
		"SLURM_", "SBATCH_", "SQUEUE_", "SCANCEL_", "SACCT_", "SLURMD_"};
	static const char *const kept[] = {"SLURM_CONF=", "SLURM_CONF_SERVER=", "SLURM_JWT="};

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		if (text_starts(variable, kept[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
		if (text_starts(variable, dropped[i]))
			return false;
	}
	return true;
}

/* Whoever only asks prints times as numbers, and lists of indices to their ends. What sbatch has is
 * handed on to the jobs. */
static char **make_environment(bool is_question)
{
	static char *const asking[] = {"SLURM_TIME_FORMAT=%s", "SLURM_BITSTR_LEN=0"};
	size_t count = 0, n = 0;

	while (environ[count])
		count++;
	char **env = mem_grow(NULL, count + 3, sizeof *env);
	for (size_t i = 0; i < count; i++) {
		if (is_inherited(environ[i]))
			env[n++] = environ[i];
	}
	for (size_t i = 0; is_question && i < 2; i++)
		env[n++] = asking[i];
	env[n] = NULL;
	return env;
}

/* A pipe of which one end is ours: not blocking. */
static int open_end(int pair[2], int ours)
{
	if (pipe2(pair, O_CLOEXEC) < 0)
		return errno;
	fcntl(pair[ours], F_SETFL, O_NONBLOCK);
	return 0;
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

/* What it reads fits into the pipe at once. */
static int open_input(const char *input, int *fd)
{
	size_t len = input ? strlen(input) : 0;
	int pair[2], why = 0;

	if (!input) {
		*fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return *fd < 0 ? errno : 0;
	}
	why = open_end(pair, 1);
	if (why)
		return why;
	if (write(pair[1], input, len) != (ssize_t)len)
		why = E2BIG;
	close(pair[1]);
	*fd = pair[0];
	return why;
}

static int start(struct slurm_command *command, char *const *argv, const char *input)
{
	int theirs[3] = {-1, -1, -1}, pair[2];
	int why = open_input(input, &theirs[0]);

	for (int i = 0; i < SLURM_COMMAND_FDS && why == 0; i++) {
		why = open_end(pair, 0);
		if (why == 0) {
			command->streams[i].fd = pair[0];
			theirs[i + 1] = pair[1];
		}
	}
	if (why == 0) {
		char **env = make_environment(input == NULL);
		const struct spawn_fd fds[] = {{theirs[0], 0}, {theirs[1], 1}, {theirs[2], 2}};
		why = spawn_apart(argv[0], argv, env, fds, 3, &command->pid);
		free(env);
	}
	close_all(theirs, 3);
	return why;
}

struct slurm_command *slurm_command_start(char *const *argv, const char *input, int64_t limit_ms)
{
	struct slurm_command *command = mem_alloc(sizeof *command);

	for (int i = 0; i < SLURM_COMMAND_FDS; i++)
		command->streams[i].fd = -1;
	command->exit_code = -1;
	command->deadline_ms = now_ms() + limit_ms;
	int why = start(command, argv, input);
	if (why) {
		command->pid = 0;
		command->exit_code = why == ENOENT ? 127 : -1;
		buf_fmt(&command->streams[1].text, "cannot start '%s': %s", argv[0],
			why == ENOENT ? "command not found" : strerror(why));
	}
	return command;
}

size_t slurm_command_fds(const struct slurm_command *command, struct pollfd *polls)
{
	size_t count = 0;

	for (int i = 0; i < SLURM_COMMAND_FDS; i++) {
		if (command->streams[i].fd >= 0)
			polls[count++] =
				(struct pollfd){.fd = command->streams[i].fd, .events = POLLIN};
	}
	return count;
}

static bool is_silent(const struct slurm_command *command)
{
	return command->streams[0].fd < 0 && command->streams[1].fd < 0;
}

int64_t slurm_command_wake_ms(const struct slurm_command *command)
{
	int64_t soon = now_ms() + REAP_MS;

	if (command->pid == 0)
		return 0;
	return is_silent(command) && soon < command->deadline_ms ? soon : command->deadline_ms;
}

static void drain(struct stream *stream)
{
	char data[65536];
	ssize_t n = 0;

	while (stream->fd >= 0) {
		n = read(stream->fd, data, sizeof data);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n > 0 && stream->text.len < OUTPUT_MAX)
			buf_add(&stream->text, data, (size_t)n);
		if (n <= 0) {
			close(stream->fd);
			stream->fd = -1;
		}
	}
}

/* With whatever it started: a site may have put a script in its place. */
static void kill_it(struct slurm_command *command)
{
	if (command->pid == 0)
		return;
	kill(-command->pid, SIGKILL);
	while (waitpid(command->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	command->pid = 0;
}

static void reap(struct slurm_command *command)
{
	int status;
	pid_t got = command->pid ? waitpid(command->pid, &status, WNOHANG) : 0;

	if (got > 0 && WIFEXITED(status))
		command->exit_code = WEXITSTATUS(status);
	if (got > 0 || (got < 0 && errno == ECHILD))
		command->pid = 0;
}

bool slurm_command_step(struct slurm_command *command, struct slurm_answer *answer)
{
	for (int i = 0; i < SLURM_COMMAND_FDS; i++)
		drain(&command->streams[i]);
	if (is_silent(command))
		reap(command);
	if (command->pid && now_ms() >= command->deadline_ms) {
		kill_it(command);
		command->is_late = true;
	}
	if (command->pid)
		return false;
	*answer = (struct slurm_answer){
		.exit_code = command->exit_code,
		.is_late = command->is_late,
		.out = buf_text(&command->streams[0].text),
		.text = buf_text(&command->streams[1].text),
	};
	return true;
}

void slurm_command_free(struct slurm_command *command)
{
	if (!command)
		return;
	kill_it(command);
	for (int i = 0; i < SLURM_COMMAND_FDS; i++) {
		if (command->streams[i].fd >= 0)
			close(command->streams[i].fd);
		buf_free(&command->streams[i].text);
	}
	free(command);
}
