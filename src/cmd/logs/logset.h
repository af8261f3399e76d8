/* Which logs to show: files of a job, each with the name that its lines bear. */
#ifndef CMD_LOGSET_H
#define CMD_LOGSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/logline.h"

struct err;
struct graph;
struct logset_seen;

struct logset_file {
	const char *path;
	const char *name; /* the stage's, or "pipeline" */
	bool is_pipeline;
};

struct logset {
	const struct graph *graph;
	struct arena arena;
	struct logset_file *files; /* owned */
	uint32_t count, cap;
	const char *run;          /* the logs of this run; NULL: of stages, whatever run it was */
	bool is_last_run;         /* the job's last: it may be going on */
	const bool *wanted;       /* by stage: logset_find_new looks for these; NULL: for none */
	struct logset_seen *seen; /* by stage; owned */
	const char **dirs;        /* by stage */
	int fd;                   /* of the file that was read last, -1 */
	uint32_t fd_file;
};

void logset_init(struct logset *set, const struct graph *graph);
void logset_free(struct logset *set);
void logset_add(struct logset *set, const char *path, const char *name, bool is_pipeline);

/* Finds the run (as runlog_find does), the last one if wanted is NULL: its id is in set->run. */
int logset_find_run(struct logset *set, const char *wanted, struct err *err);
void logset_add_pipeline(struct logset *set); /* the pipeline log of set->run */
/* Adds the logs of those wanted stages that have run in set->run and are not in the set yet. Cheap
 * when nothing has changed. -1 with err. */
int logset_find_new(struct logset *set, struct err *err);

/* Is a run of the job going on that may write these logs? */
bool logset_is_running(const struct logset *set);
/* Bytes in the file; 0 if it is not there. */
uint64_t logset_size(const struct logset *set, uint32_t file);
/* A logmerge_read; ctx is the set. A file that is not there is empty. */
ssize_t logset_read(void *ctx, uint32_t file, uint64_t at, char *data, size_t len, struct err *err);

#endif
