/* The manifest of a stage with foreach, in the directory that holds those of its instances: what
 * they are and made, summed up. It is there for people and programs that read the manifests of all
 * stages; nothing is judged by it. It has the members of the logging architecture and
 *
 *   instances  how many there are ("total"), and how many of each status ("not_run": of none)
 *
 * Files stand once for each label (those that stages reported: for each type by their ending), and
 * where they differ by instance with '*' for what differs, the number of those that are there
 * ("files") and the bytes of all. Times are of the manifests of the instances, duration_seconds is
 * what all of them took. config has what is the same for all. */
#ifndef RECORD_SUM_H
#define RECORD_SUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "record/manifest/record.h"

struct attempt_note;

struct sum_instance {
	uint32_t stage;
	enum record_status status; /* of its last attempt */
	double seconds;            /* negative: not known */
	int64_t written_ns;        /* its manifest; 0: there is none */
};

/* An output that a stage reported, and the definition does not know. */
struct sum_output {
	const char *path, *type;
	uint64_t bytes;
};

struct sum {
	const struct graph *graph;
	const struct sum_instance *instances; /* at least one; all of one declaration */
	uint32_t count;
	const char *dir; /* of the declaration */
	const struct sum_output *outputs;
	uint32_t output_count;
	const struct attempt_note *errors, *warnings;
	uint32_t error_count, warning_count;
	/* by file of the graph, zero at first and then this function's own; turn: 0 for the first
	 * sum for which it is used, 1 for the next */
	uint32_t *seen, turn;
	/* The size of a file of the graph; false if it is not there. */
	bool (*size)(void *ctx, uint32_t file, uint64_t *bytes);
	void *ctx;
};

void sum_format(const struct sum *sum, struct buf *out);
/* Is it one of these, and no manifest of an attempt? */
bool sum_is(const json *manifest);

#endif
