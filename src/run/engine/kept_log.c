/* Logs of earlier attempts, beside the one of the last: that of the last success, which is not lost
 * to a later failure, and with `keep_logs` more. Each bears the name of the run that wrote it. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "model/graph/job_paths.h"
#include "run/engine/context.h"

/* NULL if no run is known. What manifests say is not believed to be a plain name. */
static const char *name_of(struct running *running, const char *run)
{
	return run && *run && !strchr(run, '/') ? stage_kept_log(&running->arena, run) : NULL;
}

void kept_log_begin(struct run *run, struct running *running)
{
	const struct record *record = run->stages[running->stage].record;
	struct stat st;

	if (!record)
		return;
	running->kept_log = name_of(running, record->success.run);
	if (running->attempt.number > 1)
		return; /* the log goes on */
	bool is_kept = running->kept_log &&
		       fstatat(running->dir_fd, running->kept_log, &st, AT_SYMLINK_NOFOLLOW) == 0;
	const char *writer = record_log_run(record, is_kept);
	const char *name = name_of(running, writer);
	if (name && (run->graph->keep_logs || (!is_kept && writer == record->success.run)))
		renameat(running->dir_fd, STAGE_LOG_FILE, running->dir_fd, name);
}

struct kept {
	char *name; /* owned */
	struct timespec written;
};

/* The younger first. */
static int order(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->written.tv_sec != y->written.tv_sec)
		return x->written.tv_sec < y->written.tv_sec ? 1 : -1;
	if (x->written.tv_nsec != y->written.tv_nsec)
		return x->written.tv_nsec < y->written.tv_nsec ? 1 : -1;
	return strcmp(y->name, x->name);
}

static struct kept *list(int dir_fd, size_t *count)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct kept *items = NULL;
	const struct dirent *entry;
	size_t cap = 0;
	struct stat st;

	*count = 0;
	while (dir && (entry = readdir(dir))) {
		if (!stage_is_kept_log(entry->d_name) ||
			fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		MEM_ROOM(items, *count, cap);
		items[(*count)++] = (struct kept){mem_strdup(entry->d_name), st.st_mtim};
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	return items;
}

void kept_log_end(const struct run *run, const struct running *running, bool is_success)
{
	size_t count, left = run->graph->keep_logs;

	if (running->dir_fd < 0)
		return;
	if (!left) {
		if (is_success && running->kept_log)
			unlinkat(running->dir_fd, running->kept_log, 0);
		return;
	}
	struct kept *logs MEM_LOCAL = list(running->dir_fd, &count);
	if (count)
		qsort(logs, count, sizeof *logs, order);
	for (size_t i = 0; i < count; i++) {
		bool is_of_success = !is_success && running->kept_log &&
				     strcmp(logs[i].name, running->kept_log) == 0;
		if (left && !is_of_success)
			left--;
		else if (!is_of_success)
			unlinkat(running->dir_fd, logs[i].name, 0);
		free(logs[i].name);
	}
}
