/* Preloaded by a campaign: the n-th allocation of one process fails (MEMORY_FAIL=n), or that and
 * all that follow (with MEMORY_EVER). MEMORY_IN tells in which process: "runner" or "warden"; what
 * they start is left alone. At its end the process writes how many allocations there were to the
 * file MEMORY_COUNT. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static atomic_ulong count;
static unsigned long first; /* 0: nothing fails */
static bool is_counted, fails_ever;

__attribute__((constructor)) static void begin(int argc, char **argv)
{
	const char *fail = getenv("MEMORY_FAIL"), *in = getenv("MEMORY_IN");
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
	bool is_warden = argc > 1 && strcmp(argv[1], "--warden") == 0;

	name = name ? name + 1 : argc > 0 ? argv[0] : "";
	if (!fail || !in || strcmp(name, "restage") != 0 ||
		is_warden != (strcmp(in, "warden") == 0))
		return;
	first = strtoul(fail, NULL, 10);
	fails_ever = getenv("MEMORY_EVER") != NULL;
	atomic_store(&count, 0);
	is_counted = true;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("MEMORY_COUNT");
	char text[32];
	int fd;

	if (!is_counted || !path)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int len = snprintf(text, sizeof text, "%lu\n", atomic_load(&count));
	if (fd >= 0 && write(fd, text, (size_t)len) == len)
		close(fd);
}

static bool fails(void)
{
	unsigned long number;

	if (!is_counted)
		return false;
	number = atomic_fetch_add(&count, 1) + 1;
	if (first == 0 || number < first || (number > first && !fails_ever))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}
