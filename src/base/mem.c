#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"

#define HUGE ((size_t)2 << 20)
#define TOUCH_LEAST ((size_t)32 << 10) /* a system call pays from here on */

_Noreturn void mem_fail(size_t size)
{
	/* no stdio stream: it might want memory itself, or flush what a child shares with us */
	char text[80];
	int len = snprintf(text, sizeof text, "restage: out of memory (%zu bytes)\n", size);

	if (len > 0 && write(STDERR_FILENO, text, (size_t)len) < 0)
		_exit(EXIT_WORLD);
	_exit(EXIT_WORLD);
}

/* Of many megabytes, in huge pages where the system has them: touching small ones for the first
 * time costs more than reading a file into them. */
static void use_huge(void *start, size_t size)
{
	uintptr_t first = ((uintptr_t)start + HUGE - 1) / HUGE * HUGE;
	uintptr_t end = ((uintptr_t)start + size) / HUGE * HUGE;

	if (size >= 2 * HUGE && first < end)
		(void)madvise((void *)first, end - first, MADV_HUGEPAGE);
}

void *mem_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		mem_fail(size);
	use_huge(p, size);
	return p;
}

void *mem_grow(void *old, size_t count, size_t size)
{
	size_t total;
	void *p;

	if (__builtin_mul_overflow(count, size, &total))
		mem_fail(SIZE_MAX);
	p = realloc(old, total ? total : 1);
	if (!p)
		mem_fail(total);
	return p;
}

void *mem_enlarge(void *old, size_t from, size_t to, size_t size)
{
	char *larger = mem_grow(old, to + 1, size);

	memset(larger + from * size, 0, (to + 1 - from) * size);
	return larger;
}

void *mem_large(size_t size)
{
	void *p = NULL;

	/* Small pages for all of a huge one but its end would take longer than its end is worth. */
	if (size >= 2 * HUGE && size % HUGE >= HUGE / 4 * 3)
		size += HUGE - size % HUGE;
	if (size < 2 * HUGE)
		p = malloc(size ? size : 1);
	else if (posix_memalign(&p, HUGE, size) != 0)
		p = NULL;
	if (!p)
		mem_fail(size);
	use_huge(p, size);
	mem_touch(p, size);
	return p;
}

/* For the whole pages within. */
static void advise(void *start, size_t size, int advice)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = ((uintptr_t)start + page - 1) / page * page;
	uintptr_t end = ((uintptr_t)start + size) / page * page;

	if (first < end)
		(void)madvise((void *)first, end - first, advice);
}

void mem_touch(void *start, size_t size)
{
#ifdef MADV_POPULATE_WRITE
	if (size >= TOUCH_LEAST)
		advise(start, size, MADV_POPULATE_WRITE);
#else
	(void)start;
	(void)size;
#endif
}

void mem_drop(void *start, size_t size)
{
	advise(start, size, MADV_DONTNEED);
}

char *mem_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *p = malloc(size);

	if (!p)
		mem_fail(size);
	return memcpy(p, text, size);
}
