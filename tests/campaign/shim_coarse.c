/* Preloaded: a file system whose clock counts in steps of two seconds, as some do (FAT). */
#include <dlfcn.h>
#include <stddef.h>
#include <sys/stat.h>

#define STEP 2

static void coarsen(struct timespec *t)
{
	t->tv_sec -= t->tv_sec % STEP;
	t->tv_nsec = 0;
}

static int coarsened(int status, struct stat *st)
{
	if (status == 0) {
		coarsen(&st->st_mtim);
		coarsen(&st->st_ctim);
	}
	return status;
}

int statx(int dir, const char *restrict path, int flags, unsigned mask, struct statx *restrict out)
{
	int (*real)(int, const char *, int, unsigned, struct statx *);

	*(void **)&real = dlsym(RTLD_NEXT, "statx");
	int status = real(dir, path, flags, mask, out);
	if (status == 0) {
		out->stx_mtime.tv_sec -= out->stx_mtime.tv_sec % STEP;
		out->stx_ctime.tv_sec -= out->stx_ctime.tv_sec % STEP;
		out->stx_mtime.tv_nsec = out->stx_ctime.tv_nsec = 0;
	}
	return status;
}

int fstat(int fd, struct stat *st)
{
	int (*real)(int, struct stat *);

	*(void **)&real = dlsym(RTLD_NEXT, "fstat");
	return coarsened(real(fd, st), st);
}

int stat(const char *restrict path, struct stat *restrict st)
{
	int (*real)(const char *, struct stat *);

	*(void **)&real = dlsym(RTLD_NEXT, "stat");
	return coarsened(real(path, st), st);
}

int lstat(const char *restrict path, struct stat *restrict st)
{
	int (*real)(const char *, struct stat *);

	*(void **)&real = dlsym(RTLD_NEXT, "lstat");
	return coarsened(real(path, st), st);
}

int fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags)
{
	int (*real)(int, const char *, struct stat *, int);

	*(void **)&real = dlsym(RTLD_NEXT, "fstatat");
	return coarsened(real(dir, path, st, flags), st);
}
