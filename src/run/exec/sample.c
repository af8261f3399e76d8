/* For those who watch. What goes into the records is measured by the kernel when processes have
 * ended; the peak of memory over the whole tree is seen only here. */
#include "run/exec/exec_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/process.h"

#define DEPTH_MAX 32
#define WATCH_MS 50    /* until they come so often: what lives for a moment has a peak, too */
#define WATCH_SHARE 50 /* looks take one part in so many of the time, at most */

int64_t exec_look_gap_ms(int64_t since_ms, int64_t cost_ns)
{
	int64_t gap = cost_ns * WATCH_SHARE / 1000000;

	if (gap >= WATCH_MS)
		return gap;
	return since_ms < WATCH_MS ? since_ms + 1 : WATCH_MS;
}

static double resident_mb(pid_t pid)
{
	char text[128];
	unsigned long total, resident;

	if (!process_read(pid, "statm", text, sizeof text) ||
		sscanf(text, "%lu %lu", &total, &resident) != 2)
		return 0;
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

/* Its own, and that of its children that have ended. */
static double cpu_seconds(pid_t pid)
{
	char text[1024];
	unsigned long user, system;
	long ended_user, ended_system;

	if (!process_read(pid, "stat", text, sizeof text))
		return 0;
	/* the name, in parentheses, may hold anything */
	const char *rest = strrchr(text, ')');
	if (!rest ||
		sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld",
			&user, &system, &ended_user, &ended_system) != 4)
		return 0;
	return ((double)user + (double)system + (double)ended_user + (double)ended_system) /
	       (double)sysconf(_SC_CLK_TCK);
}

static void add_processes(pid_t pid, int depth, struct process_list *list)
{
	struct process_list children = {0};

	MEM_PUSH(list->pids, list->count, list->cap, pid);
	if (depth >= DEPTH_MAX)
		return;
	process_add_children(pid, &children);
	for (size_t i = 0; i < children.count; i++)
		add_processes(children.pids[i], depth + 1, list);
	free(children.pids);
}

static pid_t parent_of(pid_t pid)
{
	char text[1024];
	long parent;

	if (!process_read(pid, "stat", text, sizeof text))
		return 0;
	const char *rest = strrchr(text, ')');
	return rest && sscanf(rest + 1, " %*c %ld", &parent) == 1 ? (pid_t)parent : 0;
}

/* Appends pid, and what started below it and has come to the warden, its parent. */
static void add_roots(pid_t pid, struct process_list *roots)
{
	struct process_list all = {0};
	pid_t warden = parent_of(pid);

	MEM_PUSH(roots->pids, roots->count, roots->cap, pid);
	if (warden)
		process_add_children(warden, &all);
	for (size_t i = 0; i < all.count; i++) {
		if (all.pids[i] == pid || !warden_same_trace(all.pids[i], pid))
			continue;
		MEM_PUSH(roots->pids, roots->count, roots->cap, all.pids[i]);
	}
	free(all.pids);
}

void sample_processes(pid_t pid, bool has_orphans, struct process_list *list)
{
	struct process_list roots = {0};

	if (!has_orphans) {
		add_processes(pid, 0, list);
		return;
	}
	add_roots(pid, &roots);
	for (size_t i = 0; i < roots.count; i++)
		add_processes(roots.pids[i], 0, list);
	free(roots.pids);
}

struct exec_sample sample_tree(pid_t pid, bool has_orphans)
{
	struct process_list list = {0};
	struct exec_sample sum = {0};

	if (pid)
		sample_processes(pid, has_orphans, &list);
	for (size_t i = 0; i < list.count; i++) {
		sum.memory_mb += resident_mb(list.pids[i]);
		sum.cpu_seconds += cpu_seconds(list.pids[i]);
	}
	free(list.pids);
	return sum;
}
