/* Where a job keeps what is not a stage's: lock, caches, logs; and its stage directories under their
 * present numbers. */
#ifndef RUN_PLACES_H
#define RUN_PLACES_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct err;
struct graph;

#define WORK_DIR ".work" /* an attempt's work directory, inside the stage's directory */

const char *places_state_dir(struct arena *arena, const struct graph *graph); /* <job>/.restage */
const char *places_lock(struct arena *arena, const struct graph *graph);
const char *places_index(struct arena *arena, const struct graph *graph);
const char *places_jobpool(struct arena *arena, const struct graph *graph);
/* Marks that a run has started processes and not ended cleanly: stages may have been interrupted. */
const char *places_open_mark(struct arena *arena, const struct graph *graph);
const char *places_log(struct arena *arena, const struct graph *graph, const char *run_id);
const char *places_work(struct arena *arena, const struct graph *graph, uint32_t stage);

/* Makes the job's directory, its .restage and its logs. */
int places_prepare(const struct graph *graph, struct err *err);

/* By stage: where its directory lies now, which is stage.dir unless it was renumbered since (then a
 * directory of the same name under another number). Strings are the graph's or in the arena. Array in
 * the arena. A job that does not exist yet gives stage.dir throughout. */
const char **places_find(struct arena *arena, const struct graph *graph, struct err *err);
/* Renames the directories of renumbered stages to their present numbers. Needs the job's lock. */
int places_renumber(const struct graph *graph, struct err *err);

#endif
