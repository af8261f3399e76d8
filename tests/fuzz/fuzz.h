/* What the fuzz targets share: a directory of their own in memory, and a limit of CPU time for each
 * input that a busy machine does not shorten (libFuzzer's -timeout goes by the wall clock). */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FUZZ_SECONDS_MAX 1.0

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

static inline void fuzz_fail(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static inline double fuzz_cpu(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void fuzz_end(double began)
{
	if (fuzz_cpu() - began > FUZZ_SECONDS_MAX)
		fuzz_fail("one input took more than a second");
}

/* The directory that the caller of the target made for it: $FUZZ_DIR. */
static inline const char *fuzz_dir(void)
{
	const char *dir = getenv("FUZZ_DIR");

	if (!dir || chdir(dir) < 0)
		fuzz_fail("FUZZ_DIR is no directory");
	return dir;
}

static inline void fuzz_write(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
		fuzz_fail("cannot write a file of the input");
}

#endif
