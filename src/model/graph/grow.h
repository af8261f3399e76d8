/* A graph that grows: in a run, when what stages make says which further instances there are.
 *
 * The definition is then expanded anew, and what that has beyond the graph is appended to it:
 * numbers of stages and files stay what they are, and texts of the graph stay where they are. A
 * stage that the expansion does not have any more, since its value is gone, keeps its number and is
 * nothing else (STAGE_GONE). */
#ifndef MODEL_GROW_H
#define MODEL_GROW_H

#include "model/graph/graph.h"

struct grow;

/* Begins as a copy of `graph`, which stays as long. Caller frees with grow_free. */
struct grow *grow_new(const struct graph *graph);
void grow_free(struct grow *grow); /* NULL is fine */
const struct graph *grow_graph(const struct grow *grow);
/* Adds a file that no stage uses, as the next number; of a directory all counts but what `exclude`
 * says (NULL: nothing). */
void grow_add_file(struct grow *grow, const char *path, const char *exclude);
/* Takes in another expansion of the same definition. is_fixed: by stage; what they read stays as it
 * is, whatever `next` says. */
void grow_take(struct grow *grow, const struct graph *next, const bool *is_fixed);
/* Of the last one that was taken: its stages' numbers here. */
const uint32_t *grow_numbers(const struct grow *grow);
/* By stage: another one now than before, or new. */
const bool *grow_changed(const struct grow *grow);

#endif
