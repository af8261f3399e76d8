/* Preloaded by a campaign: the machine's boot id is what the file says that BOOT_ID names, so that
 * a boot can be pretended. With BOOT_FLAT, statx tells no inode number, and the time of change is
 * that of modification: a file that is put back with its old size and time then looks like one that
 * was never touched, as after a power loss that took nothing but its content. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *redirect(const char *path)
{
	const char *other = getenv("BOOT_ID");

	return other && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0 ? other : path;
}

/* POSIX promises that a function's address goes through a void pointer; ISO C does not. */
static void find_next(const char *name, void *function)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function, &found, sizeof found);
}

static int open_next(const char *name, int at, const char *path, int flags, va_list args)
{
	int (*next)(int, const char *, int, ...);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;

	find_next(name, &next);
	return next(at, redirect(path), flags, mode);
}

#define DEFINE_OPENAT(name) \
	int name(int at, const char *path, int flags, ...) \
	{ \
		va_list args; \
		va_start(args, flags); \
		int fd = open_next(#name, at, path, flags, args); \
		va_end(args); \
		return fd; \
	}

DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

/* What openat becomes in a fortified build when its flags are computed. The name is glibc's. */
int fortified_openat(int at, const char *path, int flags) __asm__("__openat_2");
int fortified_openat(int at, const char *path, int flags)
{
	int (*next)(int, const char *, int);

	find_next("__openat_2", &next);
	return next(at, redirect(path), flags);
}

int fortified_openat64(int at, const char *path, int flags) __asm__("__openat64_2");
int fortified_openat64(int at, const char *path, int flags)
{
	int (*next)(int, const char *, int);

	find_next("__openat64_2", &next);
	return next(at, redirect(path), flags);
}

int statx(int at, const char *restrict path, int flags, unsigned mask, struct statx *restrict out)
{
	int (*next)(int, const char *, int, unsigned, struct statx *);

	find_next("statx", &next);
	int result = next(at, path, flags, mask, out);
	if (result == 0 && getenv("BOOT_FLAT")) {
		out->stx_ino = 1;
		out->stx_ctime = out->stx_mtime;
	}
	return result;
}
