/* The shared cache of results: a directory, a server, or the one in front of the other.
 *
 * It has two name spaces: `cas`, contents by their digest, and `ac`, what stages made by a digest
 * of all that this depends on (entry.h). A cache is asked by any number of threads at once. It
 * never fails: what is not there, cannot be had, or is not what it should be, is a miss; what
 * cannot be put is not there next time. Why is told once by cache_complaint, and a place that
 * failed CACHE_PATIENCE times in a row is left alone from then on.
 *
 * Opening loads libcrypto, and libcurl for a url: a run that has nothing to ask does not open
 * one. */
#ifndef RECORD_CACHE_H
#define RECORD_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/content.h"
#include "record/cache/entry.h"

struct arena;
struct buf;
struct cache_settings; /* model/graph/cache_settings.h */
struct err;

#define CACHE_PATIENCE 3

struct cache;

/* NULL with err: libcrypto or libcurl is not there, the key_file cannot be read, or the url makes
 * no sense. Settings are borrowed. */
struct cache *cache_open(const struct cache_settings *settings, struct err *err);
/* The same to look at what its directory has, and to touch nothing there: no server is asked, and
 * nothing is taken or put. */
struct cache *cache_open_to_look(const struct cache_settings *settings, struct err *err);
/* Waits for nothing; trims a dir that has grown over its limit. */
void cache_close(struct cache *cache); /* NULL is fine */

/* All calls that go on, and all that come later, end soon with nothing. */
void cache_stop(struct cache *cache);

bool cache_reads(const struct cache *cache);  /* is there still a place that is read? */
bool cache_writes(const struct cache *cache); /* and one that is written to? */
/* What has gone wrong since the last call: one line, for a warning; NULL: nothing that is new.
 * Valid until the next call; for one thread. */
const char *cache_complaint(struct cache *cache);

/* At the end: what makes it doubtful that anything could be had of it, as above; NULL: nothing. */
const char *cache_doubt(struct cache *cache);

/* The entry of a key, in the arena. False: a miss. */
bool cache_find(
	struct cache *cache, struct arena *arena, const struct sha256 *key, struct entry *out);

/* Are all the objects there that a variant names, as far as can be known without reading them? */
bool cache_has(struct cache *cache, const struct entry_variant *variant);

/* The directory, as it is opened; NULL: there is none. */
const char *cache_dir(const struct cache *cache);

/* cache_verify.c: each object of the directory against its name. */
struct cache_check {
	bool removes; /* what is wrong for everybody */
	void (*tell)(void *ctx, const char *path, const char *wrong);
	void *ctx;
};
struct cache_counts {
	uint64_t objects, bytes, wrong, removed;
};
/* Adds to counts. -1 with err: a directory cannot be read. */
int cache_verify(struct cache *cache, const struct cache_check *check, struct cache_counts *counts,
	struct err *err);

enum cache_result {
	CACHE_TAKEN,
	CACHE_MISS,   /* nothing is left of it */
	CACHE_FAILED, /* it cannot be written where it should: err; nothing is left of it */
};

/* Whatever is taken must be there until a time by clock_mono_ns, 0: whenever. What comes later is a
 * miss, and a failure of its place.
 *
 * A content as a new file, hashed while it is copied. `to` must not be there; its directory
 * must. */
enum cache_result cache_take_file(struct cache *cache, const struct content *content,
	const char *to, bool is_executable, int64_t until_ns, struct err *err);
/* A content of up to `limit` bytes, in memory; it is appended. */
enum cache_result cache_take_bytes(struct cache *cache, const struct content *content, size_t limit,
	int64_t until_ns, struct buf *out);
/* All outputs of a variant below a directory, with the directories that their paths need; trees
 * with all that is in them. What was made before a miss stays: the directory is thrown away. */
enum cache_result cache_take_outputs(struct cache *cache, const struct entry_variant *variant,
	const char *dir, int64_t until_ns, struct err *err);

/* A set of the places of a cache: those that have got all that was put. An entry is written there
 * alone, so that none names what its place has not. */
#define CACHE_AT_DIR 1u
#define CACHE_AT_URL 2u
#define CACHE_EVERYWHERE (CACHE_AT_DIR | CACHE_AT_URL)

/* Puts a file. Its content is told in *out, as it was when it was read. The places that have it
 * now; 0: it was not put. */
unsigned cache_put_file(struct cache *cache, const char *path, struct content *out);
unsigned cache_put_bytes(struct cache *cache, const char *data, size_t len, struct content *out);
/* What should be put. */
struct cache_made {
	struct content name; /* of a directory see listing_content.h */
	/* If it is told, those of the files in it are told, too; zero: it is not. */
	struct digest sum;
};
/* Puts what lies at dir/path: a file, a link, or a directory as a tree; tells what an entry says
 * of it, in the arena. The places that have all of it; 0: not put; a link leads outside, or it is
 * something else than these. If what was put is not what was made it counts as not put; made NULL:
 * nobody knows. */
unsigned cache_put_output(struct cache *cache, struct arena *arena, const char *dir,
	const char *path, const struct cache_made *made, struct entry_output *out);
/* Adds a variant to the entry of a key, at places that have all that it names. False: at none. */
bool cache_put_variant(struct cache *cache, const struct sha256 *key,
	const struct entry_variant *variant, unsigned places);

#endif
