/* The parts of `restage logs`, for its own files only. */
#ifndef CMD_LOGS_H
#define CMD_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/logline.h"
#include "view/words/words.h"

struct call;

/* logset.c: which logs to show, files of a job, each with the name that its lines bear. */

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
};

void logset_free(struct logset *set);
void logset_add(struct logset *set, const char *path, const char *name, bool is_pipeline);

/* Finds the run (as past_find does), the last one if wanted is NULL: its id is in set->run. */
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

/* logs_pager.c: where `restage logs` writes to. On a terminal, what does not fit on it opens lnav
 * or else the user's pager; otherwise, and where neither can be started, it is printed. */

struct pager {
	struct call *call;
	const struct logset *files; /* for lnav; NULL: what is written is no whole files */
	bool is_terminal;           /* which gets nothing that it would obey */
	bool may_fit;               /* it fits so far, and nothing of it was passed on */
	struct logsafe safe;
	struct buf shown; /* to be passed on */
};

/* is_plain: it is only printed, into a file or a pipe byte by byte. The set lives on. */
void pager_open(struct pager *pager, struct call *call, const struct logset *files, bool is_plain);
/* False: no more is wanted. May not return: this process becomes the viewer then, and ends with its
 * exit code. */
bool pager_write(struct pager *pager, const struct buf *text);
void pager_close(struct pager *pager);

/* logs_merged.c: many logs as one, line by line in the order of time, of that level and above; with
 * follows until the run ends. Returns the exit code. */
int logs_merge(struct pager *pager, struct logset *set, enum log_level level, bool follows);

/* logs_progress.c: what stages show of their progress meanwhile, which their logs do not have. */
struct progress;

struct progress *progress_new(const struct logset *set);
void progress_free(struct progress *progress);
/* Looks what was told since the last call, or the first. */
void progress_read(struct progress *progress, const struct logset *set);
/* Appends the newest state of that log's stage as a line, if there is a new one. */
void progress_take(
	struct progress *progress, const struct logset *set, uint32_t file, struct buf *out);

/* logfile.c: one log, as it stands or while it grows, all lines or those of a level and above. */
struct logfile;

/* The file need not be there yet. The path is copied. */
struct logfile *logfile_new(const char *path, enum log_level least);
void logfile_free(struct logfile *log);
const char *logfile_path(const struct logfile *log);

/* Appends what was written since the last call, at most some 100 KB, to `out`: 1 if there may be
 * more at once, 0 if not, -1 with err if the file cannot be read (a missing one is empty). A file
 * that has become shorter, or another, is read from its beginning. `out` may stay empty although
 * lines came. */
int logfile_read(struct logfile *log, struct buf *out, struct err *err);

#endif
