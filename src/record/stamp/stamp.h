/* What we know about the files now: stat, and content where it was asked for.
 *
 * One entry a path. Ids below graph->file_count are the graph's files; others (from depfiles,
 * reports, old records) are added as they come. A stat cache saves hashing: an entry with the same
 * size, times and inode keeps its digest, if it was settled: if the file system's clock had visibly
 * moved on past the file's times when its content was read, so that any later write must show.
 * Unsettled ones are hashed again. Clock of the file system: a probe file in the job's .restage,
 * never the wall clock. */
#ifndef RECORD_STAMP_H
#define RECORD_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/content.h"
#include "base/digest.h"
#include "base/fs.h"

struct buf;
struct err;
struct graph;
struct workers;

enum stamp_state {
	STAMP_UNKNOWN, /* not looked at, or forgotten */
	STAMP_SEEN,    /* stat is known; sum is not */
	STAMP_HASHED,  /* stat and sum are known (a missing file needs no sum and is HASHED too) */
	STAMP_FAILED,  /* it could not be looked at or read: see stamps_error */
};

struct stamp {
	/* type 0: missing. A directory's size and times are of the tree: see digest_tree_stat */
	struct fs_stat stat;
	struct digest sum;
	/* bytes of content: of a directory, the sum of its files. Known with the sum */
	uint64_t size;
	uint32_t files; /* of a directory: how many lie in it. Known with the sum */
	uint8_t state;  /* enum stamp_state */
	bool is_settled;
	bool is_mistake; /* STAMP_FAILED: of the user's making, not the world's */
	uint8_t changes; /* how often it was read with another content than before; it wraps */
};

struct stamps;

struct stamps *stamps_new(const struct graph *graph, struct workers *workers);
void stamps_free(struct stamps *stamps);

uint32_t stamps_find(struct stamps *stamps, const char *path); /* NONE: not known */
uint32_t stamps_id(
	struct stamps *stamps, const char *path); /* normalised path; added if new; copied */
/* The same of a directory that is read without what `exclude` says; NULL: all of it counts. */
uint32_t stamps_id_excluding(struct stamps *stamps, const char *path, const char *exclude);
/* What is left out of it, should it be a directory; NULL: nothing. */
const char *stamps_exclude(const struct stamps *stamps, uint32_t id);
const char *stamps_path(const struct stamps *stamps, uint32_t id);
const struct stamp *stamps_get(const struct stamps *stamps, uint32_t id);
/* From now on the file of the graph counts as missing, whatever lies there: it is made by a stage
 * that was skipped, or failed where that is allowed. What is exported is what lies there. */
void stamps_set_absent(struct stamps *stamps, uint32_t id);
bool stamps_is_absent(const struct stamps *stamps, uint32_t id);
/* While the file of the graph is not there it counts as one of that content: it is temporary, was
 * made so and removed; NULL: it does not. What is exported is what lies there. */
void stamps_set_spent(struct stamps *stamps, uint32_t id, const struct stamp *as);
bool stamps_is_spent(const struct stamps *stamps, uint32_t id); /* it is not there */
/* Is this what such a file counts as? No file that is there has no number. */
static inline bool stamp_is_spent(const struct stamp *stamp)
{
	return stamp->stat.type == 'f' && stamp->stat.ino == 0;
}
/* An intermediate that is kept and that another stage uses: it counts like an output. */
void stamps_set_lent(struct stamps *stamps, uint32_t id);
bool stamps_is_lent(const struct stamps *stamps, uint32_t id);
const char *stamps_error(const struct stamps *stamps, uint32_t id); /* why STAMP_FAILED */

/* Looks now: stat, and content if `content` and neither known nor in the index. Waits. Spread over
 * the workers; ids may repeat. */
void stamps_look(struct stamps *stamps, const uint32_t *ids, size_t count, bool content);
/* For looking at many: base is borrowed, see fs_stat_below; fn is called by whichever thread has
 * just looked at a file, while stamps_look is at work. NULL and NULL: no more. */
void stamps_on_look(struct stamps *stamps, const struct fs_base *base,
	void (*fn)(void *ctx, uint32_t id), void *ctx);
/* Content of those that were seen, are small and are not in the index: many at once, so that they
 * need not be read one by one as their stages are judged. Waits. */
void stamps_hash_small(struct stamps *stamps, const uint32_t *ids, size_t count);
/* The same without waiting: true if all is known already (stat is done at once; hashing by the
 * workers); else false, and stamps_step gives `waiter` when the last of them came. */
bool stamps_ask(
	struct stamps *stamps, const uint32_t *ids, size_t count, bool content, uint32_t waiter);
/* Takes in what the workers answered; each call gives one waiter that waits for nothing any more,
 * or NONE. Call until NONE when workers_fd is readable. */
uint32_t stamps_step(struct stamps *stamps);
size_t stamps_pending(const struct stamps *stamps); /* hashing requests under way */
/* Bytes read, and asked for, since hashing began: 0 and 0 when nothing is hashed. */
void stamps_progress(const struct stamps *stamps, uint64_t *done, uint64_t *total);
/* fn is called now and then while a call of this file hashes much. */
void stamps_on_progress(struct stamps *stamps, void (*fn)(void *ctx), void *ctx);
/* fn is called once, before content is read for the first time: until then nobody need say what is
 * wanted of it. */
void stamps_on_first_read(struct stamps *stamps, void (*fn)(void *ctx), void *ctx);

/* Reads a file as it is now and keeps nothing of it: one that is no file of the job. False: it
 * cannot be read. */
bool stamps_read_apart(struct stamps *stamps, const char *path, struct stamp *out);

/* Has the directory now what made `sum` when links to directories and executable bits did not count
 * (key format 1)? Reads it. */
bool stamps_was_plain(struct stamps *stamps, uint32_t id, const struct digest *sum);

/* Listings of directories that are read are kept (trees.h). state_fd: the job's .restage, borrowed;
 * to be told again when it is another. */
void stamps_keep_trees(struct stamps *stamps, int state_fd);
/* What a file was, by its path in a directory with this content; false: no listing tells. */
bool stamps_file_of_tree(
	struct stamps *stamps, const struct digest *sum, const char *rel, struct stamp *as);
/* Had it a directory there? What that holds as a whole is not known. */
bool stamps_is_dir_of_tree(struct stamps *stamps, const struct digest *sum, const char *rel);
/* Appends what differs in the directory from what had that digest; nothing, if that is not known.
 * Its content is known. */
void stamps_tell_tree(
	struct stamps *stamps, uint32_t id, const struct digest *was, struct buf *out);

/* stamp_content.c: names of contents for a shared cache (base/content.h), where they are wanted:
 * made in the same reading as the digest, and kept in the job's .restage beside the stat and the
 * digest that go with them. */
/* From now on, when the file is read, its content's name is made as well. */
void stamps_want_content(struct stamps *stamps, uint32_t id);
/* The name of what is HASHED. False: it is not known; then it is read when content is asked for
 * next, and if it is not known after that it cannot be had. */
bool stamps_content(struct stamps *stamps, uint32_t id, struct content *out);
/* What a file or a directory was while it was there, beside its digest. */
struct stamp_name {
	struct content is;
	char type;      /* 'f', 'd' */
	uint64_t bytes; /* see struct stamp */
	uint32_t files;
};
/* The same of what is spent: its name while it was there, this time or in an earlier run. False: it
 * is not known. */
bool stamps_spent_name(struct stamps *stamps, uint32_t id, struct stamp_name *out);
/* Is it known without reading the file? Then stamps_content tells it. The file was seen. */
bool stamps_knows_content(struct stamps *stamps, uint32_t id);
/* What counts as what has that digest has this name, although it was not there. */
void stamps_name_spent(struct stamps *stamps, uint32_t id, const struct digest *sum,
	const struct stamp_name *name);
/* Writes those that are new. state_fd: the job's .restage. What cannot be written is not kept. */
void stamps_keep_contents(struct stamps *stamps, int state_fd);

void stamps_forget(
	struct stamps *stamps, uint32_t id); /* the file may have changed: look again when asked */
/* Looks again; content that is known and settled stays known if stat shows no change. */
void stamps_refresh(struct stamps *stamps, uint32_t id);
/* Takes a digest that was computed elsewhere for the file as it is now (an output before its
 * rename): stats it again. */
struct stamp_content {
	struct digest sum;
	uint64_t size;
	uint32_t files;             /* of a directory */
	const struct content *name; /* see stamps_want_content; NULL: not known */
};
void stamps_take(struct stamps *stamps, uint32_t id, const struct stamp_content *content);

/* Takes what is known from an index: read from path (a missing one is fine; *notice, static text,
 * says so if it was damaged), or one that the caller keeps, whose graph is this one or another. Of
 * the same graph: before any file is added; then the index's numbers of files beyond the graph's
 * are their ids. */
struct index;
struct index_file;
void stamps_load(struct stamps *stamps, const char *path, const char **notice);
void stamps_adopt(struct stamps *stamps, const struct index *index, bool is_same_graph);
/* For the next index: was anything read that the index did not know; number of ids; what is known
 * of one. */
bool stamps_is_changed(const struct stamps *stamps);
/* The graph has more files: first those beyond it before, under the numbers that they have here. */
void stamps_grow(struct stamps *stamps);
uint32_t stamps_count(const struct stamps *stamps);
void stamps_export(struct stamps *stamps, uint32_t id, struct index_file *out);
/* The file whose times tell the file system's clock (made if absent); without it nothing is
 * settled. */
void stamps_probe(struct stamps *stamps, int fd);

#endif
