#include "base/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"

/* Soft limits: that we were started with, and raised; 0: never changed. Descriptors are the
 * process's, and so are these. */
static rlim_t files_before, files_raised;

bool process_read(pid_t pid, const char *name, char *text, size_t size)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
	int fd FD_LOCAL = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, size - 1);
	text[n > 0 ? n : 0] = 0;
	return n > 0;
}

int process_add_children_of(pid_t pid, pid_t tid, struct process_list *list)
{
	char path[64];
	struct buf text BUF_LOCAL = {0};

	snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)tid);
	int fd FD_LOCAL = open(path, O_RDONLY | O_CLOEXEC);
	struct err err = {0};
	if (fd < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	bool has_failed = fs_read_fd(fd, path, SIZE_MAX, &text, &err) < 0 && err.sys != ESRCH;
	for (char *p = text.data, *end;; p = end) {
		long child = strtol(p, &end, 10);
		if (end == p)
			break;
		MEM_PUSH(list->pids, list->count, list->cap, (pid_t)child);
	}
	return has_failed ? -1 : 0;
}

int process_add_children(pid_t pid, struct process_list *list)
{
	char path[40];
	struct dirent *entry;

	snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
	DIR *dir = opendir(path);
	int status = 0;
	if (!dir)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	while ((entry = readdir(dir))) {
		long tid = strtol(entry->d_name, NULL, 10);
		if (tid > 0 && process_add_children_of(pid, (pid_t)tid, list) < 0)
			status = -1;
	}
	closedir(dir);
	return status;
}

size_t process_raise_files(size_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	rlim_t wanted = count ? count : files_raised;
	if (wanted > limit.rlim_max)
		wanted = limit.rlim_max;
	if (limit.rlim_cur >= wanted)
		return limit.rlim_cur;
	if (!files_before)
		files_before = limit.rlim_cur;
	limit.rlim_cur = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return files_before;
	return files_raised = wanted;
}

void process_restore_files(void)
{
	struct rlimit limit;

	if (!files_before || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = files_before;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int process_open_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
			return -1;
	}
	return 0;
}

unsigned process_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		return (unsigned)CPU_COUNT(&set);
	/* More of them than the set has room for. */
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (unsigned)online : 1;
}
