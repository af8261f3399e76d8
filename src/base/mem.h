/* Allocation for the program: never returns NULL. When memory runs out the program says so on
 * stderr and ends with EXIT_WORLD; every state on disk is safe at every instant, so ending is safe
 * too. libstageio, which must return its errors, does not use these (see buf.h for its buffers). */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);                         /* zeroed; free with free() */
void *mem_grow(void *old, size_t count, size_t size); /* realloc to count*size, overflow checked */
void *mem_large(size_t size); /* not zeroed, for what will be used whole; free with free() */
/* What will be used whole soon: its pages are had at once, which costs less than one by one. */
void mem_touch(void *start, size_t size);
/* Gives back what lies in whole pages of an allocation: its bytes are lost, its place is kept. */
void mem_drop(void *start, size_t size);
char *mem_strdup(const char *text);
_Noreturn void mem_fail(size_t size);

/* Grows array `p` of `cap` elements so that index `n` exists: doubles, updates cap. */
#define MEM_ROOM(p, n, cap) \
	do { \
		if ((n) >= (cap)) { \
			(cap) = (cap) ? (cap)*2 : 16; \
			if ((cap) <= (n)) \
				(cap) = (n) + 1; \
			(p) = mem_grow((p), (cap), sizeof *(p)); \
		} \
	} while (0)

#endif
