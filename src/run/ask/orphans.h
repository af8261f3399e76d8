/* Orphans: stages and instances that the definition has no more, or calls otherwise, and whose
 * directories are still in the job. */
#ifndef RUN_ORPHANS_H
#define RUN_ORPHANS_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct err;
struct graph;

struct orphans {
	/* a copy that has the orphans as further stages, instances before what they are instances
	 * of; they have no files: their manifests tell what they made */
	const struct graph *graph;
	uint32_t first, count;
};

/* `now`: the graph with its places as they are (stage_dirs_follow). An orphan has a manifest that
 * says which stage it is of. Everything is in the arena. */
int orphans_find(
	struct arena *arena, const struct graph *now, struct orphans *out, struct err *err);
/* Does nobody know just now which instances the stage has? Then none of them is an orphan. */
bool orphans_may_not_be(const struct graph *graph, const char *decl);

#endif
