#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Blocks come from calloc and no byte is handed out twice, so everything is zero without a memset:
 * large blocks are fresh pages that the kernel has cleared already. */
struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	_Alignas(max_align_t) char bytes[];
};

#define FIRST_BLOCK ((size_t)1 << 10) /* most arenas hold a few paths */
#define LARGEST_BLOCK ((size_t)1 << 20)

static struct arena_block *block_new(size_t cap)
{
	size_t total;

	if (__builtin_add_overflow(cap, sizeof(struct arena_block), &total))
		mem_fail(SIZE_MAX);
	struct arena_block *block = mem_alloc(total);
	block->cap = cap;
	return block;
}

static void *block_take(struct arena_block *block, size_t size)
{
	void *p = block->bytes + block->used;

	block->used += size;
	return p;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_block *head = arena->head;
	size_t cap;

	if (size > SIZE_MAX - align)
		mem_fail(size);
	size = size ? (size + align - 1) & ~(align - 1) : align;
	if (head && head->cap - head->used >= size)
		return block_take(head, size);

	cap = head ? head->cap * 2 : FIRST_BLOCK;
	if (cap > LARGEST_BLOCK)
		cap = LARGEST_BLOCK;
	if (head && size > cap / 4) {
		/* a block of its own, behind the head: what the head has left stays in use */
		struct arena_block *own = block_new(size);
		own->next = head->next;
		head->next = own;
		return block_take(own, size);
	}
	struct arena_block *block = block_new(size > cap ? size : cap);
	block->next = head;
	arena->head = block;
	return block_take(block, size);
}

char *arena_strdup(struct arena *arena, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(arena_alloc(arena, size), text, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	len = strnlen(text, len);
	char *copy = arena_alloc(arena, len + 1);
	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_fmt(struct arena *arena, const char *fmt, ...)
{
	struct arena_block *head = arena->head;
	size_t left = head ? head->cap - head->used : 0;
	char *room = left ? head->bytes + head->used : NULL;
	va_list args, again;

	/* What the block has left nearly always takes it: then it is formatted once. */
	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(room, left, fmt, args);
	va_end(args);
	if (len < 0)
		mem_fail(SIZE_MAX); /* over INT_MAX bytes */
	if ((size_t)len < left) {
		va_end(again);
		return arena_alloc(arena, (size_t)len + 1);
	}
	if (left)
		memset(room, 0, left);
	char *text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
}

void arena_reset(struct arena *arena)
{
	struct arena_block *head = arena->head;

	if (!head)
		return;
	struct arena rest = {.head = head->next};
	arena_free(&rest);
	memset(head->bytes, 0, head->used);
	head->used = 0;
	head->next = NULL;
}

void arena_free(struct arena *arena)
{
	struct arena_block *block = arena->head;

	while (block) {
		struct arena_block *next = block->next;
		free(block);
		block = next;
	}
	arena->head = NULL;
}
