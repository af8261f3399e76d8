#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/process.h"
#include "run/context.h"

#define DEPTH_MAX 32

static double resident_mb(pid_t pid)
{
	char path[40], text[128];
	unsigned long total, resident;
	snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	if (sscanf(text, "%lu %lu", &total, &resident) != 2)
		return 0;
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

static double tree_mb(pid_t pid, int depth)
{
	struct process_list children = {0};
	double sum = resident_mb(pid);
	if (depth >= DEPTH_MAX)
		return sum;
	process_add_children(pid, &children);
	for (size_t i = 0; i < children.count; i++)
		sum += tree_mb(children.pids[i], depth + 1);
	free(children.pids);
	return sum;
}

double sample_memory(pid_t pid)
{
	return tree_mb(pid, 0);
}
