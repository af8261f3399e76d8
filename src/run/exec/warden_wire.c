/* The warden's end of the socket between it and the runner. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "run/exec/exec_part.h"
#include "run/exec/warden.h"

int warden_receive(int fd, void *data, size_t len)
{
	char *p = data;

	while (len) {
		ssize_t n = recv(fd, p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int warden_receive_head(struct wire_head *head, int fds[3], size_t *fd_count)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(3 * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = head, .iov_len = sizeof *head};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	ssize_t n;

	*fd_count = 0;
	do {
		n = recvmsg(WIRE_FD, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -1;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		*fd_count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), *fd_count * sizeof(int));
	}
	return warden_receive(WIRE_FD, (char *)head + n, sizeof *head - (size_t)n);
}

void warden_tell(const struct warden_event *event)
{
	const char *p = (const char *)event;
	size_t len = sizeof *event;

	while (len) {
		ssize_t n = send(WIRE_FD, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		p += n;
		len -= (size_t)n;
	}
	/* The runner is gone; or it would wait for ever for what it was not told. The loop sees the
	 * end. */
	if (len)
		shutdown(WIRE_FD, SHUT_RDWR);
}
