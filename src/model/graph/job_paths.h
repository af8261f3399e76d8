/* Where a job's files lie. Every path of one is made here, of a name in base/job_names.h; all are
 * in the arena, and relative to the root as the job's directory is. */
#ifndef MODEL_JOB_PATHS_H
#define MODEL_JOB_PATHS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/job_names.h"

struct arena;
struct buf;
struct graph;

/* The job's `name`: JOB_LOCK, say. */
char *job_path(struct arena *arena, const struct graph *graph, const char *name);
/* What is called `name` in the directory of a stage (MANIFEST_FILE, say), or in its work
 * directory. */
char *stage_path(struct arena *arena, const char *dir, const char *name);
/* Where a stage makes its outputs while an attempt runs, and with `dir = work` runs, too. What else
 * the runner needs meanwhile lies in stage_path(dir, WORK_DIR). */
const char *stage_work_dir(struct arena *arena, const char *dir, bool runs_there);
/* The list of files of that number, from 1, in a work directory (see command_lists). */
char *stage_list(struct arena *arena, const char *own_dir, uint32_t number);
/* Where in work_dir an output is made, by its final path: those outside the stage's directory under
 * work_dir/.root/<path>, with `dir = work` under work_dir/<path>. Appends it. */
void stage_made_place(const struct graph *graph, uint32_t stage, const char *path,
	const char *work_dir, struct buf *out);
/* The same, in the arena. */
const char *stage_made_path(const struct graph *graph, uint32_t stage, const char *path,
	const char *work_dir, struct arena *arena);
/* And back: the final path of what lies at `rest` in the work directory. */
const char *stage_final_place(
	const struct graph *graph, uint32_t stage, const char *rest, struct arena *arena);
/* The name of a stage's log that is kept when a later attempt begins: that of this run's. */
char *stage_kept_log(struct arena *arena, const char *run);
bool stage_is_kept_log(const char *name);

/* The log of a run; its record lies beside it. */
const char *job_run_log(struct arena *arena, const struct graph *graph, const char *run);
void job_run_record(struct buf *out, const char *log_path);
const char *job_log_of_record(struct arena *arena, const char *record_path);
/* What stands for the run's id in the name of its log or record (tail: RUN_LOG_TAIL or
 * RUN_RECORD_TAIL); NULL if the name is of neither form. */
const char *job_run_of(struct arena *arena, const char *name, const char *tail);

/* The part of `name` behind the number that a stage's directory begins with: "asr" of "04_asr/ep1"
 * is "asr/ep1". `name` itself if it begins with none. */
const char *job_without_number(const char *name);

/* Is it restage's own place? `below_dir` and `below_job`: a path from the stage's and the job's
 * directory, NULL if it leads out of there. Gives whose place it is ("the stage's manifest"), or
 * NULL. */
const char *job_own_place(const char *below_dir, const char *below_job);

/* What the runner needs of its own in a work directory: WORK_EVENTS ...; the last is NULL.
 * WORK_ROOT is none of them: what lies in it is the stage's. */
extern const char *const stage_own_names[];
/* Is it, from the work directory, one of them or in one? */
bool stage_is_own(const char *rest);

#endif
