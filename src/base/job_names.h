/* What restage calls its own files. The names stand here and nowhere else (a lint test looks), so
 * that the runner and the library for stage programs, which share nothing but this floor, agree on
 * them. Paths are made of them by model/graph/job_paths.h. */
#ifndef BASE_JOB_NAMES_H
#define BASE_JOB_NAMES_H

/* In a job's directory */
#define JOB_STATE ".restage"
#define JOB_LOGS "logs"
#define JOB_GRAPH "graph.dot"
#define JOB_REPLACED "replaced"  /* what lay at an output's place and was not ours, by run */
#define JOB_PARAMS "params.json" /* the -p values that it remembers */
#define JOB_HANDED "jobs"        /* what was handed to a cluster */
#define DONE_DIR "done"          /* in it: how that ended, by token */

#define JOB_LOCK JOB_STATE "/lock"
#define JOB_INDEX JOB_STATE "/" INDEX_FILE
#define JOB_POOL JOB_STATE "/jobserver"
#define JOB_OPEN_MARK JOB_STATE "/open" /* a run has started processes and not ended cleanly */
#define JOB_NO_CONFIG JOB_STATE "/" NO_CONFIG_FILE /* what stages without config are given */
#define JOB_TREES JOB_STATE "/" TREES_DIR          /* listings of directories, by digest */
#define JOB_VIEWS JOB_STATE "/" VIEWS_FILE         /* what views print of contents */
#define JOB_CONTENTS JOB_STATE "/" CONTENTS_FILE   /* names of contents for the shared cache */
#define JOB_CHECK JOB_STATE "/check"               /* where `replay --check` runs a stage */
#define JOB_CHECK_LOG JOB_STATE "/check.log"
#define INDEX_FILE "index"
#define TREES_DIR "trees"
#define VIEWS_FILE "views"
#define CONTENTS_FILE "contents"
#define NO_CONFIG_FILE "config-empty.json"
#define SPARE_DIR "spare-" /* and a number: a work directory that waits to be used again */

#define GONE_DIR "gone-" /* and a token: a work directory that a node may still write into */

/* In the logs: the head, the run's id, and a tail */
#define RUN_FILE "99_pipeline_"
#define RUN_LOG_TAIL ".log"
#define RUN_RECORD_TAIL ".jsonl"

/* In a stage's directory */
#define MANIFEST_FILE "manifest.json"
#define STAGE_LOG_FILE "stage.log"
#define STAGE_FAILED "failed" /* files of a failed attempt */
#define WORK_DIR ".work"      /* of the attempt that runs */

/* In a work directory, beside what the stage makes */
#define WORK_EVENTS ".events"
#define WORK_CONFIG ".config.json"
#define WORK_COMMAND ".command"
#define WORK_ROOT ".root"
#define WORK_TRACE ".trace"
#define WORK_CLAIM ".claim" /* who runs the attempt, where it runs elsewhere */
#define WORK_LISTS ".lists" /* what {{... | list}} stands for: 1, 2 ... */
#define WORK_CWD "cwd"      /* in which a stage with `dir = work` runs, and makes its outputs */
#define STAGE_CWD WORK_DIR "/" WORK_CWD

#endif
