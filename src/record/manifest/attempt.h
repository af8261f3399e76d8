/* One execution of a stage's command, as it goes into the manifest. */
#ifndef RECORD_ATTEMPT_H
#define RECORD_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/manifest_members.h"
#include "base/money.h"
#include "record/manifest/metrics.h"
#include "record/manifest/reason.h"
#include "record/manifest/record.h"

/* A file of the attempt. Strings are borrowed for as long as the attempt lives. */
struct attempt_file {
	const char *path; /* final path, relative to the root or absolute */
	const char *type;
	const char *label;  /* NULL for reported ones without */
	const char *reason; /* intermediates; may be NULL */
	struct digest sum;
	struct digest view; /* as in record_file */
	const char *view_command;
	uint64_t size;
	/* of a directory: how many files lie in it, and what was left out of them, or NULL */
	uint32_t files;
	const char *exclude;
	int64_t mtime_ns;
	uint8_t role, origin, track, flags; /* as in record_file */
	bool is_dir;                        /* and was read */
	bool is_update;                     /* updated in place */
	bool is_optional;
	struct span meta; /* pairs of the graph: declared custom metadata */
	/* the stage's report, with custom metadata among its members, or NULL; owned by the
	 * attempt */
	json *reported;
};

struct attempt_gpus {
	const char *ids;  /* of those that it had, with commas between; NULL: none */
	const char *used; /* names of those that it used, or "none"; NULL: nothing is known */
	/* busy seconds of all together, and their share of the attempt's time; negative: not
	 * known */
	double seconds, percent, memory_mb;
	bool is_of_device; /* this is of whatever ran on those that it had */
};

struct attempt_resources { /* negative: not known */
	double cpu_user_seconds, cpu_system_seconds, cpu_percent, memory_mb, read_mb, written_mb;
	struct attempt_gpus gpus;
};

extern const struct attempt_resources attempt_nothing_known;

/* Where it ran, if that was not here. */
struct attempt_executor {
	const char *kind;          /* "slurm"; NULL: here */
	const char *job_id, *host; /* NULL: not known */
	const char *lost;          /* what happened to its job, if that was lost; NULL */
	double queued_seconds;     /* negative: not known */
};

struct attempt_note { /* an error or a warning */
	int64_t wall_ns;
	const char *message;
	const char *exception_type, *exception_detail; /* errors; may be NULL */
};

struct attempt_cost {
	double amount;
	const char *currency; /* "": that of the others */
	const char *what;
	double quantity; /* of `unit`, NULL: not said */
	const char *unit;
};

/* The attempt whose results were restored from the shared cache; NULL: not known. */
struct attempt_origin {
	const char *run, *job, *pipeline, *stage, *host, *completed_at;
	double seconds;        /* that it took; negative: not known */
	const json *resources; /* that it used; an object; borrowed */
};

struct attempt {
	const struct graph *graph;
	uint32_t stage;
	uint32_t number; /* of the attempt in this run, from 1 */
	const char *run;
	int64_t started_ns, ended_ns; /* wall; ended 0 while running */
	double duration_seconds;      /* monotonic */
	enum record_status status;
	const char *skip_reason; /* RECORD_SKIPPED */
	const char *command;     /* as run, with final paths */
	int exit_code;           /* -1: none */
	int signal;              /* 0: none */
	bool is_interrupted;     /* a failed one: by a signal to the run */
	/* no command ran: its results were there already; NULL: one did */
	const struct attempt_origin *restored;
	struct record_key_set key;
	bool has_key; /* false for a disabled stage */
	const struct reason *reasons;
	uint32_t reason_count;
	struct attempt_file *files; /* inputs, outputs, intermediates, in this order */
	uint32_t file_count;
	const char *const *version_outputs; /* in order of stage.versions */
	const char *container; /* the engine that ran it in the stage's container; NULL: none did */
	struct attempt_resources resources;
	struct attempt_executor executor;
	json *reported_resources; /* object or NULL: merged into resources; owned */
	json *reported_config;    /* object or NULL: merged into config; owned */
	json *extra; /* object or NULL: finalize's extra fields and unknown ones; owned */
	struct attempt_cost *costs;
	uint32_t cost_count;
	struct money money;     /* their sums, with what [prices] makes of what was used */
	struct metrics metrics; /* owned */
	struct attempt_note *errors, *warnings; /* the latter: the first MANIFEST_WARNINGS_MAX */
	uint32_t error_count;
	uint64_t warning_count; /* of all */
	const char *const *untracked;
	uint32_t untracked_count;
	json *last_success; /* object or NULL: for an attempt that is no success; owned */
};

static inline uint32_t attempt_warnings_kept(const struct attempt *attempt)
{
	return attempt->warning_count < MANIFEST_WARNINGS_MAX ? (uint32_t)attempt->warning_count
							      : MANIFEST_WARNINGS_MAX;
}

/* One that begins now, of which nothing is known yet. */
struct attempt attempt_begin(
	const struct graph *graph, uint32_t stage, uint32_t number, const char *run);
void attempt_free_json(struct attempt *attempt); /* the owned trees */

/* Members of the manifest by themselves, for the run record: each with its name. */
void manifest_write_config(struct json_writer *w, const struct attempt *attempt);
/* "reported_config" and "conflicting_config", as far as there is such. */
void manifest_write_reported_config(struct json_writer *w, const struct attempt *attempt);
/* Does what a stage reports of its config mean what was declared? */
bool config_is_as_declared(const char *declared, const json *value);
void manifest_write_origin(struct json_writer *w, const struct attempt_origin *origin);
void manifest_write_tools(struct json_writer *w, const struct attempt *attempt);
void manifest_write_resources(struct json_writer *w, const struct attempt *attempt);
/* Is it, of these, one that the runner measures? The others are what the stage reported. */
bool manifest_is_measured(const char *name);
/* "executor", of an attempt that ran elsewhere; else nothing. */
void manifest_write_executor(struct json_writer *w, const struct attempt *attempt);
/* "reasons": [{"code": "input_changed", "about": "in/a.mp4", "message": "input in/a.mp4 changed"}]
 */
void manifest_write_reasons(struct json_writer *w, const struct reason *reasons, uint32_t count);
void manifest_write_notes(struct json_writer *w, const char *key, const struct attempt_note *notes,
	uint32_t count, bool is_error);

/* Its text, all members (schema restage.manifest/1: the essay is in manifest.c). */
void manifest_format(const struct attempt *attempt, struct buf *out);
/* The last_success member for an attempt that follows the manifest at `<dir>/manifest.json`: that
 * manifest itself if it says success (cut to what judging needs), else the last_success it holds;
 * NULL if there is neither. Caller owns. */
json *manifest_last_success(const char *dir);
/* The text of a manifest that says again what its last success did, with the attempt that failed
 * since as last_failure. False if it says success, or never did. */
bool manifest_restored(const char *dir, struct buf *out);

#endif
