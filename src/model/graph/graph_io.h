/* A graph as bytes and back. The arrays are written as they lie in memory (this machine's order and
 * layout: the index is never shared between machines; its header tells another layout apart). */
#ifndef MODEL_GRAPH_IO_H
#define MODEL_GRAPH_IO_H

#include <stddef.h>
#include <sys/uio.h>

struct graph;

/* Each array begins at a multiple of this in the buffer, so that it can be used where it lies. */
#define GRAPH_ALIGN 16u

/* The bytes as the pieces that they lie in: the graph's own arrays, with what must stand between
 * them. */
#define GRAPH_PIECES_MAX 64

struct graph_pieces {
	struct iovec items[GRAPH_PIECES_MAX];
	size_t count;
	size_t len; /* of all, bytes */
	void *head; /* owned */
};

/* Zeroed before. The graph is lent for as long as the pieces are used. */
void graph_write(const struct graph *graph, struct graph_pieces *out);
/* An array of the caller's that follows, in the same manner. */
void graph_write_array(struct graph_pieces *out, const void *data, size_t size);
void graph_pieces_free(struct graph_pieces *pieces);

/* The bytes at pos of a block, whose arrays the graph uses where they lie: the block (from malloc)
 * is the graph's from then on, as its `block`. NULL unless they are a graph in every respect:
 * sizes, every offset, number and range in it lies where it must; then the block stays the
 * caller's. *pos is moved behind it. The order is checked to be one. */
struct graph *graph_read(char *block, size_t len, size_t *pos);
/* An array that graph_write_array wrote: count elements of a size; NULL if they are not all
 * there. */
void *graph_read_array(char *block, size_t len, size_t *pos, size_t count, size_t size);

#endif
