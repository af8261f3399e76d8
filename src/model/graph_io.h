/* A graph as bytes and back. The arrays are written as they lie in memory (this machine's order and
 * layout: the index is never shared between machines; its header tells another layout apart). */
#ifndef MODEL_GRAPH_IO_H
#define MODEL_GRAPH_IO_H

#include <stddef.h>

struct buf;
struct graph;

/* Each array begins at a multiple of this in the buffer, so that it can be used where it lies. */
#define GRAPH_ALIGN 16u

void graph_write(const struct graph *graph, struct buf *out);
/* An array of the caller's that follows, in the same manner. */
void graph_write_array(struct buf *out, const void *data, size_t size);

/* The bytes at pos of a block, whose arrays the graph uses where they lie: the block (from malloc) is the
 * graph's from then on, as its `block`. NULL unless they are a graph in every respect: sizes, every offset,
 * number and range in it lies where it must; then the block stays the caller's. *pos is moved behind it.
 * The order is checked to be one. */
struct graph *graph_read(char *block, size_t len, size_t *pos);
/* An array that graph_write_array wrote: count elements of a size; NULL if they are not all there. */
void *graph_read_array(char *block, size_t len, size_t *pos, size_t count, size_t size);

#endif
