#include "cmd/graphviz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/spawn.h"

/* The text in a file of its own: a pipe could fill up while `dot` waits for us to read. */
static int open_text(const struct buf *text, struct err *err)
{
	int fd = memfd_create(JOB_GRAPH, MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "create", JOB_GRAPH);
	if (fs_write_all(fd, text->data, text->len) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		err_sys(err, errno, "write", JOB_GRAPH);
		close(fd);
		return -1;
	}
	return fd;
}

static int spawn_dot(int in, int out, pid_t *pid, struct err *err)
{
	char *argv[] = {"dot", "-Tsvg", NULL};
	const struct spawn_fd fds[] = {{in, STDIN_FILENO}, {out, STDOUT_FILENO}};
	int errnum = spawn_start("dot", argv, fds, sizeof fds / sizeof *fds, pid);

	if (errnum == ENOENT)
		return err_set(err, EXIT_WORLD,
			"cannot draw svg: the program 'dot' is not installed; install graphviz, or draw "
			"with --format dot or mermaid");
	return errnum ? err_sys(err, errnum, "start", "dot") : 0;
}

static int read_all(int fd, struct buf *out, struct err *err)
{
	char piece[65536];
	ssize_t got;

	while ((got = read(fd, piece, sizeof piece)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, errno, "read from", "dot");
		buf_add(out, piece, (size_t)got);
	}
	return 0;
}

static int wait_for(pid_t pid, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_sys(err, errno, "wait for", "dot");
	}
	if (WIFSIGNALED(status))
		return err_set(err, EXIT_WORLD, "cannot draw svg: 'dot' was ended by signal %d",
			WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, EXIT_WORLD, "cannot draw svg: 'dot' ended with exit code %d",
			WEXITSTATUS(status));
	return 0;
}

int graphviz_svg(const struct buf *dot, struct buf *svg, struct err *err)
{
	int ends[2];
	int in = open_text(dot, err);
	int status = -1, waited;
	pid_t pid = -1;

	if (in < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		close(in);
		return err_sys(err, errno, "open a pipe to", "dot");
	}
	status = spawn_dot(in, ends[1], &pid, err);
	close(in);
	close(ends[1]);
	if (status == 0) {
		status = read_all(ends[0], svg, err);
		close(ends[0]);
		waited = wait_for(pid, err);
		return status < 0 ? status : waited;
	}
	close(ends[0]);
	return status;
}
