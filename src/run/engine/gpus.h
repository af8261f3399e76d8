/* The GPUs of a run. Each has an id, and a stage that takes some has them alone until its attempt
 * has ended.
 *
 * Which there are: the ids of [pools] gpu; else those that the variable names by which drivers are
 * told (GPU_VARIABLES), else those of the machine, as 0, 1 ... A number in [pools] is the most that
 * is taken of these; where none can be seen it is believed. */
#ifndef RUN_GPUS_H
#define RUN_GPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct graph;
struct gpus;

/* NULL if no stage takes one; the machine is not looked at then. */
struct gpus *gpus_new(const struct graph *graph);
void gpus_free(struct gpus *gpus);
uint32_t gpus_count(const struct gpus *gpus); /* 0 without */

/* As many for that holder: their ids with commas between, in the arena; NULL if not so many are
 * free. `holder` is any number but 0 and has none. */
const char *gpus_lease(struct gpus *gpus, uint32_t count, uint64_t holder, struct arena *arena);
/* All that the holder has, if any. */
void gpus_give_back(struct gpus *gpus, uint64_t holder);

/* Whether the stage can ever have as many as it takes; else false, with what to do about it in
 * err, EXIT_USAGE. */
bool gpus_suffice(
	const struct gpus *gpus, const struct graph *graph, uint32_t stage, struct err *err);

/* By what is said and seen: `ids` with commas between ("": none are said) or at most `limit`
 * (0: no limit); `visible` is what the variable says, or NULL; `found` as many as the machine
 * has. */
struct gpus *gpus_of(const char *ids, uint32_t limit, const char *visible, uint32_t found);
/* GPUs of the machine whose /dev and /sys lie in the directory `top`. */
uint32_t gpus_find(const char *top);

#endif
