/* Stages in the order in which they are to be started: the one with the longest remaining path
 * first, ties in order of the definition. For sched.c only; here, so that tests which freeze its
 * memory have all of it. */
#ifndef RUN_SCHED_HEAP_H
#define RUN_SCHED_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct stage_heap {
	uint32_t *items;
	uint32_t count, cap;
};

static inline bool stage_goes_before(const double *remaining, uint32_t a, uint32_t b)
{
	if (remaining[a] != remaining[b])
		return remaining[a] > remaining[b];
	return a < b;
}

static inline void stage_heap_push(struct stage_heap *heap, const double *remaining, uint32_t stage)
{
	uint32_t i = heap->count++;

	MEM_ROOM(heap->items, i, heap->cap);
	while (i > 0 && stage_goes_before(remaining, stage, heap->items[(i - 1) / 2])) {
		heap->items[i] = heap->items[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap->items[i] = stage;
}

static inline uint32_t stage_heap_pop(struct stage_heap *heap, const double *remaining)
{
	uint32_t top = heap->items[0];
	uint32_t last = heap->items[--heap->count];
	uint32_t i = 0;

	for (;;) {
		uint32_t child = 2 * i + 1;
		if (child >= heap->count)
			break;
		if (child + 1 < heap->count &&
			stage_goes_before(remaining, heap->items[child + 1], heap->items[child]))
			child++;
		if (!stage_goes_before(remaining, heap->items[child], last))
			break;
		heap->items[i] = heap->items[child];
		i = child;
	}
	if (heap->count)
		heap->items[i] = last;
	return top;
}

#endif
