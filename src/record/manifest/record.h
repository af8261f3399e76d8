/* What happened before: the record of a stage, read from its manifest (or from the index).
 *
 * Paths in a manifest are where things lay when it was written. A record gives them as they are
 * now: those below the recorded stage's directory, or below another numbered stage directory of the
 * same job, are moved along with it (stage_dir in the manifest says where that was). So renumbering
 * a stage, and renaming, moving or copying a job, changes nothing in its records. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/money.h"
#include "model/graph/graph.h"
#include "record/manifest/reason.h"

enum record_status {
	RECORD_NONE,    /* there is no manifest */
	RECORD_RUNNING, /* an attempt began and did not end */
	RECORD_SUCCESS,
	RECORD_FAILED,
	RECORD_SKIPPED,    /* disabled, or the stage said so itself */
	RECORD_UNREADABLE, /* damaged, of a newer schema, of another stage */
};

/* The whole identity: the parts that the definition fixes, and what is known only when judged. */
enum record_key {
	RECORD_KEY_COMMAND = KEY_COMMAND,
	RECORD_KEY_CONFIG = KEY_CONFIG,
	RECORD_KEY_ENV = KEY_ENV, /* with the values in pass_env */
	RECORD_KEY_INPUTS = KEY_INPUTS,
	RECORD_KEY_DEFINITION = KEY_DEFINITION,
	RECORD_KEY_TOOLS, /* outputs of the version commands */
	RECORD_KEY_COUNT,
};

struct record_key_set {
	struct digest part[RECORD_KEY_COUNT];
};

#define RECORD_FILE_MISSING 1u     /* an optional file that was absent */
#define RECORD_FILE_NO_SUM 2u      /* content was not read (track = time or exists) */
#define RECORD_FILE_CHANGED 4u     /* an input that changed while the stage ran: never up to date */
#define RECORD_FILE_RETAINED 8u    /* intermediate that was kept */
#define RECORD_FILE_EXECUTABLE 16u /* by its owner ... */
#define RECORD_FILE_PLAIN 32u      /* ... or not; neither: not known */
#define RECORD_FILE_OWN 64u        /* an input that the stage itself changes: never compared */

struct record_file {
	const char *path; /* as it is now, normalised, relative to the root or absolute */
	const char *label;
	const char *exclude; /* what was left out of a directory; NULL: nothing */
	struct digest sum;
	struct digest view;       /* of what its view printed ... */
	const char *view_command; /* ... which was this; NULL: it had none, or that failed */
	uint64_t size;
	int64_t mtime_ns;
	uint8_t role;   /* enum file_role */
	uint8_t origin; /* enum file_origin */
	uint8_t track;  /* enum file_track */
	uint8_t flags;  /* RECORD_FILE_* */
};

struct record_value {
	const char *name,
		/* config: JSON text of the value, a string's without quotes; env: digest; tools:
		 * output */
		*value;
	bool is_reported; /* config only: by the stage, not declared */
};

/* What was taken for granted without a run: see `accept`. */
struct record_accepted {
	const char *at;  /* NULL: nothing was */
	const char *was; /* the stage was called so; NULL: as now */
	bool is_adopted; /* no attempt made the outputs */
	const struct reason *reasons;
	uint32_t reason_count;
};

/* The part that an attempt is judged by; a failed or interrupted one keeps that of the last
 * success. */
struct record_success {
	bool is_known;
	uint32_t format; /* of the key as it is written: see key.h */
	bool is_skip;    /* the stage itself said that there is nothing to make */
	struct record_key_set key;
	const struct record_file *files; /* inputs, outputs, intermediates, in this order */
	uint32_t file_count;
	const struct record_value *config, *env, *tools;
	uint32_t config_count, env_count, tool_count;
	const char *command; /* as run */
	const char *dir;     /* where, as settings have it; "": in the root */
	const char *image;   /* of its container, as it was called; NULL: it ran in none */
	const char *run;     /* id of the run */
	const char *completed_at;
	double duration_seconds; /* of the command, wherever it ran */
	double memory_mb;
	struct record_accepted accepted;
	/* where its results are from, its texts NULL where not known; NULL: it ran here */
	const struct attempt_origin *restored;
};

struct record {
	enum record_status status;
	const char *why_unreadable; /* RECORD_UNREADABLE only: one line */
	/* what to judge by: this attempt's if status is success, else the last success's */
	struct record_success success;
	/* of the last attempt, whatever came of it */
	const char *run, *timestamp, *completed_at;
	const char *failure_run; /* of the attempt that failed after this success; NULL: none did */
	const char *skip_reason; /* RECORD_SKIPPED, or NULL */
	double duration_seconds;
	const struct money *costs; /* NULL: none */
	int exit_code;             /* -1: none */
	bool has_moved;            /* the manifest names places of before: see places.h */
	bool is_interrupted;       /* RECORD_FAILED: a signal to the run ended it */
	uint32_t attempt;
	const struct reason *reasons; /* why it ran */
	uint32_t reason_count;
	uint64_t warning_count;      /* of all; their messages as far as they are listed: */
	const char *const *warnings; /* warnings_listed of them */
	uint32_t warnings_listed;
	struct fs_stat manifest; /* of the file, from before it was read; type 0: there is none */
	/* of the last attempt, inputs, outputs, intermediates, in this order */
	const struct record_file *files;
	uint32_t file_count;
	/* paths below the stage's directory that the attempt left there untracked */
	const char *const *untracked;
	uint32_t untracked_count;
};

/* Was the last attempt no success, so that it may have left something half done? */
static inline bool record_is_failed(const struct record *record)
{
	return record->status == RECORD_FAILED || record->status == RECORD_RUNNING;
}

/* The run that wrote the stage's log; NULL: not known. is_kept: the log of the last success lies
 * beside it, under its own name. */
static inline const char *record_log_run(const struct record *record, bool is_kept)
{
	if (record_is_failed(record))
		return record->run;
	return is_kept ? record->failure_run : record->success.run;
}

/* When that was; 0: not known. */
int64_t record_completed_ns(const struct record_success *success);
/* From when its age counts: then, or when it was accepted as what it would be. */
int64_t record_age_ns(const struct record_success *success);

/* Reads the stage's manifest. A missing one is RECORD_NONE, a damaged one RECORD_UNREADABLE:
 * neither is an error. Everything is put in the arena. -1 only if the disk fails. `dir` is where
 * the stage's directory is now (stage.dir, or its place before it is renumbered). */
int record_load(struct arena *arena, const struct graph *graph, uint32_t stage, const char *dir,
	struct record *out, struct err *err);
/* The same as a record of its own, or as the one that stages without a manifest share; NULL for
 * -1. */
const struct record *record_get(struct arena *arena, const struct graph *graph, uint32_t stage,
	const char *dir, struct err *err);
extern const struct record record_none;
/* The same from text; `name` for messages. */
void record_parse(struct arena *arena, const struct graph *graph, uint32_t stage, const char *dir,
	const char *text, uint64_t len, struct record *out);

#endif
