/* What a definition lacks: edges, where a stage reads what another one makes and nothing keeps it
 * from running before the maker, or beside it; and files. */
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

/* What was probably meant by the path of an input that no stage makes and that is not there, for
 * the end of a message: "; did you mean 'in/talk.mp4'?"; "" if nothing is near. The process is in
 * the root. In the arena, or static. */
const char *missing_near(struct arena *arena, const struct graph *graph, const char *path);

/* The same of any file that was to be read, from the current directory. */
const char *missing_near_file(struct arena *arena, const char *path);

#endif
