#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/context.h"

#define DEPTH_MAX 32

static size_t read_small(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return n > 0 ? (size_t)n : 0;
}

static double resident_mb(pid_t pid)
{
	char path[40], text[128];
	unsigned long total, resident;
	snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
	if (!read_small(path, text, sizeof text) || sscanf(text, "%lu %lu", &total, &resident) != 2)
		return 0;
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

/* Children are those of the main thread; programs that fork from others are counted without them. */
static double tree_mb(pid_t pid, int depth)
{
	char path[64], text[8192];
	double sum = resident_mb(pid);
	if (depth >= DEPTH_MAX)
		return sum;
	snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)pid);
	read_small(path, text, sizeof text);
	for (char *p = text, *end;; p = end) {
		long child = strtol(p, &end, 10);
		if (end == p)
			break;
		sum += tree_mb((pid_t)child, depth + 1);
	}
	return sum;
}

double sample_memory(pid_t pid)
{
	return tree_mb(pid, 0);
}
