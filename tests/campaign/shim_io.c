/* Preloaded by a campaign: in restage itself and in its warden, but not in what they start, reads
 * and writes move fewer bytes than asked for, and end with EINTR before they moved any; both by
 * chance, which is the same for the same IO_SEED. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_uint_fast64_t state; /* 0: nothing is disturbed */

__attribute__((constructor)) static void begin(int argc, char **argv)
{
	const char *seed = getenv("IO_SEED");
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;

	name = name ? name + 1 : argc > 0 ? argv[0] : "";
	if (seed && strcmp(name, "restage") == 0)
		atomic_store(&state, strtoull(seed, NULL, 10) * 2 + 1);
}

/* POSIX promises that a function's address goes through a void pointer; ISO C does not. */
static void find_next(const char *name, void *function)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function, &found, sizeof found);
}

static unsigned chance(void)
{
	uint64_t old = atomic_load(&state), next;

	do
		next = old * 6364136223846793005u + 1442695040888963407u;
	while (!atomic_compare_exchange_weak(&state, &old, next));
	return (unsigned)(next >> 40);
}

/* How much is moved of len bytes; -1: it is interrupted. Not of descriptors for signals and events,
 * which give all or nothing. */
static ssize_t share(int fd, size_t len)
{
	struct stat st;
	unsigned number;

	if (atomic_load(&state) == 0 || len == 0 || fstat(fd, &st) < 0 ||
		!(S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return (ssize_t)len;
	number = chance();
	if (number % 4 == 0) {
		errno = EINTR;
		return -1;
	}
	return number % 4 == 1 ? (ssize_t)len : (ssize_t)(1 + number / 4 % len);
}

#define DEFINE(name, buffer, more_types, more) \
	ssize_t name(int fd, buffer data, size_t len more_types) \
	{ \
		ssize_t (*next)(int, buffer, size_t more_types); \
		ssize_t part = share(fd, len); \
		if (part < 0) \
			return -1; \
		find_next(#name, &next); \
		return next(fd, data, (size_t)part more); \
	}
#define NOTHING
#define COMMA ,

DEFINE(read, void *, NOTHING, NOTHING)
DEFINE(write, const void *, NOTHING, NOTHING)
DEFINE(recv, void *, COMMA int flags, COMMA flags)
DEFINE(send, const void *, COMMA int flags, COMMA flags)
DEFINE(pread, void *, COMMA off_t at, COMMA at)
DEFINE(pwrite, const void *, COMMA off_t at, COMMA at)
