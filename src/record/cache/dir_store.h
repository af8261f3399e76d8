/* A cache in a directory, on this machine or on a file system that others share.
 *
 *	ac/ab/<64 hex digits>   entries, by the digest of their key
 *	cas/ab/<64 hex digits>  contents, by their sum (base/content.h); large ones in one piece
 *	tmp/<random>            what is being written; renamed when it is whole
 *	used                    a number a line: the bytes when they were counted last, and then
 *	                        what each run put
 *
 * Objects are read-only. The mode of the directory itself is that of those in it: who may write to
 * the one may write to all; what root makes belongs to whom the directory belongs. Where it is
 * sticky each replaces and removes only what is their own: what is another's stays.
 *
 * Nothing is synced: each content is hashed when it is read, and one that is not what its name says
 * is removed. Renaming is all that keeps runs on many hosts apart, so there is no lock for a killed
 * one to leave; what it leaves in tmp goes with a later trim.
 *
 * Safe in any thread. `trouble` is filled if the directory is at fault; a miss is no fault. */
#ifndef RECORD_DIR_STORE_H
#define RECORD_DIR_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/cache/cache.h"

struct dir_store;

/* Never NULL; the directory need not be there. Once *stop is true, copying ends soon as a miss. */
struct dir_store *dir_store_new(
	const char *path, uint64_t max_size, bool is_linked, const atomic_bool *stop);
/* From now on it is only looked at: nothing is removed, nor is a use of it noted. */
void dir_store_only_look(struct dir_store *store);
/* If something was put: adds it up, and trims if that is more than max_size (0: no limit). */
void dir_store_free(struct dir_store *store);
const char *dir_store_path(const struct dir_store *store);

bool dir_store_read_entry(
	struct dir_store *store, const struct sha256 *name, struct buf *out, struct err *trouble);
int dir_store_write_entry(struct dir_store *store, const struct sha256 *name, const char *text,
	size_t len, struct err *trouble);

bool dir_store_has(struct dir_store *store, const struct content *content);
enum cache_result dir_store_take(struct dir_store *store, const struct content *content,
	const char *to, bool is_executable, int64_t until_ns, struct err *trouble, struct err *err);
bool dir_store_take_bytes(struct dir_store *store, const struct content *content, size_t limit,
	struct buf *out, struct err *trouble);
/* Puts an open file; *out and `pieces` as content_copy has them. False: it was not put; without
 * trouble it could not be read. */
bool dir_store_put(struct dir_store *store, int fd, struct content *out, struct buf *pieces,
	struct err *trouble);
bool dir_store_put_bytes(struct dir_store *store, const struct content *content, const char *data,
	struct err *trouble);

struct dir_object {
	const char *path, *name; /* name: what it is called, should be 64 hex digits; borrowed */
	bool is_entry;
	uint64_t bytes;  /* that it takes on the disk, about */
	int64_t used_ns; /* when it was used last */
};

/* dir_trim.c. Calls visit with each object that there is, in no order. -1 with err. */
int dir_store_each(const char *path, void (*visit)(void *ctx, const struct dir_object *object),
	void *ctx, struct err *err);
struct dir_trimmed {
	uint64_t bytes, objects; /* that are left */
	uint64_t removed_bytes, removed_objects;
};
/* Removes what was used longest ago until `limit` bytes are left, and what killed runs left in tmp
 * a day ago. */
int dir_store_trim(const char *path, uint64_t limit, struct dir_trimmed *out, struct err *err);
/* What was made in the directory `top` is for those whose it is: it gets its mode, as far as that
 * is in `mask`, and from root its owner. */
void dir_store_share(const char *top, int fd, unsigned mask);
/* The bytes that an object of this size takes, about. */
uint64_t dir_object_bytes(uint64_t size);
/* Notes what was put; trims if that is more than max_size then. What fails is left for next
 * time. */
void dir_store_count(const char *path, uint64_t put_bytes, uint64_t max_size);

#endif
