/* What build.c and the steps of build_edges and build_finish share. */
#ifndef MODEL_BUILD_PARTS_H
#define MODEL_BUILD_PARTS_H

#include <stddef.h>

#include "base/table.h"
#include "model/graph/build.h"

struct edge {
	uint32_t needed, by;
};

struct build_state {
	struct table texts;     /* string -> offset */
	struct table files;     /* offset of a path -> file */
	struct table excluding; /* the same of those that leave something out by declaration */
	struct table labels;
	struct table settings;
	struct edge *after; /* edges without a file */
	size_t after_count, after_cap;
	uint32_t text_cap, stage_cap, file_cap, use_cap, label_cap, settings_cap, pair_cap,
		word_cap, pool_cap, source_cap, list_cap, part_cap;
};

/* The offset of a string whose table_hash is known; NONE. */
uint32_t build_find_hashed(const struct build *build, const char *text, size_t len, uint32_t hash);
/* build.c: frees all but the graph. */
void build_forget(struct build *build);
/* build_order.c: graph->order, and the cycles. */
void build_order(struct graph *graph, struct diags *diags);
/* build_lists.c: graph->lists in the order of the stages that make them. */
void build_lists(struct graph *graph);

#endif
