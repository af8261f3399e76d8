#include "base/content.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"

struct content_hasher {
	struct sha256_hasher *sha;
	uint64_t size;
	struct sha256 sum;
	struct buf pieces;
};

bool content_eq(const struct content *a, const struct content *b)
{
	return a->size == b->size && sha256_eq(&a->sum, &b->sum);
}

struct content content_bytes(const void *data, size_t len)
{
	return (struct content){.size = len, .sum = sha256_bytes(data, len)};
}

struct content_hasher *content_hasher_new(void)
{
	struct content_hasher *hasher = mem_alloc(sizeof *hasher);

	hasher->sha = sha256_hasher_new();
	return hasher;
}

static void end_piece(struct content_hasher *hasher)
{
	char text[SHA256_TEXT_SIZE];

	hasher->sum = sha256_hasher_done(hasher->sha);
	sha256_format(&hasher->sum, text);
	buf_str(&hasher->pieces, text);
	buf_char(&hasher->pieces, '\n');
}

void content_hasher_add(struct content_hasher *hasher, const void *data, size_t len)
{
	const char *at = data;

	/* a piece that is full ends when something follows: the last is never empty */
	if (!hasher->size)
		buf_reset(&hasher->pieces);
	while (len > 0) {
		uint64_t have = hasher->size % CONTENT_PIECE;
		if (!have && hasher->size)
			end_piece(hasher);
		size_t part = len;
		if (part > CONTENT_PIECE - have)
			part = (size_t)(CONTENT_PIECE - have);
		sha256_hasher_add(hasher->sha, at, part);
		hasher->size += part;
		at += part;
		len -= part;
	}
}

struct content content_hasher_done(struct content_hasher *hasher)
{
	struct content content = {.size = hasher->size};

	if (!hasher->size)
		buf_reset(&hasher->pieces);
	end_piece(hasher);
	content.sum = hasher->sum;
	if (hasher->size > CONTENT_PIECE)
		content.sum = sha256_bytes(hasher->pieces.data, hasher->pieces.len);
	else
		buf_reset(&hasher->pieces);
	hasher->size = 0;
	return content;
}

const struct buf *content_hasher_pieces(const struct content_hasher *hasher)
{
	return &hasher->pieces;
}

void content_hasher_free(struct content_hasher *hasher)
{
	if (!hasher)
		return;
	sha256_hasher_free(hasher->sha);
	buf_free(&hasher->pieces);
	free(hasher);
}
