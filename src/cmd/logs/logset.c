/* A run's logs are its pipeline log and those of the stages that it ran. stage.log holds the last
 * attempts of a stage only, of the run that its manifest tells; those of earlier runs are there as
 * far as they were kept (stage_kept_log). An attempt that has just begun, or was killed at
 * once, has no manifest yet: then its work directory stands there, and the log begins no sooner
 * than the run. */
#include "cmd/logs/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/manifest/record.h"
#include "record/runs/past.h"
#include "run/job/lock.h"
#include "run/job/stage_dirs.h"

/* What a stage's log was like when we looked last. */
struct logset_seen {
	struct fs_stat stat;
	bool is_in; /* the set */
};

void logset_free(struct logset *set)
{
	free(set->files);
	free(set->seen);
	arena_free(&set->arena);
}

void logset_add(struct logset *set, const char *path, const char *name, bool is_pipeline)
{
	MEM_ROOM(set->files, set->count, set->cap);
	set->files[set->count++] =
		(struct logset_file){.path = path, .name = name, .is_pipeline = is_pipeline};
}

int logset_find_run(struct logset *set, const char *wanted, struct err *err)
{
	const char *nearest, *job = graph_text(set->graph, set->graph->job);
	const struct past_entry *found;
	struct past_entry *runs;
	const char **ids;
	uint32_t all, count = 0;
	bool is_ambiguous;

	if (past_list(&set->arena, graph_text(set->graph, set->graph->job_dir), &runs, &all, err) <
		0)
		return -1;
	ids = arena_alloc(&set->arena, ((size_t)all + 1) * sizeof *ids);
	for (uint32_t i = 0; i < all; i++) {
		if (!runs[i].log_path)
			continue;
		ids[count] = runs[i].run;
		runs[count++] = runs[i];
	}
	if (count == 0)
		return err_set(err, EXIT_WORLD, "job '%s' has no log: it was never run", job);
	found = past_find(runs, count, wanted ? wanted : "last", &is_ambiguous);
	if (is_ambiguous)
		return err_set(
			err, EXIT_USAGE, "several runs of job '%s' begin with '%s'", job, wanted);
	if (!found) {
		nearest = text_nearest(wanted, ids, count);
		return err_set(err, EXIT_USAGE, "job '%s' has no log of a run '%s'; the %s '%s'",
			job, wanted, nearest ? "nearest is" : "last one was",
			nearest ? nearest : ids[count - 1]);
	}
	set->run = found->run;
	set->is_last_run = found == &runs[count - 1];
	return 0;
}

void logset_add_pipeline(struct logset *set)
{
	logset_add(set, job_run_log(&set->arena, set->graph, set->run), "pipeline", true);
}

/* "20251127_140915_2" as 20251127140915, like the times of lines. */
static int64_t run_time(const char *run)
{
	int64_t time = 0;

	for (size_t i = 0; i < strlen("20251127_140915") && run[i]; i++) {
		if (run[i] >= '0' && run[i] <= '9')
			time = time * 10 + (run[i] - '0');
	}
	return time;
}

static bool begins_in_run(const struct logset *set, const char *path)
{
	char text[LOG_HEAD_MAX];
	struct log_head head;
	int fd FD_LOCAL = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t got;

	if (fd < 0)
		return false;
	got = pread(fd, text, sizeof text, 0);
	return got > 0 && log_parse(text, (size_t)got, &head) && head.time >= run_time(set->run);
}

/* Was the stage's log, which is at `path`, written by the run? */
static bool has_run(const struct logset *set, struct arena *arena, uint32_t stage, const char *path)
{
	const char *dir = set->dirs[stage], *run = NULL;
	struct record record;

	if (record_load(arena, set->graph, stage, dir, &record, NULL) == 0) {
		const char *of_success = record.success.is_known ? record.success.run : "";
		run = record_log_run(&record,
			fs_exists(stage_path(arena, dir, stage_kept_log(arena, of_success))));
	}
	if (run && strcmp(run, set->run) == 0)
		return true;
	return set->is_last_run && fs_is_dir(stage_path(arena, dir, WORK_DIR)) &&
	       begins_in_run(set, path);
}

/* The stage's log of the run; NULL if there is none that was not there the last time. One that was
 * put aside bears the run's name. */
static const char *find_log(struct logset *set, struct arena *arena, uint32_t stage)
{
	const char *dir = set->dirs[stage];
	const char *path = stage_path(arena, dir, stage_kept_log(arena, set->run));
	struct fs_stat stat;

	if (!set->is_last_run && fs_exists(path))
		return path;
	path = stage_path(arena, dir, STAGE_LOG_FILE);
	if (fs_stat(path, &stat, NULL) < 0 || stat.type != 'f' ||
		fs_same(&stat, &set->seen[stage].stat))
		return NULL;
	set->seen[stage].stat = stat;
	return has_run(set, arena, stage, path) ? path : NULL;
}

int logset_find_new(struct logset *set, struct err *err)
{
	const struct graph *graph = set->graph;
	struct arena arena ARENA_LOCAL = {0};

	if (!set->wanted)
		return 0;
	if (!set->seen)
		set->seen = mem_alloc((graph->stage_count + 1) * sizeof *set->seen);
	if (!set->dirs) {
		set->dirs = stage_dirs_find(&set->arena, graph, err);
		if (!set->dirs)
			return -1;
	}
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const char *path =
			set->wanted[i] && !set->seen[i].is_in ? find_log(set, &arena, i) : NULL;
		if (path) {
			set->seen[i].is_in = true;
			logset_add(
				set, arena_strdup(&set->arena, path), stage_name(graph, i), false);
		}
		arena_reset(&arena);
	}
	return 0;
}

bool logset_is_running(const struct logset *set)
{
	char who[128];

	return (!set->run || set->is_last_run) && job_lock_held(set->graph, who, sizeof who);
}

uint64_t logset_size(const struct logset *set, uint32_t file)
{
	struct fs_stat stat;

	if (fs_stat(set->files[file].path, &stat, NULL) < 0 || stat.type != 'f')
		return 0;
	return stat.size;
}

ssize_t logset_read(void *ctx, uint32_t file, uint64_t at, char *data, size_t len, struct err *err)
{
	const struct logset *set = ctx;
	const char *path = set->files[file].path;
	int fd FD_LOCAL = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t got;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : err_sys(err, errno, "open", path);
	if (fstat(fd, &st) < 0) {
		got = err_sys(err, errno, "look at", path);
	} else if (!S_ISREG(st.st_mode)) {
		got = err_set(err, EXIT_WORLD, "'%s' is no regular file", path);
	} else {
		do
			got = pread(fd, data, len, (off_t)at);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			err_sys(err, errno, "read", path);
	}
	return got;
}
