/* Two runs of a job, or two jobs of a pipeline, beside each other: what ran, what each stage was
 * made of, what it made, time and sizes.
 *
 * A run is known by its record. Of a stage that was up to date in it, what it was made of is that
 * of its last success before, as the records of earlier runs have it. A job is known by the
 * manifests in its directory. Files are matched by their place in the job, so that two jobs, or a
 * job before and after a renumbering, can be compared. */
#ifndef VIEW_COMPARE_H
#define VIEW_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/map.h"

struct arena;
struct graph;
struct past_run;
struct past_entry;

enum compare_state {
	COMPARE_ABSENT, /* the side has no such stage, or did not come to it */
	COMPARE_RAN,
	COMPARE_FAILED,
	COMPARE_FRESH,
	COMPARE_SKIPPED,
	COMPARE_BLOCKED,
	COMPARE_RUNNING, /* it had not ended */
};

struct compare_file {
	const char *key;  /* its place, free of the job's directory and of stage numbers */
	const char *path; /* as recorded */
	struct digest sum;
	uint64_t size;
};

struct compare_stage {
	const char *name;
	enum compare_state state;
	/* of the attempt that the rest is about, which may be one of an earlier run; is_known:
	 * there is one */
	bool is_known;
	const char *run;
	double seconds, memory_mb, cpu_seconds; /* negative: not known */
	uint64_t output_bytes;
	int exit_code;                        /* -1: none */
	const char *command, *command_digest; /* NULL: not known */
	const char *env_digest;               /* of a run: all of it */
	/* objects or NULL; env: digests by name, of a job */
	const json *config, *tools, *env, *metrics;
	/* checksum over what the record does not list, or NULL */
	const char *inputs_more, *outputs_more;
	struct compare_file *inputs, *outputs;
	uint32_t input_count, output_count;
};

struct compare_side {
	const char *name; /* of the run or job */
	const char *job_dir;
	int64_t begin_ns;             /* of a run; 0: not known */
	const char *outcome;          /* of a run that ended, or NULL */
	double seconds;               /* of a run */
	const json *totals;           /* of a run that ended, or NULL */
	struct compare_stage *stages; /* owned */
	uint32_t stage_count, stage_cap;
	struct map by_name;
};

enum compare_kind {
	COMPARE_CONFIG,
	COMPARE_ENV,
	COMPARE_TOOL,
	COMPARE_COMMAND,
	COMPARE_INPUT,
	COMPARE_OUTPUT,
	COMPARE_METRIC,
};

struct compare_change {
	enum compare_kind kind;
	const char *about; /* the key, variable, tool or file; NULL for the command or all of env */
	const char *before, *after; /* NULL: it was not there; "" where only a change is known */
	uint64_t size_before, size_after; /* of files */
};

/* A stage of one side or both. */
struct compare_pair {
	const char *name;
	/* never NULL; state COMPARE_ABSENT where there is none */
	const struct compare_stage *a, *b;
	struct compare_change *changes; /* owned */
	uint32_t change_count, change_cap;
};

struct compare {
	bool is_of_jobs;
	struct compare_side a, b;
	struct compare_pair *pairs; /* in the order of the definition, then what it has no more */
	uint32_t pair_count;
	/* owned */
	struct past_run **logs;
	json **documents;
	uint32_t log_count, log_cap, document_count, document_cap;
};

/* Reads the records of two runs (places in entries) and what they need of earlier ones. */
int compare_runs(struct arena *arena, const struct graph *graph, const struct past_entry *entries,
	uint32_t count, uint32_t a, uint32_t b, struct compare *out, struct err *err);
/* Reads the manifests of two jobs: "out/NAME". */
int compare_jobs(struct arena *arena, const struct graph *graph, const char *a, const char *b,
	struct compare *out, struct err *err);
void compare_free(struct compare *diff); /* what the arena does not hold */

/* Did the stage do something in one of the two runs, or is it other than before? */
bool compare_is_of_interest(const struct compare *diff, const struct compare_pair *pair);

void compare_text(struct buf *out, const struct compare *diff, bool color);
void compare_json(struct buf *out, const struct compare *diff); /* schema restage.diff/1 */

/* For the files of this part. */
void compare_sides(struct arena *arena, const struct graph *graph, struct compare *diff);
/* The stage of that name, added if it is new; the pointer holds until the next is added. */
struct compare_stage *compare_side_stage(struct compare_side *side, const char *name);
double compare_cpu_seconds(const json *resources); /* negative: not known */
const char *compare_key(struct arena *arena, const char *job_dir, const char *path);
const char *compare_state_name(enum compare_state state); /* "ran", "up_to_date" ... */
const char *compare_kind_name(enum compare_kind kind);    /* "config" ... */

#endif
