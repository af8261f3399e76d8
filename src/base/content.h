/* The name of a content that is shared between people and machines: its size and a SHA-256.
 *
 * Up to CONTENT_PIECE bytes the sum is the SHA-256 of the bytes. Of more, each CONTENT_PIECE bytes
 * are a piece, and the sum is the SHA-256 of the list of their sums (64 hex digits and a newline
 * each): pieces can be hashed, sent and checked apart from each other. A small file may hold just
 * such a list, so a sum alone names nothing: the size always goes with it.
 *
 * sha256_load comes before the first of these. */
#ifndef BASE_CONTENT_H
#define BASE_CONTENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"

struct buf;

#define CONTENT_PIECE ((uint64_t)256 << 20)

struct content {
	uint64_t size;
	struct sha256 sum;
};

bool content_eq(const struct content *a, const struct content *b);
struct content content_bytes(const void *data, size_t len); /* up to CONTENT_PIECE */

/* content_copy.c: the content of an open file, from its beginning to where it ends, or ended when
 * this was called. Large ones are hashed by several threads. */
enum content_end {
	CONTENT_READ, /* *out tells of what was read */
	CONTENT_UNREADABLE,
	CONTENT_UNWRITABLE, /* of a copy */
	CONTENT_STOPPED,
};
/* NULL, and NULL in it, where nobody asks for that. */
struct content_how {
	struct buf *pieces;      /* gets the list of the pieces of more than one */
	const atomic_bool *stop; /* gives up soon once it is true */
	int64_t until_ns;        /* the same from then on, by clock_mono_ns; 0: at no time */
};
/* Other than CONTENT_READ with errno: ECANCELED of one that was stopped, ETIMEDOUT if it was too
 * late. */
enum content_end content_fd(int fd, const struct content_how *how, struct content *out);
/* The same, copied to a new file meanwhile, by reference where the file system can; then it is the
 * copy that is hashed. `to` is open for reading and writing. */
enum content_end content_copy(int fd, int to, const struct content_how *how, struct content *out);

/* For one thread at a time. */
struct content_hasher;
struct content_hasher *content_hasher_new(void);
void content_hasher_add(struct content_hasher *hasher, const void *data, size_t len);
struct content content_hasher_done(struct content_hasher *hasher); /* it can begin anew */
/* The list of pieces of what content_hasher_done told last; "" of what is one piece. Borrowed. */
const struct buf *content_hasher_pieces(const struct content_hasher *hasher);
void content_hasher_free(struct content_hasher *hasher); /* NULL is fine */

#endif
