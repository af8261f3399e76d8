/* Files as nodes of a drawing: each file that an included stage uses, or, for a foreach that is
 * drawn as one node, one node for each label of its files. */
#ifndef VIEW_GRAPH_FILES_H
#define VIEW_GRAPH_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "view/graph/graph_view.h"

struct graph_file_node {
	uint32_t file;  /* the first */
	uint32_t count; /* of files */
	uint32_t label; /* text: of the first */
	uint32_t group; /* the foreach whose files these are; NONE: this is one file by itself */
	bool is_source; /* made by no stage */
	bool is_intermediate;
};

struct graph_files {
	struct graph_file_node *nodes; /* in the order in which stages name them */
	uint32_t *node_of;             /* by file; NONE: not drawn */
	uint32_t count;
};

/* What connects a file with a group, each once. */
typedef void graph_file_edge(void *ctx, uint32_t node, uint32_t group, bool is_input);

void graph_files_make(
	const struct graph_view *view, const struct graph_layout *layout, struct graph_files *out);
void graph_files_free(struct graph_files *files);
/* In order of definition of the groups. */
void graph_files_edges(const struct graph_view *view, const struct graph_layout *layout,
	const struct graph_files *files, graph_file_edge *edge, void *ctx);
/* Edges between groups that no file stands for (`after`), in order of `to`. */
void graph_files_orders(const struct graph_view *view, const struct graph_layout *layout,
	void (*edge)(void *ctx, uint32_t from, uint32_t to), void *ctx);

#endif
