/* CPU time of the processes of a stage while it runs, for those who watch. What goes into the manifest is
 * measured by the kernel when they have ended. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/context.h"

#define DEPTH_MAX 32

static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return n > 0;
}

/* Its own, and that of its children that have ended. */
static double own_seconds(pid_t pid)
{
	char path[40], text[1024];
	unsigned long user, system;
	long ended_user, ended_system;
	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	if (!read_text(path, text, sizeof text))
		return 0;
	/* the name, in parentheses, may hold anything */
	const char *rest = strrchr(text, ')');
	if (!rest || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld", &user,
			     &system, &ended_user, &ended_system) != 4)
		return 0;
	return ((double)user + (double)system + (double)ended_user + (double)ended_system) /
	       (double)sysconf(_SC_CLK_TCK);
}

static double tree_seconds(pid_t pid, int depth)
{
	char path[64], text[8192];
	double sum = own_seconds(pid);
	snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)pid);
	if (depth >= DEPTH_MAX || !read_text(path, text, sizeof text))
		return sum;
	for (char *p = text, *end;; p = end) {
		long child = strtol(p, &end, 10);
		if (end == p)
			break;
		sum += tree_seconds((pid_t)child, depth + 1);
	}
	return sum;
}

double sample_cpu(pid_t pid)
{
	return tree_seconds(pid, 0);
}
