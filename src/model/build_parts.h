/* What build.c and the steps of build_finish share. */
#ifndef MODEL_BUILD_PARTS_H
#define MODEL_BUILD_PARTS_H

#include <stddef.h>

#include "model/build.h"
#include "model/table.h"

struct diags;

struct edge {
	uint32_t needed, by;
};

struct build_state {
	struct table texts; /* string -> offset */
	struct table files; /* offset of a path -> file */
	struct table labels;
	struct table settings;
	struct edge *after; /* edges without a file */
	size_t after_count, after_cap;
	uint32_t text_cap, stage_cap, file_cap, use_cap, label_cap, settings_cap, pair_cap,
		word_cap, pool_cap, source_cap;
};

/* The offset of a string that was interned, NONE if it was not. */
uint32_t build_find_text(const struct build *build, const char *text, size_t len);
/* The file of a path given by its offset, NONE if there is none. */
uint32_t build_find_file(const struct build *build, uint32_t path);

/* A mistake at the line of a stage's header. */
void build_mistake(const struct graph *graph, uint32_t stage, struct diags *diags, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

/* build_edges.c: producers, edges and the mistakes about places. */
void build_edges(struct build *build, struct diags *diags);
/* build_order.c: graph->order, and the cycles. */
void build_order(struct graph *graph, struct diags *diags);
/* build_keys.c: KEY_INPUTS and KEY_DEFINITION of all stages. */
void build_keys(struct graph *graph);

#endif
