/* The graph as a Mermaid flowchart, for Markdown. */
#ifndef VIEW_GRAPH_MERMAID_H
#define VIEW_GRAPH_MERMAID_H

#include "view/graph/graph_view.h"

struct buf;

/* Appends a flowchart (without the Markdown fence). The same view gives the same bytes. */
void graph_mermaid(struct buf *out, const struct graph_view *view);

#endif
