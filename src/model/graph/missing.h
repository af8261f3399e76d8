/* Edges that a definition lacks: a stage reads what another one makes, and nothing keeps it from
 * running before the maker, or beside it. */
#ifndef MODEL_MISSING_H
#define MODEL_MISSING_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct graph;

/* Marks, by stage, the stage and all that it needs, directly or not. */
void missing_mark_needs(const struct graph *graph, uint32_t stage, bool *marked);
/* What to write in the reader, so that the maker comes first. file: of the maker's that is read;
 * NONE: one that it does not declare. In the arena, or static. */
const char *missing_advice(struct arena *arena, const struct graph *graph, uint32_t reader,
	uint32_t maker, uint32_t file);

#endif
