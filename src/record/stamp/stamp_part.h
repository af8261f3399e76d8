/* The parts of stamp.h, for its own files only: stamp.c keeps the stamps, stamp_ask.c has the
 * requests that workers answer, stamp_read.c looks at files, stamp_tree.c at what
 * directories were. */
#ifndef RECORD_STAMP_PART_H
#define RECORD_STAMP_PART_H

#include "base/arena.h"
#include "base/content_watch.h"
#include "base/err.h"
#include "base/map.h"
#include "base/workers.h"
#include "record/stamp/stamp.h"

/* Below this a file is hashed at once: handing it to a worker costs more than reading it. */
#define INLINE_BYTES ((uint64_t)WORTH_A_WORKER(256 * 1024))
/* A worker reads so much of a file, then the next request has its turn. */
#define PART_BYTES ((uint64_t)64 << 20)

/* How a file is read. */
struct reading {
	const char *path;
	const char *exclude; /* what is left out of a directory; NULL: nothing */
	/* of a directory as it was once, in this boot: what is still as it was then is not read */
	struct digest known;
	const char *trees; /* where listings lie */
	int64_t probe_ns;
	int state_fd; /* see stamps_keep_trees */
	/* takes the content's name; NULL: it is not wanted */
	struct content_slot *slot;
};

/* The name of a file's content. It goes with one stat and one digest. */
struct content_slot {
	struct content is;
	struct fs_stat stat; /* of what is not there its type alone */
	struct digest sum;
	uint64_t bytes;
	uint32_t files;
	bool is_known;
	bool is_wanted, is_needed; /* when it is read; it is read for this */
};

struct extra { /* a file beyond the graph's */
	const char *path, *exclude;
};

struct hashing { /* a request that a worker has */
	struct work work;
	struct reading how;
	uint32_t id;
	struct content_slot slot;
	struct content_watch watch;
	struct digest_file *file; /* of which a part has been read; NULL: not begun, or ended */
	uint64_t part_bytes;      /* how much the last part was */
	bool is_more;             /* to be submitted again */
	int attempts;             /* readings that a change of the file made useless */
	struct stamp result;
	struct err err;
	uint32_t *waiters;
	uint32_t waiter_count, waiter_cap;
	struct hashing *next;
};

struct stamps {
	const struct graph *graph;
	struct workers *workers;
	struct stamp *items;
	bool *absent;         /* by file of the graph; NULL: none is */
	bool *lent;           /* the same */
	struct stamp **spent; /* by file of the graph: what it counts as; NULL: none is */
	uint32_t count, cap;
	uint32_t known;      /* files of the graph, as far as they are taken in */
	struct arena arena;  /* paths beyond the graph's, error texts */
	struct extra *extra; /* ids from file_count on */
	uint32_t extra_cap;
	/* path, or with what is left out of it (see with_exclude) -> id; made when first asked */
	struct map paths;
	bool is_mapped;
	const char **errors; /* by id, up to error_cap */
	uint32_t error_cap;
	const struct index *index; /* what was known before; NULL: nothing */
	struct index *own_index;   /* the same if it was read here */
	bool is_same_graph;        /* the index's files have the numbers of this graph's */
	struct map indexed;        /* path -> number in the index; made when first asked */
	bool is_indexed;
	bool is_changed;     /* something is known that the index does not hold */
	struct watch *watch; /* or NULL */
	int probe_fd;
	struct content_slots *contents; /* by id; NULL: none is wanted */
	const char *trees;              /* path of the job's listings of directories */
	struct last_tree *last_tree;    /* of them; NULL: none was asked for */
	int state_fd; /* of the job's .restage, where listings are kept; -1: they are not */
	/* the file system's clock when last asked; 0: not known, nothing is settled */
	int64_t probe_ns;
	struct hashing *pending;
	size_t pending_count;
	bool is_ending;                   /* nobody waits any more */
	uint64_t asked_bytes, read_bytes; /* since nothing was pending */
	void (*on_progress)(void *ctx);
	void *progress_ctx;
	void (*on_first_read)(void *ctx); /* NULL: it was called, or nobody asked for it */
	void *first_read_ctx;
	const struct fs_base *base; /* for looking at many; or NULL */
	void (*on_look)(void *ctx, uint32_t id);
	void *look_ctx;
	uint32_t plain_id; /* the last one that stamps_was_plain read, + 1; 0: none */
	struct digest plain_sum;
	uint32_t *waits; /* by waiter: requests that it still waits for */
	uint32_t waits_cap;
	uint32_t *ready; /* waiters that wait for nothing any more */
	uint32_t ready_count, ready_cap;
};

/* stamp_read.c: in any thread */

/* stat of a file; of a directory what stat says of everything in it that is not left out, folded to
 * the same form. base: as for fs_stat_below. */
int stamp_look(const struct fs_base *base, const char *path, const char *exclude,
	struct fs_stat *stat, struct err *err);
/* The same of a directory. */
int stamp_look_dir(const char *path, const char *exclude, tree_see *see, void *ctx,
	struct fs_stat *stat, struct err *err);
/* Has the file system's clock visibly moved on past its times at `probe`? 0: not known. */
bool stamp_is_settled(const struct fs_stat *stat, int64_t probe);
/* Reads the content, and looks again: what changed meanwhile is read again, up to three times; then
 * it is given as it came, unsettled, and whoever compares will see it differ again. */
int stamp_hash(const struct reading *how, struct stamp *stamp, struct err *err);
/* The next part of a large file, in the same manner. True: there is more of it. */
bool stamp_hash_part(struct hashing *h);

/* stamp_tree.c */
void stamps_trees_end(struct stamps *stamps);

/* stamp.c */
void stamps_add_key(struct stamps *stamps, uint32_t id); /* by which it is found */
struct reading stamps_reading(struct stamps *stamps, uint32_t id);
/* What was read now, after what was known before. */
void stamp_count_change(struct stamp *stamp, const struct stamp *before);
void stamps_set_error(struct stamps *stamps, uint32_t id, const char *text);
/* Asks the file system what time it is. */
void stamps_read_probe(struct stamps *stamps);
/* The same before contents are read that the index does not hold. */
void stamps_begin_reading(struct stamps *stamps);
/* STAMP_SEEN -> STAMP_HASHED if nothing needs to be read. */
bool stamps_from_index(struct stamps *stamps, uint32_t id);

/* stamp_content.c: where what is read of the file goes; NULL: its name is not wanted. Any thread,
 * while none is added. */
struct content_slot *stamps_content_slot(const struct stamps *stamps, uint32_t id);
/* The file has been read so. */
void stamp_set_content(struct content_slot *slot, const struct stamp *stamp);
/* The same of one that was read elsewhere. */
void stamps_put_content(struct stamps *stamps, uint32_t id, const struct content *is);
/* Is it read for its name alone, since that is asked for? Where names are asked for at all. */
bool stamps_needs_content(const struct stamps *stamps, uint32_t id);
void stamps_contents_end(struct stamps *stamps);

/* stamp_watch.c: is the directory surely what it was when it was walked last? */
bool stamps_is_quiet(struct stamps *stamps, uint32_t id);
/* stamp_look of a directory, which is watched from now on. */
int stamps_walk_watched(struct stamps *stamps, uint32_t id, struct fs_stat *stat, struct err *err);
void stamps_unwatch(struct stamps *stamps, uint32_t id); /* it is looked at in another way */
void stamps_watch_end(struct stamps *stamps);

/* stamp_ask.c: the request for a file that is under way, or NULL */
struct hashing *stamps_find_pending(const struct stamps *stamps, uint32_t id);

#endif
