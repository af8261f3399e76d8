/* Reading run records, logs/99_pipeline_<run>.jsonl: what happened in a run, as a model that grows
 * with the file. The essay on the format is in runrecord.c.
 *
 * A record that is torn, or has events or members that this program does not know, is read as far
 * as it goes. Names of files are as they are on disk (not escaped). Times are seconds since the run
 * began. */
#ifndef RECORD_RUNS_PAST_H
#define RECORD_RUNS_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/money.h"
#include "base/table.h"

struct graph;

enum past_state {
	/* for its next attempt (text: why the last one failed), or only named so far */
	PAST_WAITING,
	PAST_RUNNING,
	PAST_DONE,
	PAST_FAILED,
	PAST_FRESH,
	PAST_SKIPPED,
	PAST_BLOCKED,
};

#define PAST_STATES (PAST_BLOCKED + 1)

struct past_file {
	const char *path;  /* relative to the root, or absolute */
	struct digest sum; /* zero: not known */
	uint64_t size;     /* bytes */
	int64_t mtime_ns;  /* 0: missing */
};

struct past_sample {
	double at;
	double memory_mb, cpu_percent; /* negative: not known */
	double gpu_percent, gpu_memory_mb;
};

/* One execution of a stage. */
struct past_attempt {
	const char *stage;
	uint32_t stage_index;  /* in past_run.stages */
	uint32_t number;       /* from 1 */
	double start, end;     /* end < 0: it did not end */
	double seconds;        /* measured by the run itself; negative: not known */
	double before_seconds; /* how long the stage took when it last ran; negative: not known */
	enum past_state state; /* RUNNING, DONE or FAILED */
	bool will_retry, is_interrupted, is_allowed;
	int exit_code;          /* -1: none */
	int signal;             /* 0: none */
	const char *command;    /* NULL: none */
	const char *dir;        /* where it ran; NULL: in the root */
	const char *job, *host; /* elsewhere; NULL: here, or not known */
	const char *text;       /* one line of what went wrong, or NULL */
	/* nodes of the record, borrowed, NULL where the attempt has none: an array of objects of
	 * code, about (names in it are escaped as name.h says) and message; objects; an array of
	 * strings */
	const json *reasons, *resources, *config, *tools, *metrics, *tail;
	const json *restored; /* the same: where its results come from, if no command ran */
	const char *command_digest, *env_digest; /* "xxh3-128:...", or NULL */
	struct past_file *inputs, *outputs;
	uint32_t input_count, output_count;
	/* files that the record counts, but does not name, and */
	uint64_t inputs_more, outputs_more;
	const char *inputs_more_sum, *outputs_more_sum; /* ... a checksum over them, or NULL */
	struct past_sample *samples;
	uint32_t sample_count, sample_cap;
	double warnings;           /* their number; negative: not known */
	const struct money *costs; /* NULL: none */
};

struct past_stage {
	const char *name;
	enum past_state state;
	const char *text;       /* why it was skipped, what blocked it, why it failed; or NULL */
	double fraction;        /* last progress; negative: not known */
	const char *progress;   /* what it said of its progress, or NULL */
	bool is_queued;         /* WAITING: for its turn elsewhere, */
	const char *job;        /* as this job there, or NULL */
	const char *queued_for; /* for this, or NULL: not known */
	uint32_t last_attempt;  /* index, or NONE */
	uint64_t warning_count;
};

/* A line of StageIO, a warning, a notice, or a signal. */
struct past_note {
	double at;
	const char *stage; /* NULL: about the run itself */
	const char *level; /* "DEBUG", "INFO", "WARNING", "ERROR" */
	const char *text;
};

struct past_run {
	const char *run, *pipeline, *job, *version, *host;
	const char *root; /* absolute */
	const char *log;  /* of the pipeline log, relative to the root */
	int64_t begin_ns; /* wall */
	long pid;
	uint32_t selected, definition_stages;
	struct past_stage *stages; /* in the order in which the record names them */
	uint32_t stage_count;
	struct past_attempt *attempts; /* in the order of their starts */
	uint32_t attempt_count;
	struct past_note *notes;
	uint32_t note_count;
	double last_at;                       /* of the last event that was read */
	uint64_t hashed_bytes, hashing_bytes; /* of the last hashing event */
	bool has_begun; /* there was a run_begin that this program understands */
	/* there was a run_end: else it runs still, or was killed (past_is_alive) */
	bool has_ended;
	const char *outcome; /* "success", "failed", "interrupted", "error"; NULL before the end */
	const char *error;   /* what of the world failed, or NULL */
	double seconds;      /* of the whole; last_at while it has not ended */
	const json *totals;  /* the run_end event, or NULL */
	uint32_t bad_lines;  /* lines that are no event: damaged ones */
};

/* Reads a whole record. What the model holds lives in the arena, the model itself and its JSON
 * nodes until past_done. A record in which nothing stands yet is that of a run that has said
 * nothing. -1 with err filled if the file cannot be read, or if it is the record of no run or of a
 * version that this program does not know. */
int past_read(struct arena *arena, const char *path, struct past_run **out, struct err *err);
void past_done(struct past_run *log); /* gives back what the arena does not hold; NULL is fine */

/* The job as it was made, as if it were one run: the last success of each stage, by its manifest.
 * It has no id (run is NULL). dirs, by stage: where its directory is. Then past_done; NULL with err
 * if a manifest cannot be read. */
struct past_run *past_made(
	struct arena *arena, const struct graph *graph, const char *const *dirs, struct err *err);

/* The same piece by piece, for those who follow a run. */
struct past_reader;

struct past_reader *past_reader_new(struct arena *arena); /* never NULL */
/* Bytes as they come; lines may be torn between two calls. True if the model has changed. */
bool past_feed(struct past_reader *reader, const char *data, size_t len);
/* The model, always the same pointer; its arrays may move with every past_feed. */
const struct past_run *past_model(const struct past_reader *reader);
void past_reader_free(struct past_reader *reader); /* and the JSON nodes of its model */

/* Does the process that writes the record live, as far as /proc tells? Never of a record with an
 * end, nor of one of another host, of which nothing is known. Without an end and not alive: it was
 * killed. */
bool past_is_alive(const struct past_run *log);

/* Adds what the run cost, so far if it has not ended; also of a record that is not read. */
void past_costs(const struct past_run *log, struct money *costs);
void past_costs_of(const char *record_path, struct money *costs);

/* "success", "failed", "interrupted", "error"; without an end "running" or "killed" (is_alive: as
 * past_is_alive says) */
const char *past_outcome(const struct past_run *log, bool is_alive);

/* Is the line of a record this event? Looks at its first member only. */
bool past_line_is(const char *line, size_t len, const char *event);

/* A stage of the model by its name; NONE. */
uint32_t past_stage_find(const struct past_run *log, const char *name);

/* The runs of a job, by the names of the files in its logs. */
struct past_entry {
	const char *run;         /* "20251127_140915", "20251127_140915_2" */
	const char *log_path;    /* relative to the root; NULL if there is none */
	const char *record_path; /* the same */
	int64_t begin_ns; /* when it began; to tell which was first, within a day of the truth */
};

/* Those of a job's directory, "out/<job>", oldest first by the time with offset that they recorded:
 * every run that left a log or a record. A missing directory is no error. */
int past_list(struct arena *arena, const char *job_dir, struct past_entry **out, uint32_t *count,
	struct err *err);
/* By its whole id, "last", "last~1" (the one before it), or a prefix that only one has. NULL if
 * there is none such, or several: *is_ambiguous (may be NULL) tells. */
const struct past_entry *past_find(
	const struct past_entry *entries, uint32_t count, const char *id, bool *is_ambiguous);
/* The same; err says why there is none, and which run of the job is meant perhaps. */
const struct past_entry *past_pick(const struct past_entry *entries, uint32_t count,
	const char *job, const char *id, struct err *err);

/* Has the text the form of a run's id? */
bool past_is_id(const char *text);

#endif
