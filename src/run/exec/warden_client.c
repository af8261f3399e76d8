#include "run/exec/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/program.h"
#include "run/exec/exec.h"
#include "run/exec/exec_part.h"

#define TEND_MS 100 /* between two looks whether it was stopped, while it is waited for */

struct warden {
	int fd;
	pid_t pid;
	struct buf inbox; /* a part of an event */
};

/* Out of the way of the numbers that they get: dup2 to itself would keep close-on-exec. */
static int move_away(struct spawn_fd *gift, struct err *err)
{
	gift->from = fcntl(gift->from, F_DUPFD_CLOEXEC, EXEC_SHARED_FD + 2);
	return gift->from < 0 ? err_sys(err, errno, "make a socket for", "the warden") : 0;
}

static int start_warden(
	struct warden *warden, int held_fd, const int *shared_fds, int theirs, struct err *err)
{
	char *const argv[] = {"restage", WARDEN_ARGUMENT, NULL};
	const struct spawn_fd given[] = {{theirs, WIRE_FD}, {held_fd, WIRE_HELD_FD},
		{shared_fds ? shared_fds[0] : -1, EXEC_SHARED_FD},
		{shared_fds ? shared_fds[1] : -1, EXEC_SHARED_FD + 1}};
	struct spawn_fd gifts[sizeof given / sizeof *given];
	size_t count = 0;
	int status = 0;

	for (size_t i = 0; i < sizeof given / sizeof *given && status == 0; i++) {
		if (given[i].from < 0)
			continue;
		gifts[count] = given[i];
		status = move_away(&gifts[count], err);
		count += status == 0;
	}
	int why = status < 0 ? 0 : spawn_start("/proc/self/exe", argv, gifts, count, &warden->pid);
	if (why)
		status = err_sys(err, why, "start the warden from", "/proc/self/exe");
	while (count)
		close(gifts[--count].from);
	return status;
}

struct warden *warden_open(int held_fd, const int *shared_fds, struct err *err)
{
	struct warden *warden;
	int pair[2], status;

	/* What a killed warden leaves behind comes to us. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		err_sys(err, errno, "make a socket for", "the warden");
		return NULL;
	}
	warden = mem_alloc(sizeof *warden);
	warden->fd = pair[0];
	status = start_warden(warden, held_fd, shared_fds, pair[1], err);
	close(pair[1]);
	if (status == 0)
		return warden;
	close(pair[0]);
	free(warden);
	return NULL;
}

/* Appends what the warden has told, without waiting: 1, 0 if there is nothing, -1 if it is gone. */
static int receive(struct warden *warden)
{
	char data[16 * sizeof(struct warden_event)];
	ssize_t n;

	do {
		n = recv(warden->fd, data, sizeof data, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n <= 0)
		return -1;
	buf_add(&warden->inbox, data, (size_t)n);
	return 1;
}

void warden_tend(const struct warden *warden)
{
	siginfo_t info = {0};

	if (warden->pid > 0 && waitid(P_PID, (id_t)warden->pid, &info, WSTOPPED | WNOHANG) == 0 &&
		info.si_pid == warden->pid)
		kill(warden->pid, SIGCONT);
}

/* Waits until more can be sent. What the warden tells meanwhile is taken in: it may wait for that
 * before it reads on. */
static int wait_for_room(struct warden *warden)
{
	struct pollfd polled = {.fd = warden->fd, .events = POLLIN | POLLOUT};

	int ready = poll(&polled, 1, TEND_MS);
	if (ready < 0)
		return errno == EINTR ? 0 : -1;
	if (ready == 0)
		warden_tend(warden);
	if (!(polled.revents & POLLIN))
		return 0;
	if (receive(warden) >= 0)
		return 0;
	errno = EPIPE;
	return -1;
}

/* The end of the socket, at which it kills what is left, and goes. */
void warden_dismiss(struct warden *warden)
{
	shutdown(warden->fd, SHUT_RDWR);
}

/* What was sent in part, or could not be sent at all, leaves the warden waiting for the rest of a
 * command, or a command without the signal that it was to get. The end of the socket says that it
 * is over: the warden ends everything and goes, and the run ends as if the warden had been
 * killed. */
static int give_up(struct warden *warden)
{
	int why = errno;

	warden_dismiss(warden);
	errno = why;
	return -1;
}

static int send_message(struct warden *warden, struct msghdr *message)
{
	struct iovec *part = message->msg_iov;

	while (part->iov_len) {
		ssize_t n = sendmsg(warden->fd, message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
			return give_up(warden);
		if (n < 0 && wait_for_room(warden) < 0)
			return give_up(warden);
		if (n <= 0)
			continue;
		part->iov_base = (char *)part->iov_base + n;
		part->iov_len -= (size_t)n;
		message->msg_control = NULL; /* it went with the first byte */
		message->msg_controllen = 0;
	}
	return 0;
}

static int send_bytes(struct warden *warden, const char *data, size_t len)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	return send_message(warden, &message);
}

static int send_head(
	struct warden *warden, const struct wire_head *head, const int *fds, size_t fd_count)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(3 * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = (void *)(uintptr_t)head, .iov_len = sizeof *head};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd_count) {
		memset(&control, 0, sizeof control);
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, fd_count * sizeof(int));
	}
	return send_message(warden, &message);
}

static int fail_gone(const struct warden *warden, struct err *err)
{
	return err_set(err, EXIT_WORLD,
		"the process that starts the stages (pid %ld) was killed; %s", (long)warden->pid,
		"run again");
}

static uint32_t add_strings(struct buf *buf, char *const *strings)
{
	uint32_t count = 0;

	for (; strings && strings[count]; count++)
		buf_add(buf, strings[count], strlen(strings[count]) + 1);
	return count;
}

int warden_start(struct warden *warden, const struct warden_request *request, struct err *err)
{
	struct buf strings BUF_LOCAL = {0};
	struct wire_head head = {
		.kind = WIRE_START,
		.id = request->id,
		.keeps_terminal = request->keeps_terminal,
		.kept = (uint32_t)request->kept,
	};
	int fds[3], given[3] = {request->in, request->out, request->err};
	size_t fd_count = 0;

	for (int i = 0; i < 3; i++) {
		if (given[i] < 0)
			continue;
		head.fd_mask |= 1u << i;
		fds[fd_count++] = given[i];
	}
	buf_add(&strings, request->file, strlen(request->file) + 1);
	buf_str(&strings, request->dir ? request->dir : "");
	buf_char(&strings, '\0');
	head.arg_count = add_strings(&strings, request->argv);
	head.env_count = add_strings(&strings, request->env);
	head.cleanup_count = add_strings(&strings, request->cleanup);
	if (strings.len > WIRE_SIZE_MAX)
		return err_set(err, EXIT_STAGE, "the command with its arguments has %zu bytes: %s",
			strings.len, "more than any program can be given; pass a list in a file");
	head.size = (uint32_t)strings.len;
	if (send_head(warden, &head, fds, fd_count) < 0 ||
		send_bytes(warden, strings.data, strings.len) < 0)
		return errno == EPIPE || errno == ECONNRESET
			       ? fail_gone(warden, err)
			       : err_sys(err, errno, "send a command to", "the warden");
	return 0;
}

int warden_fd(const struct warden *warden)
{
	return warden->fd;
}

int warden_next(struct warden *warden, struct warden_event *event, struct err *err)
{
	while (warden->inbox.len < sizeof *event) {
		int got = receive(warden);
		if (got == 0)
			return 0;
		if (got < 0)
			return fail_gone(warden, err);
	}
	memcpy(event, warden->inbox.data, sizeof *event);
	buf_drop(&warden->inbox, sizeof *event);
	return 1;
}

bool warden_has_next(const struct warden *warden)
{
	return warden->inbox.len >= sizeof(struct warden_event);
}

int warden_kill(struct warden *warden, uint64_t id, int signal)
{
	struct wire_head head = {.kind = WIRE_KILL, .id = id, .signal = signal};

	return send_head(warden, &head, NULL, 0);
}

/* Our children but the warden: what a killed warden left to us. */
static void kill_orphans(void)
{
	for (int round = 0; round < 1000; round++) {
		struct process_list children = {0};
		bool is_blind = process_add_children(getpid(), &children) < 0;
		for (size_t i = 0; i < children.count; i++)
			kill(children.pids[i], SIGKILL);
		free(children.pids);
		if (children.count == 0 && !is_blind)
			return;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		poll(NULL, 0, 1);
	}
}

static void wait_for_end(const struct warden *warden)
{
	int status = 0;

	do {
		if (WIFSTOPPED(status))
			kill(warden->pid, SIGCONT);
		errno = 0;
	} while (
		waitpid(warden->pid, &status, WUNTRACED) < 0 ? errno == EINTR : WIFSTOPPED(status));
}

void warden_free(struct warden *warden)
{
	if (!warden)
		return;
	warden_dismiss(warden);
	close(warden->fd);
	wait_for_end(warden);
	kill_orphans();
	buf_free(&warden->inbox);
	free(warden);
}
