/* The scheduler's source, as it is or with one place changed (SCHED_SOURCE), with an allocator that
 * takes everything from one block. */
#include "sched_frozen.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/engine/sched.h"

static _Alignas(16) char pool[FROZEN_MAX];
static size_t used;

struct block {
	_Alignas(16) size_t size;
	char data[];
};

static void *pool_alloc(size_t size)
{
	struct block *block = (struct block *)(pool + used);
	size_t whole = (sizeof *block + size + 15) / 16 * 16;

	if (whole > sizeof pool - used)
		abort();
	memset(block, 0, whole);
	block->size = whole;
	used += whole;
	return block->data;
}

static void pool_free(void *data)
{
	struct block *block =
		data ? (struct block *)((char *)data - offsetof(struct block, data)) : NULL;

	if (block && (char *)block + block->size == pool + used)
		used -= block->size;
}

static void *pool_grow(void *old, size_t count, size_t size)
{
	void *data = pool_alloc(count * size);

	if (old) {
		const struct block *block =
			(struct block *)((char *)old - offsetof(struct block, data));
		size_t had = block->size - sizeof *block;
		memcpy(data, old, had < count * size ? had : count * size);
	}
	return data;
}

void frozen_reset(void)
{
	used = 0;
}

size_t frozen_save(char *to)
{
	memcpy(to, pool, used);
	return used;
}

void frozen_load(const char *from, size_t size)
{
	memcpy(pool, from, size);
	used = size;
}

static void pool_leave(void *pointer)
{
	void *data;

	memcpy(&data, pointer, sizeof data);
	pool_free(data);
}

static void *pool_enlarge(void *array, size_t from, size_t to, size_t size)
{
	char *larger = pool_grow(array, to + 1, size);

	memset(larger + from * size, 0, (to + 1 - from) * size);
	return larger;
}

#define mem_alloc pool_alloc
#define mem_grow pool_grow
#define mem_enlarge pool_enlarge
#define mem_leave pool_leave
#define free pool_free
#include SCHED_SOURCE
#include "run/engine/sched_new.c"
