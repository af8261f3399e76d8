/* The graph as JSON, schema restage.graph/1 (described in graph_json.c). */
#ifndef VIEW_GRAPH_JSON_H
#define VIEW_GRAPH_JSON_H

#include "view/graph/graph_view.h"

struct buf;

/* Appends one JSON document and a newline. Every included stage is there; foreach is never put
 * together. */
void graph_json(struct buf *out, const struct graph_view *view);

#endif
