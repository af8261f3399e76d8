/* Places in the tree that somebody has: whose one is, and whether others lie in it. */
#ifndef RUN_CLAIMS_H
#define RUN_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"

struct arena;
struct graph;
struct record;

struct claims {
	struct arena *arena;
	struct map places; /* path -> the stage that has it */
	struct map above;  /* directories above them */
};

/* The directories above a path; it is none itself. */
void claims_above(struct claims *claims, const char *path);
/* All that the record names, of its last attempt and its last success. */
void claims_record(struct claims *claims, uint32_t stage, const struct record *record);
/* All that the definition names for the stage. */
void claims_stage(struct claims *claims, const struct graph *graph, uint32_t stage);
/* Whose the path is, or a directory around it, or something in it; NONE: nobody's. */
uint32_t claims_owner(const struct claims *claims, const char *path);
void claims_free(struct claims *claims);

#endif
