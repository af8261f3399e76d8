/* Judging: is a stage up to date, or must it run and why? There is one judge, which run, run -n,
 * status, why, replay and accept ask.
 *
 * Three steps: look (judge_files says at what), key (record/manifest/key.h), verdict. A stage is up
 * to date when its last success has its key as it is now, and each file that it rests on is what
 * was recorded of it (same.h). What is recorded of the last success is had from the manifest, or
 * from the index, which holds the same in a form that is judged where it lies; reasons need the
 * manifest. Both are walked by the same function.
 *
 * It reads no file, but to name what differs in a directory, and no clock; of the surroundings only
 * variables that are part of an identity. It may add ids to the stamps, for files that only the
 * record knows. */
#ifndef RECORD_JUDGE_H
#define RECORD_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/manifest/reason.h"
#include "record/manifest/record.h"

struct index;
struct stamps;
struct views;

struct judge {
	const struct graph *graph;
	struct stamps *stamps;
	/* Did it run in this run (for upstream_ran)? NULL: none did. */
	bool (*has_run)(const void *ctx, uint32_t stage);
	const void *ctx;
	/* Of the stage that is judged, in order of its versions; NULL: not asked. */
	const char *const *version_outputs;
	/* Temporary outputs that are gone are made again, for whom: in words; NULL: they need not
	 * be. */
	const char *made_for;
	struct views *views; /* see views.h; NULL: bytes count */
	/* Asks for the view of the file, which has that content: false if that is not known then.
	 * NULL: it is not asked for. */
	bool (*see)(void *ctx, uint32_t file, const struct digest *content);
	void *see_ctx;
	bool may_hope;       /* what is not known of views is told as unsure */
	int64_t now_ns;      /* by which results are too old; 0: none is */
	struct arena *arena; /* for what is given */
};

/* What is known of a stage's last success: one of the two. */
struct basis {
	const struct record *record; /* success.is_known */
	const struct index *index;   /* of this graph, and it has the stage recorded: see known.h */
};

struct verdict {
	struct reason *reasons; /* why not; arena */
	/* inputs whose bytes are others, and of which it is not known what their views print now:
	 * they are taken for the same */
	uint32_t *unsure;
	uint32_t reason_count, unsure_count;
	bool is_fresh;
};

/* The files at which to look: content for those in content[], stat alone for the others. In the
 * arena. */
struct judge_files {
	uint32_t *content, *seen; /* ids of stamps */
	size_t content_count, seen_count;
};
void judge_files(const struct judge *judge, uint32_t stage, const struct basis *basis,
	struct judge_files *out);

/* Is all as it was at the last success? `key` is the stage's identity now; its files have been
 * looked at. */
bool judge_is_same(const struct judge *judge, uint32_t stage, const struct basis *basis,
	const struct record_key_set *key);

/* The same with reasons: all differences, in the order of reason_code, at most 1,000 of one kind. A
 * disabled stage is fresh. `forced` adds REASON_FORCED. `is_interrupted`: a work directory without
 * a living owner was found. */
void judge_verdict(const struct judge *judge, uint32_t stage, const struct record *record,
	const struct record_key_set *key, bool forced, bool is_interrupted, struct verdict *out);

/* Directories of a record of key format 1, and of those that left nothing out of what is left out
 * of now, have another digest now: where it is still that of what is there, it is brought to this
 * one. Looks at them. */
void judge_adopt_trees(const struct graph *graph, uint32_t stage, struct stamps *stamps,
	const struct record *record);

/* The three steps at once, waiting for files to be read. Gives the key too. */
void judge_now(const struct judge *judge, uint32_t stage, const struct record *record, bool forced,
	bool is_interrupted, struct record_key_set *key, struct verdict *out);

#endif
