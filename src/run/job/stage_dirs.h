/* The directories of a job's stages under their present numbers, and those of instances under their
 * present names: an instance is known by its values, which its manifest tells. */
#ifndef RUN_STAGE_DIRS_H
#define RUN_STAGE_DIRS_H

#include <stdbool.h>

struct arena;
struct err;
struct graph;

/* By stage: where its directory lies now, which is stage.dir unless it was renumbered since (then a
 * directory of the same name under another number). Strings are the graph's or in the arena. Array
 * in the arena. A job that does not exist yet gives stage.dir throughout. */
const char **stage_dirs_find(struct arena *arena, const struct graph *graph, struct err *err);
/* The graph with all its places as they are now, for those who look: itself, or a copy in the arena
 * that lives no longer than it. has_dir, by stage, is set where a directory may be: without one
 * there is nothing to be found of the stage. */
const struct graph *stage_dirs_follow(
	struct arena *arena, const struct graph *graph, bool *has_dir, struct err *err);
/* Renames the directories of renumbered stages to their present numbers, and of instances to their
 * present names. Needs the job's lock. */
int stage_dirs_renumber(const struct graph *graph, struct err *err);

#endif
