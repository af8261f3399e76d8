/* What the successes of a job's stages rest on, in the form of the index: gathered while a run goes
 * on, from the index before, from manifests that were read, and from those that were written. */
#ifndef RECORD_RECORDED_H
#define RECORD_RECORDED_H

#include <stdbool.h>
#include <stdint.h>

#include "record/index/index.h"

struct record_file;
struct stamps;

/* All zero before recorded_begin. */
struct recorded {
	const struct graph *graph;
	struct index_stage *stages; /* by stage */
	struct version *versions;   /* each once */
	uint32_t *uses;
	uint32_t version_count, version_cap, use_count, use_cap;
	uint32_t *latest; /* by file: its version that was added last, + 1 */
	uint32_t latest_cap;
};

/* A success as its manifest has it, which tells of nothing after it. */
struct recorded_success {
	const struct record_file *files; /* inputs, outputs, intermediates, in this order */
	uint32_t file_count;
	struct digest key;       /* key_all */
	struct fs_stat manifest; /* of the file, from a moment when it held this */
	double seconds;
	int64_t completed_ns;
	bool has_warnings, is_skip;
};

/* Is it made, and judged like a declared output, though it is none: it was reported, or it is an
 * intermediate that is kept, as long as another stage uses that (lent.h). */
bool recorded_is_further(const struct graph *graph, uint32_t stage, const struct record_file *file);

/* Begins with what an index of this graph holds, or (NULL) with nothing. */
void recorded_begin(
	struct recorded *recorded, const struct graph *graph, const struct index *index);
/* Takes a stage's success. One that does not have the inputs that the stage has now is none that
 * the index could hold. */
void recorded_set(struct recorded *recorded, struct stamps *stamps, uint32_t stage,
	const struct recorded_success *success);
/* Drops what no stage uses any more; numbers change. */
void recorded_compact(struct recorded *recorded);
/* The graph has more stages than `old`; those that are others now have no success as yet. */
void recorded_grow(struct recorded *recorded, uint32_t old, const bool *changed);
void recorded_free(struct recorded *recorded);

#endif
