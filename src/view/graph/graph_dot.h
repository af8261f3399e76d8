/* The graph as Graphviz text. */
#ifndef VIEW_GRAPH_DOT_H
#define VIEW_GRAPH_DOT_H

#include "view/graph/graph_view.h"

struct buf;

/* Appends a digraph. The same view gives the same bytes: nodes in order of definition, ids are
 * names. */
void graph_dot(struct buf *out, const struct graph_view *view);

#endif
