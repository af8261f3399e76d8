/* Making, moving and removing beneath a directory, whatever links lie in the way, and also while
 * somebody swaps them. `top` is a descriptor of that directory: of the job's, of a stage's, of a
 * work directory; AT_FDCWD is the root, in which the process stands. What holds a path is found by
 * the kernel beneath top, and what is done then is done in the directory that was found. */
#ifndef RUN_BENEATH_H
#define RUN_BENEATH_H

#include <stdbool.h>

struct buf;
struct err;
struct graph;

/* A descriptor (O_PATH) of the directory `dir` beneath top. -1 with errno: EXDEV or ELOOP if a link
 * leads out of it. */
int beneath_open(int top, const char *dir);
/* The same, making it and its parents where they are missing. */
int beneath_make(int top, const char *dir);
/* Of a directory that may not be a link itself. ENOTDIR or ELOOP if it is one. */
int beneath_open_own(int top, const char *name);

/* What holds a path, and its name there; and a path of it, for functions that take one: that is
 * longer for the kernel, by way of /proc. */
struct beneath {
	int at;
	const char *name; /* of path */
	char path[300];
	int fd; /* `at`, if it was opened for this; -1: top itself holds it */
};

/* `makes`: the directories that hold it too. -1 with err; `path` is as the user knows it, `rel` the
 * same from top. beneath_end after 0 alone. */
int beneath_find(struct beneath *place, int top, const char *rel, const char *path, bool makes,
	struct err *err);
void beneath_end(struct beneath *place);

/* Replaces the manifest in a directory below the job's, and makes the directory. keeps_time: it
 * says the same as before in other words. dir_fd: the directory, if it is open; or -1. */
int beneath_write_manifest(const struct graph *graph, int job_fd, int dir_fd, const char *dir,
	const struct buf *text, bool keeps_time, struct err *err);

/* Removes a file, a link or a tree; a missing one is fine. */
int beneath_remove(int top, const char *rel, const char *path, struct err *err);
/* Makes a directory and its parents. */
int beneath_mkdirs(int top, const char *rel, const char *path, struct err *err);

/* err about what a link led out of the place where `path` belongs, if that is what errnum says;
 * else as err_sys. -1. */
int beneath_error(struct err *err, int errnum, const char *what, const char *path);
/* An error that names a place by its open directory: says it by `path`. -1. */
int beneath_tell(struct err *err, const struct err *found, const char *what, const char *path);

/* Where a path from the root belongs: *rel from the job's directory if it lies in it (gives
 * job_fd), else from the root (gives AT_FDCWD). */
int beneath_top(const struct graph *graph, int job_fd, const char *path, const char **rel);

#endif
