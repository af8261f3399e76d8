#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"

_Noreturn void mem_fail(size_t size)
{
	/* no stdio stream: it might want memory itself, or flush what a child shares with us */
	char text[80];
	int len = snprintf(text, sizeof text, "restage: out of memory (%zu bytes)\n", size);

	if (len > 0 && write(STDERR_FILENO, text, (size_t)len) < 0)
		_exit(EXIT_WORLD);
	_exit(EXIT_WORLD);
}

void *mem_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		mem_fail(size);
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

void *mem_large(size_t size)
{
	const size_t huge = (size_t)2 << 20;
	void *p = NULL;

	if (size < 2 * huge) {
		p = malloc(size ? size : 1);
	} else if (posix_memalign(&p, huge, size) != 0) {
		p = NULL;
	} else {
		(void)madvise(p, size / huge * huge, MADV_HUGEPAGE); /* or else in small ones */
	}
	if (!p)
		mem_fail(size);
	return p;
}

char *mem_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *p = malloc(size);

	if (!p)
		mem_fail(size);
	return memcpy(p, text, size);
}
