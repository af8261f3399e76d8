/* A graph as bytes and back. The arrays are written as they lie in memory (this machine's order and
 * layout: the index is never shared between machines; its header tells another layout apart). */
#ifndef MODEL_GRAPH_IO_H
#define MODEL_GRAPH_IO_H

#include <stddef.h>

struct buf;
struct graph;

void graph_write(const struct graph *graph, struct buf *out);
/* NULL unless the bytes are a graph in every respect: sizes, every offset, number and range in it lies
 * where it must. *used is the number of bytes that it took. The order is checked to be one. */
struct graph *graph_read(const char *data, size_t len, size_t *used);

#endif
