#include "base/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/* Soft limits: that we were started with, and raised; 0: never changed. Descriptors are the process's, and
 * so are these. */
static rlim_t files_before, files_raised;

void process_add_children_of(pid_t pid, pid_t tid, struct process_list *list)
{
	char path[64];
	struct buf text = {0};
	snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)tid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	for (;;) {
		buf_reserve(&text, 4096);
		ssize_t n = read(fd, text.data + text.len, 4096);
		if (n <= 0)
			break;
		text.len += (size_t)n;
	}
	close(fd);
	buf_char(&text, 0);
	for (char *p = text.data, *end;; p = end) {
		long child = strtol(p, &end, 10);
		if (end == p)
			break;
		MEM_ROOM(list->pids, list->count, list->cap);
		list->pids[list->count++] = (pid_t)child;
	}
	buf_free(&text);
}

void process_add_children(pid_t pid, struct process_list *list)
{
	char path[40];
	struct dirent *entry;
	snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
	DIR *dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		long tid = strtol(entry->d_name, NULL, 10);
		if (tid > 0)
			process_add_children_of(pid, (pid_t)tid, list);
	}
	closedir(dir);
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
