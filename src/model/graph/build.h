/* Building a graph: growing arrays, strings stored once, edges from files, order, cycles. */
#ifndef MODEL_BUILD_H
#define MODEL_BUILD_H

#include <stddef.h>

#include "model/graph/graph.h"

struct diags;

struct build {
	struct graph *graph;       /* being built; its arrays move as they grow */
	struct build_state *state; /* capacities, and what finds equal things again */
};

void build_init(struct build *build);
/* Interns: equal strings get equal offsets. NULL and "" are 0. The text may be one of the graph's
 * own. */
uint32_t build_text(struct build *build, const char *text);
/* need not be terminated */
uint32_t build_textn(struct build *build, const char *text, size_t len);
/* normalised path -> file, added if new */
uint32_t build_file(struct build *build, const char *path);
/* The same of a directory out of which is left what `exclude` says: a text of the graph that is not
 * empty. */
uint32_t build_file_excluding(struct build *build, const char *path, uint32_t exclude);
/* So many stages will come. */
void build_expect(struct build *build, uint32_t stages);
uint32_t build_stage(struct build *build, const struct stage *stage);
uint32_t build_use(struct build *build, uint32_t file, uint32_t label);
/* Equal ones once; their pairs and words are compared by content. */
uint32_t build_label(struct build *build, const struct label *label);
uint32_t build_settings(struct build *build, const struct settings *settings);
uint32_t build_pair(struct build *build, const char *name, const char *value);
/* Behind the list's last pair, which was the last that was added; or (set) in place of its value
 * of that name. */
void build_add_pair(struct build *build, struct span *list, const char *name, const char *value);
void build_set_pair(struct build *build, struct span *list, const char *name, const char *value);
uint32_t build_word(struct build *build, const char *word);
uint32_t build_pool(struct build *build, const char *name, uint32_t capacity);
uint32_t build_source(struct build *build, enum source_kind kind, const char *name,
	const char *path, const struct digest *digest);
void build_list(struct build *build, const struct made_list *list);
/* For the next stage's key[part]. */
uint32_t build_part(struct build *build, enum key_part part, struct digest digest);
/* The offset of a string that was interned, NONE if it was not. */
uint32_t build_find_text(const struct build *build, const char *text, size_t len);
/* The file of a path given by its offset, NONE if there is none. */
uint32_t build_find_file(const struct build *build, uint32_t path);
/* An edge without a file (`after`): `by` starts when `needed` is settled. Edges from files are
 * found by build_edges. */
void build_edge(struct build *build, uint32_t needed, uint32_t by);

/* A mistake at the line of a stage's header. */
void build_mistake(const struct graph *graph, uint32_t stage, struct diags *diags, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

/* When all stages are there: sets producers, adds the edges that come from files, and sorts them.
 * Linear, without recursion.
 *
 * Mistakes: two stages that make one file; a file made inside another output, or in another stage's
 * directory; an output that is or holds a stage's directory; an input directory that holds an
 * output of its own stage.
 *
 * An input makes its stage wait for the stage that makes it, that makes a directory above it, or in
 * whose directory it lies, and, if it is a directory, for all that make something below it. */
void build_edges(struct build *build, struct diags *diags);
/* After that: finds the order and the keys KEY_INPUTS and KEY_DEFINITION, and gives back what the
 * arrays have too much. Linear, without recursion. Returns the graph, or NULL if diags has errors,
 * also earlier ones; the build is empty afterwards either way.
 *
 * Mistakes: cycles, once for each knot of stages, as its shortest "cycle: a -> b -> a" through the
 * first of them, where a's files go to b. */
struct graph *build_finish(struct build *build, struct diags *diags);
void build_drop(struct build *build);

#endif
