#include "run/job/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "run/job/beneath.h"

#define POLL_MS 100 /* between tries */
#define DYING_POLL_MS 5
/* so long even who does not want to wait waits for the processes of a killed run */
#define DYING_MS 10000

static const struct flock whole_file = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

static void read_holder(int fd, char *who, size_t size)
{
	ssize_t n = pread(fd, who, size - 1, 0);

	who[n > 0 ? n : 0] = 0;
	who[strcspn(who, "\n")] = 0;
	for (char *p = who; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	}
	if (!*who)
		snprintf(who, size, "another process");
}

/* Was the holder killed? Then its helper, which holds the lock too, is ending what it has
 * started. */
static bool is_dying(const char *who)
{
	char host[40] = "", theirs[40] = "";
	long pid;

	gethostname(host, sizeof host - 1);
	return sscanf(who, "pid %ld on %39s", &pid, theirs) == 2 && strcmp(host, theirs) == 0 &&
	       pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static int write_holder(int fd, const char *path, struct err *err)
{
	char text[128], since[CLOCK_LOG_SIZE], host[40] = "";

	clock_log(clock_wall_ns(), since);
	gethostname(host, sizeof host - 1);
	int len = snprintf(
		text, sizeof text, "pid %ld on %s since %s\n", (long)getpid(), host, since);
	for (ssize_t n, done = 0; done<len; done += n> 0 ? n : 0) {
		n = pwrite(fd, text + done, (size_t)(len - done), done);
		if (n < 0 && errno != EINTR)
			return err_sys(err, errno, "write", path);
	}
	/* The last holder's text was as long, most times. A file cut to nothing first would be
	 * written to the disk as it is closed: ext4 takes that for a file being replaced. */
	struct stat now;
	if (fstat(fd, &now) < 0 || (now.st_size > len && ftruncate(fd, len) < 0))
		return err_sys(err, errno, "write", path);
	return 0;
}

int job_open(const struct graph *graph, struct err *err)
{
	const char *dir = graph_text(graph, graph->job_dir);
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, errno, "open the job's directory", dir) : fd;
}

/* The job's directory, its state and its logs. */
static int make_dirs(const struct graph *graph, struct err *err)
{
	static const char *const names[] = {JOB_STATE, JOB_LOGS};
	struct arena arena ARENA_LOCAL = {0};
	const char *dir = graph_text(graph, graph->job_dir);
	int fd FD_LOCAL = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), status = fd;

	if (fd < 0 && (status = fs_mkdirs(dir, err)) == 0)
		fd = status = job_open(graph, err);
	for (size_t i = 0; status >= 0 && i < sizeof names / sizeof *names; i++)
		status = beneath_mkdirs(fd, names[i], job_path(&arena, graph, names[i]), err);
	return status;
}

static int open_lock(const struct graph *graph, const char *path, struct err *err)
{
	if (make_dirs(graph, err) < 0)
		return -1;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0666);
	if (fd < 0)
		err_sys(err, errno, "open the lock", path);
	return fd;
}

/* .restage may be removed at any time, also between our open and our lock: then we hold a lock on a
 * file that nobody else will open. A job that was copied with hard links has the lock of the other
 * one: it gets one of its own as soon as it holds that one. */
static bool is_its_own(int fd, const char *path)
{
	struct stat ours, theirs;

	if (fstat(fd, &ours) < 0 || stat(path, &theirs) < 0 || ours.st_ino != theirs.st_ino ||
		ours.st_dev != theirs.st_dev)
		return false;
	return ours.st_nlink == 1 || fs_replace(path, "", 0, NULL) < 0;
}

int job_lock(const struct graph *graph, bool wait, void (*waiting)(void *ctx, const char *who),
	void *ctx, int stop_fd, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *path = job_path(&arena, graph, JOB_LOCK);
	char who[128];
	bool has_told = false, is_stopped = false;
	int64_t patience_ns = clock_mono_ns() + (int64_t)DYING_MS * 1000000;
	int fd = -1;

	for (;;) {
		if (fd < 0 && (fd = open_lock(graph, path, err)) < 0)
			break;
		if (fcntl(fd, F_OFD_SETLK, &whole_file) == 0) {
			if (is_its_own(fd, path))
				break;
			close(fd);
			fd = -1;
			continue;
		}
		int why = errno;
		if (why == EINTR)
			continue;
		/* Not EACCES, which POSIX allows too where another holds it: Linux means by it that
		 * nobody may lock here, and there is nothing to wait for. */
		if (why == EWOULDBLOCK)
			read_holder(fd, who, sizeof who);
		bool is_patient =
			why == EWOULDBLOCK && is_dying(who) && clock_mono_ns() < patience_ns;
		if (why == EWOULDBLOCK && (wait || is_patient) && !is_stopped) {
			if (!has_told && !is_patient && waiting)
				waiting(ctx, who);
			has_told = has_told || !is_patient;
			struct pollfd polled = {.fd = stop_fd, .events = POLLIN};
			is_stopped = poll(&polled, 1, is_patient ? DYING_POLL_MS : POLL_MS) > 0 &&
				     polled.revents;
			continue;
		}
		if (why == ENOLCK || why == ENOSYS || why == EOPNOTSUPP)
			err_set(err, EXIT_WORLD,
				"cannot lock '%s': %s: have its file system mounted with locks "
				"(Lustre with 'flock', NFS with its lock service), or let 'out' "
				"lead to another",
				path, strerror(why));
		else if (why != EWOULDBLOCK)
			err_sys(err, why, "lock", path);
		else if (!wait)
			err_set(err, EXIT_WORLD,
				"job '%s' is being run by %s (without --no-wait this would wait)",
				graph_text(graph, graph->job), who);
		close(fd);
		fd = -1;
		break;
	}
	if (fd >= 0 && write_holder(fd, path, err) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int job_lock_check(const struct graph *graph, int fd, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *path = job_path(&arena, graph, JOB_LOCK);

	bool is_written = write_holder(fd, path, err) == 0 && fsync(fd) == 0;
	/* without room it is ours all the same */
	if ((is_written || errno == ENOSPC || errno == EDQUOT) &&
		fcntl(fd, F_OFD_SETLK, &whole_file) == 0) {
		err_clear(err);
		return 0;
	}
	int cause = errno;
	err_clear(err);
	err_set(err, EXIT_WORLD,
		"the lock of job '%s' was lost (%s): another run may be in it, so this one ends and "
		"writes nothing more; jobs go on, and the next run takes what they come to",
		graph_text(graph, graph->job), strerror(cause));
	return -1;
}

int job_lock_held(const struct graph *graph, char *who, size_t size)
{
	struct arena arena ARENA_LOCAL = {0};
	/* it may be a FIFO */
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
	int fd FD_LOCAL = open(job_path(&arena, graph, JOB_LOCK), flags);
	int held = 0;

	*who = 0;
	if (fd < 0)
		return 0;
	/* Asking takes nothing, so that a run that starts at this instant is not turned away. */
	struct flock ask = whole_file;
	if (fcntl(fd, F_OFD_GETLK, &ask) == 0 && ask.l_type != F_UNLCK) {
		held = 1;
		read_holder(fd, who, size);
	}
	return held;
}
