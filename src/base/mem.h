/* Allocation for the program: never returns NULL. When memory runs out the program says so on
 * stderr and ends with EXIT_WORLD; every state on disk is safe at every instant, so ending is safe
 * too. libstageio, which must return its errors, uses MEM_LOCAL alone (see buf.h for buffers). */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void *mem_alloc(size_t size);                         /* zeroed; free with free() */
void *mem_grow(void *old, size_t count, size_t size); /* realloc to count*size, overflow checked */
/* The same, and elements from..to are zeroed. */
void *mem_enlarge(void *old, size_t from, size_t to, size_t size);
void *mem_large(size_t size); /* not zeroed, for what will be used whole; free with free() */
/* What will be used whole soon: its pages are had at once, which costs less than one by one. */
void mem_touch(void *start, size_t size);
/* Gives back what lies in whole pages of an allocation: its bytes are lost, its place is kept. */
void mem_drop(void *start, size_t size);
char *mem_strdup(const char *text);

/* Frees what a pointer points to where its block ends. */
static inline void mem_leave(void *pointer)
{
	void *memory;

	memcpy(&memory, pointer, sizeof memory);
	free(memory);
}
#define MEM_LOCAL __attribute__((cleanup(mem_leave)))

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

/* The same, and what is added is zeroed. */
#define MEM_ROOM_ZEROED(p, n, cap) \
	do { \
		size_t mem_old_ = (cap); \
		MEM_ROOM(p, n, cap); \
		if ((cap) > mem_old_) \
			memset((p) + mem_old_, 0, ((cap)-mem_old_) * sizeof *(p)); \
	} while (0)

/* Appends a value to array `p`, which holds `n` elements and has room for `cap`. */
#define MEM_PUSH(p, n, cap, ...) \
	do { \
		MEM_ROOM(p, n, cap); \
		(p)[(n)++] = __VA_ARGS__; \
	} while (0)

/* Room for `n` elements that will all come: without doubling, and their pages are had at once. */
#define MEM_RESERVE(p, n, cap) \
	do { \
		if ((n) > (cap)) { \
			(cap) = (n); \
			(p) = mem_grow((p), (cap), sizeof *(p)); \
			mem_touch((p), (size_t)(cap) * sizeof *(p)); \
		} \
	} while (0)

#endif
