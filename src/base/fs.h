/* The file system: whole files, atomic replacement, trees, globs. Paths are relative to the current
 * directory, which is the pipeline's root once a definition is loaded. Every function that returns
 * int gives 0, or -1 with err filled (the path is in its text). All descriptors are close-on-exec;
 * EINTR and short reads and writes are handled here. */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct arena;
struct buf;
struct err;

/* What stat says of a file, as far as it tells a change. type is 'f' file, 'd' directory, 'o' other
 * (FIFO, socket, device), 'l' a symbolic link that leads nowhere, 0 missing. Links are followed. */
struct fs_stat {
	uint64_t size;    /* bytes */
	int64_t mtime_ns; /* since 1970 */
	int64_t ctime_ns;
	uint64_t ino;
	char type;
	bool is_executable; /* by its owner */
	char zero[6];       /* so that equal ones have equal bytes */
};

/* One statx call. A missing file is no error: type 0. -1 only if the question itself failed (EACCES
 * on a parent, ELOOP, EIO ...). */
int fs_stat(const char *path, struct fs_stat *out, struct err *err);
/* The same for what is most likely not there: then, too, it is one call, and two of a link. */
int fs_stat_absent(const char *path, struct fs_stat *out, struct err *err);
/* From now on a network file system asks its server each time, instead of telling what it saw
 * lately: other hosts write there. */
void fs_look_anew(bool always);
/* fstatat, for who needs more than fs_stat tells of a name in an open directory. */
int fs_stat_at(int dir, const char *name, struct stat *out, int flags);
/* The same of many files: those below a directory that is held open are found by the rest of their
 * paths; all by their whole paths if it cannot be opened, or base is NULL. */
struct fs_base {
	const char *dir; /* borrowed */
	size_t len;
	int fd; /* -1: none */
};
void fs_base_open(struct fs_base *base, const char *dir);
void fs_base_close(struct fs_base *base);
int fs_stat_below(
	const struct fs_base *base, const char *path, struct fs_stat *out, struct err *err);
/* The same of a link itself: type 'l', wherever it leads. */
int fs_stat_self(const char *path, struct fs_stat *out, struct err *err);
/* Did nothing change between two looks, as far as stat tells? */
bool fs_same(const struct fs_stat *a, const struct fs_stat *b);
bool fs_exists(const char *path);
bool fs_is_dir(const char *path);
/* Is it a link, or does one lie on the way to it? As far as it is there. */
bool fs_has_link(const char *path);
/* Is it of a file system that other machines may have, too? */
bool fs_is_remote(const char *path);
/* Are names that differ only by case one name in this directory? */
bool fs_folds_case(const char *dir);

/* Appends the whole file. Refuses what is no regular file (FIFOs do not block). -1 with err->sys =
 * EFBIG if it is larger than `limit` bytes. */
int fs_read(const char *path, size_t limit, struct buf *out, struct err *err);
int fs_read_fd(int fd, const char *name, size_t limit, struct buf *out, struct err *err);

/* Replaces `path` as a whole: written aside in the same directory (".<base>.<pid>.tmp"), then
 * renamed. */
int fs_replace(const char *path, const void *data, size_t len, struct err *err);
/* The same of a name in the open directory `at`. */
int fs_replace_at(int at, const char *name, const void *data, size_t len, struct err *err);
/* The same for who must not take it back: the data are on the disk before it is seen. */
int fs_replace_synced(const char *path, const void *data, size_t len, struct err *err);
/* The same of a file that says the same as before in other words: its time stamp stays. */
int fs_rewrite_at(int at, const char *name, const void *data, size_t len, struct err *err);
/* Is `name` what such a file aside of one called `base` (NULL: of any) is called? */
bool fs_is_aside(const char *name, const char *base);
/* The same from parts in order, which need not be put together in memory first. `mode` is the new
 * file's, less the umask. */
struct iovec;
int fs_replace_parts(
	const char *path, const struct iovec *parts, size_t count, unsigned mode, struct err *err);
int fs_write_all(int fd, const void *data, size_t len); /* -1 with errno */

/* A directory and its parents; an existing one is fine. */
int fs_mkdirs(const char *path, struct err *err);
/* Removes a file or a tree; never follows links; a missing one is fine. */
int fs_remove_tree(const char *path, struct err *err);
/* Renames; if `to` is a directory, or one of the two is, the old one is exchanged and then removed.
 * Across file systems: copied aside, then renamed. `to`'s parents must exist. `mark` stands in the
 * name aside: whoever moves with another one is not met, and what a kill leaves can be found. */
int fs_move(const char *from, const char *to, const char *mark, struct err *err);
/* The usual case of it, by open directories: false if there is more to do, which fs_move does. */
bool fs_move_at(int from_at, const char *from, int to_at, const char *to);
/* Appends the name aside of one called `base`, in its directory. */
void fs_add_aside(struct buf *out, const char *base, const char *mark);

/* Copies a file, a link or a tree to a name that is free, with modes and times; nothing is left of
 * a copy that failed. */
int fs_copy(const char *from, const char *to, struct err *err);

/* Walks the tree below dir, sorted by bytes, depth first, links not followed. `rel` is relative to
 * dir and borrowed; d_type is 'f', 'd', 'l' or 'o'. A non-zero return of visit stops and is
 * returned. */
typedef int fs_visit(void *ctx, const char *rel, char type);
int fs_walk(const char *dir, fs_visit *visit, void *ctx, struct err *err);

/* Names in one directory, sorted by bytes, without "." and "..". In the arena. */
int fs_list(struct arena *arena, const char *dir, char ***names, size_t *count, struct err *err);

/* Is there a glob character (* ? [) in the pattern? */
bool fs_is_glob(const char *pattern);
/* Paths that match: per component * ? [...] as fnmatch (a backslash is a byte like any other, [*]
 * is a literal star), a component ** matches any depth (also none; at the end: everything below); a
 * leading dot must be given. A slash at the end wants directories. Sorted by bytes, each once;
 * files and directories; links are followed, and a circle of them (EXIT_USAGE) is an error.
 * Directories that cannot be read are errors, missing ones are not. */
int fs_glob(
	struct arena *arena, const char *pattern, char ***paths, size_t *count, struct err *err);

#endif
