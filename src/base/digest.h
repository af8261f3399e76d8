/* XXH3-128 digests. They guard against accidents, not against someone who chooses the bytes: two
 * different files with one XXH3-128 are easy to make. The only file that includes xxhash.h is
 * digest.c. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct digest {
	uint8_t bytes[16]; /* canonical (big endian) form */
};

#define DIGEST_TEXT_SIZE 42 /* "xxh3-128:" + 32 hex digits + NUL */

struct hasher; /* streaming state */

struct digest digest_bytes(const void *data, size_t len);
bool digest_eq(const struct digest *a, const struct digest *b);
bool digest_is_zero(const struct digest *digest); /* all bytes zero: "no digest" in records */
void digest_format(const struct digest *digest, char text[DIGEST_TEXT_SIZE]);
bool digest_parse(const char *text, struct digest *out);

struct hasher *hasher_new(void);
struct hasher *hasher_try_new(void); /* NULL when memory runs out */
void hasher_reset(struct hasher *hasher);
void hasher_add(struct hasher *hasher, const void *data, size_t len);
/* Length first: no two sequences of strings agree. */
void hasher_add_str(struct hasher *hasher, const char *text);
void hasher_add_u64(struct hasher *hasher, uint64_t value);
struct digest hasher_done(const struct hasher *hasher);
void hasher_free(struct hasher *hasher);
void hasher_leave(struct hasher **hasher);
#define HASHER_LOCAL __attribute__((cleanup(hasher_leave))) /* freed where its block ends */

#define DIGEST_PIECE ((size_t)64 << 10)

/* Who wants to see what files begin with, as they are read for their digest. */
struct digest_watch {
	/* A piece; is_first: of another file. One of less than DIGEST_PIECE bytes is its last.
	 * Gives whether more of that file is wanted. */
	bool (*see)(struct digest_watch *watch, const char *data, size_t len, bool is_first);
	bool is_over;     /* set by see, which wants no more: the reading ends, with ECANCELED */
	const char *name; /* of the file in the directory that is read; NULL: it is no directory */
};

/* Content of a regular file, read in large pieces. *size is the number of bytes that were read. Not
 * blocked by a FIFO. A file that shrinks meanwhile is simply shorter. */
int digest_file(const char *path, struct digest *out, uint64_t *size, struct err *err);
int digest_file_watched(const char *path, struct digest_watch *watch, struct digest *out,
	uint64_t *size, struct err *err);
/* The same of an open regular file, from where it stands; watch may be NULL. -1 with errno. */
int digest_fd(int fd, struct digest_watch *watch, struct digest *out, uint64_t *size);
/* The same in parts, so that a large file need not keep a thread for as long as it takes. */
struct digest_file; /* a file of which some has been read */
/* NULL with err. watch, which is borrowed until it is closed, may be NULL. */
struct digest_file *digest_file_open(const char *path, struct digest_watch *watch, struct err *err);
/* Reads up to `limit` bytes more. 1: there may be more, 0: it has ended, and *out and *size tell of
 * it; -1 with err. */
int digest_file_some(struct digest_file *file, uint64_t limit, struct digest *out, uint64_t *size,
	struct err *err);
void digest_file_close(struct digest_file *file); /* NULL is fine */
/* Content of a directory: names, kinds, link targets and contents, all levels (listing.h). *size is
 * the sum of the file sizes. */
int digest_tree(const char *path, struct digest *out, uint64_t *size, struct err *err);
/* Told of each directory and link before it is looked at. */
typedef void tree_see(void *ctx, int parent, const char *name, char type);
/* What stat says about everything in a directory, all levels (size, times, inode of each):
 * unchanged means that digest_tree need not be asked again. *newest_ns is the latest mtime or ctime
 * seen. exclude: what is left out (exclude.h); `see` may be NULL. */
int digest_tree_stat(const char *path, const char *exclude, tree_see *see, void *ctx,
	struct digest *out, int64_t *newest_ns, struct err *err);

#endif
