/* Where things lie now that a manifest names by where they lay when it was written: what is below
 * its stage_dir, or below another numbered directory of that job, is found by the stage's name. */
#ifndef RECORD_PLACES_H
#define RECORD_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

struct arena;
struct graph;

struct places {
	struct arena *arena;
	const struct graph *graph;
	uint32_t stage;
	const char *dir;     /* the stage's directory now */
	const char *old_dir; /* its place when the manifest was written, NULL if it is not told */
	const char *old_job; /* the job's place then, NULL if it cannot be told */
	/* a stage that is called otherwise now (`accept NEW --was OLD`), or NULL */
	const char *was, *is;
	const json *object;  /* that was read last ... */
	uint32_t next_input; /* ... this of its declared inputs comes next ... */
	int has_same_inputs; /* ... and they are those of the definition now; -1: not asked yet */
	bool has_moved;      /* set by places_read and places_now if one is not where it was */
};

/* From the stage_dir of a manifest, or of its last_success or last_failure. */
void places_read(struct places *places, const json *object);
/* The path as it is now; in the arena. */
const char *places_now(struct places *places, const char *path);
/* The same of the next declared input of the object that was read: one that another instance made,
 * which is called otherwise now, is found by its place among the inputs. */
const char *places_input(struct places *places, const char *path);
/* Appends the manifest with its stage_dir, its number and all paths of it, of its last success and
 * of its last failure as they are now; everything else is as it was. */
void places_rewrite(struct places *places, const json *manifest, struct buf *out);

#endif
