/* Building a graph: growing arrays, strings stored once, edges from files, order, cycles. */
#ifndef MODEL_BUILD_H
#define MODEL_BUILD_H

#include "base/map.h"
#include "model/graph.h"

struct diags;

struct build {
	struct graph *graph; /* being built; arrays have capacities here */
	struct map strings;  /* text -> offset; keys live in an arena of their own */
	struct map files;    /* path -> file */
	struct build_caps *caps;
};

void build_init(struct build *build);
/* Interns: equal strings get equal offsets. NULL and "" are 0. */
uint32_t build_text(struct build *build, const char *text);
uint32_t build_file(
	struct build *build, const char *path); /* normalised path -> file, added if new */
uint32_t build_stage(struct build *build, const struct stage *stage);
uint32_t build_use(struct build *build, uint32_t file, uint32_t label);
uint32_t build_label(struct build *build, const struct label *label);	       /* equal ones once */
uint32_t build_settings(struct build *build, const struct settings *settings); /* equal ones once */
uint32_t build_pair(struct build *build, const char *name, const char *value);
uint32_t build_word(struct build *build, const char *word);
uint32_t build_pool(struct build *build, const char *name, uint32_t capacity);
uint32_t build_source(struct build *build, enum source_kind kind, const char *name,
	const char *path, const struct digest *digest);
/* An edge without a file (`after`). Edges from files are found by graph_finish. */
void build_edge(struct build *build, uint32_t needed, uint32_t by);

/* Sets producers (a mistake if two stages make one file, or one makes a file inside another's output),
 * adds edges from files (also: an input inside an output directory of another stage, an input directory
 * that holds other stages' outputs), sorts them, finds cycles (told as "a -> b -> a" at the stage's
 * line), the order, and the keys KEY_INPUTS and KEY_DEFINITION. Linear, without recursion. Returns the
 * graph, or NULL if diags got errors; the build is empty afterwards either way. */
struct graph *build_finish(struct build *build, struct diags *diags);
void build_drop(struct build *build);

#endif
