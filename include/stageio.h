/* stageio.h: how a stage program records what it used, made and cost.
 *
 *	stageio *io;
 *	if (stageio_open(&io, "asr", job_dir, 0) == STAGEIO_OK) {
 *		char *audio = NULL, *segments = NULL;
 *		stageio_get_input_path(&audio, io, "audio.wav", "demux");
 *		stageio_get_output_path(&segments, io, "segments.json");
 *		stageio_track_input(io, audio, "audio", STAGEIO_FIELDS(STAGEIO_STR("format", "wav")));
 *		...
 *		stageio_track_output(io, segments, "transcript", STAGEIO_FIELDS(STAGEIO_INT("segments", 12)));
 *		stageio_finalize(io, STAGEIO_SUCCESS, NULL, 0);
 *		stageio_free(audio);
 *		stageio_free(segments);
 *		stageio_close(io);
 *	}
 *
 * Under a runner (restage sets STAGEIO_EVENTS) every call is told to it, and the runner writes the
 * stage's logs and its manifest. Without one the library writes stage.log, manifest.json and the
 * pipeline log in the job's directory itself, in the same formats.
 *
 * Nothing here prints, ends the program, or changes a signal, a locale or the current directory. A
 * handle may be used from several threads; after a fork under a runner from both processes, without
 * a runner only from the parent. Link with -lstageio (pkg-config stageio, CMake stageio::stageio).
 *
 * Strings: texts are UTF-8 (other bytes become U+FFFD), paths are any bytes. What goes in is
 * copied. Every function that returns int gives STAGEIO_OK or one of the negative codes below. */
#ifndef STAGEIO_H
#define STAGEIO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define STAGEIO_API __attribute__((visibility("default")))
#define STAGEIO_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define STAGEIO_API
#define STAGEIO_PRINTF(text, first)
#endif

#define STAGEIO_LINE_MAX (1024 * 1024) /* bytes of one report to a runner, newline included */
#define STAGEIO_CHECKSUM_SIZE 42       /* "xxh3-128:", 32 hex digits, NUL */

typedef struct stageio stageio; /* one stage that is being recorded */

enum stageio_code {
	STAGEIO_OK = 0,
	STAGEIO_ENOMEM = -1, /* out of memory */
	/* an argument that cannot be: NULL, empty, not finite, twice the same name */
	STAGEIO_EINVAL = -2,
	STAGEIO_EJSON = -4, /* a STAGEIO_JSON field is no JSON value */
	/* a report would be longer than STAGEIO_LINE_MAX; nothing of it was sent */
	STAGEIO_ETOOLONG = -5,
	STAGEIO_ENOSTAGE = -6, /* the job has no directory of that stage */
	STAGEIO_EPLACE = -7, /* no stage or job given, neither as argument nor by the environment */
	/* a file or directory could not be used: see stageio_error_detail() */
	STAGEIO_ESYSTEM = -8,
	/* finalized as a success, but a tracked output does not exist: recorded as failed */
	STAGEIO_EOUTPUT = -9
};

/* One sentence for a code, never NULL, not to be freed. */
STAGEIO_API const char *stageio_strerror(int code);
/* What went wrong in this thread's last call that did not give STAGEIO_OK, with the path or name
 * that it is about; "" if there was none. Valid until the thread's next call. Never NULL. */
STAGEIO_API const char *stageio_error_detail(void);
/* "0.1.0" */
STAGEIO_API const char *stageio_version(void);

/* A named value: custom metadata of a file, a config item, a resource, an extra field of the
 * manifest. Made by the macros below, also in static initialisers; nothing is copied before the
 * call. */
enum stageio_kind {
	STAGEIO_KIND_STR,
	STAGEIO_KIND_INT,
	STAGEIO_KIND_NUM,
	STAGEIO_KIND_BOOL,
	STAGEIO_KIND_NULL,
	STAGEIO_KIND_JSON,
	STAGEIO_KIND_PATH,
	STAGEIO_KIND_LABEL
};

typedef struct stageio_field {
	const char *name;
	enum stageio_kind kind;
	const char *text;
	int64_t integer;
	double number;
} stageio_field;

/* clang-format off */
#define STAGEIO_STR(name, value)  {(name), STAGEIO_KIND_STR,  (value), 0, 0.0}
#define STAGEIO_INT(name, value)  {(name), STAGEIO_KIND_INT,  NULL, (int64_t)(value), 0.0} /* beyond 2^53: a string */
#define STAGEIO_NUM(name, value)  {(name), STAGEIO_KIND_NUM,  NULL, 0, (double)(value)}    /* not finite: "nan", "inf" */
#define STAGEIO_BOOL(name, value) {(name), STAGEIO_KIND_BOOL, NULL, (value) ? 1 : 0, 0.0}
#define STAGEIO_NULL(name)        {(name), STAGEIO_KIND_NULL, NULL, 0, 0.0}
#define STAGEIO_JSON(name, json)  {(name), STAGEIO_KIND_JSON, (json), 0, 0.0}  /* text of any JSON value */
#define STAGEIO_PATH(name, path)  {(name), STAGEIO_KIND_PATH, (path), 0, 0.0}  /* a file name, any bytes */
#define STAGEIO_LABEL(label)      {"label", STAGEIO_KIND_LABEL, (label), 0, 0.0} /* of a tracked file */
/* clang-format on */

#ifndef __cplusplus
/* The last two arguments of many calls: STAGEIO_FIELDS(STAGEIO_STR("format", "wav"),
 * STAGEIO_INT("n", 2)). In C++ name an array. Without fields: NULL, 0. */
#define STAGEIO_FIELDS(...) \
	(const stageio_field[]){__VA_ARGS__}, \
		sizeof((const stageio_field[]){__VA_ARGS__}) / sizeof(stageio_field)
#endif

/* Flags of stageio_open */
enum {
	/* Paths and logs only: no manifest. (A runner is still told of errors, warnings and the
	 * end.) */
	STAGEIO_NO_MANIFEST = 1,
	/* Without a runner, go on with a manifest that says `running` instead of beginning a new
	 * one, as the program `stageio` does: each of its calls is a process. The stage's directory
	 * is locked from the first call that records something to stageio_close. */
	STAGEIO_RESUME = 2
};

/* Begins to record a stage. stage_name: "asr", or "asr/ep1" for an instance; job_dir: the job's
 * directory, made if need be. Under a runner both are the runner's, whatever is given; without one,
 * NULL means STAGEIO_STAGE and STAGEIO_JOB_DIR. The stage's directory is job_dir/NN_stage_name; if
 * there is none, it gets the number after the highest. Without a runner stage.log starts empty and
 * manifest.json says `running` until stageio_finalize. *out is NULL on failure; otherwise the
 * caller owes stageio_close. */
STAGEIO_API int stageio_open(
	stageio **out, const char *stage_name, const char *job_dir, unsigned flags);
/* Frees the handle; NULL is fine. A stage that was not finalized stays `running`, which readers
 * take for interrupted. */
STAGEIO_API int stageio_close(stageio *io);

/* Paths. *path is absolute, or NULL on failure; free it with stageio_free.
 *
 * Input: file `name` of another stage's directory. from_stage: "demux"; of a stage with instances
 * the one of this stage's own instance if there is such, or "demux/ep1". NULL: the nearest stage
 * before this one in whose directory the file exists, else the job's directory itself. The file
 * need not exist.
 * Output: file `name` in this stage's directory; under a runner in the directory from which it
 * takes the outputs of a stage that succeeded. Directories on the way are made; a name that leads
 * out of there is STAGEIO_EINVAL. */
STAGEIO_API int stageio_get_input_path(
	char **path, stageio *io, const char *name, const char *from_stage);
STAGEIO_API int stageio_get_output_path(char **path, stageio *io, const char *name);
STAGEIO_API void stageio_free(char *path); /* NULL is fine */

/* Files that the stage used or made. path: relative to the current directory; one of an output or
 * intermediate may also be relative to the place of stageio_get_output_path, which is looked at
 * first. type: "audio", "transcript" ... fields: custom metadata of any kind, kept in the manifest,
 * and at most one STAGEIO_LABEL. A file that is tracked again replaces what was said of it before.
 * Names path, type, event, size_bytes, file_count, exclude, view, view_command, checksum, label,
 * origin, mtime_ns, track, missing, executable, changed_during_run and changed_by_stage
 * (and retained and reason of intermediates) are the manifest's own: such a field is kept below
 * `meta`, and the stage gets a warning.
 * An input that does not exist is recorded as missing. An intermediate with retained = 0 is removed
 * when the stage succeeds; reason says why it exists or is kept. */
STAGEIO_API int stageio_track_input(
	stageio *io, const char *path, const char *type, const stageio_field *fields, size_t count);
STAGEIO_API int stageio_track_output(
	stageio *io, const char *path, const char *type, const stageio_field *fields, size_t count);
STAGEIO_API int stageio_track_intermediate(stageio *io, const char *path, int retained,
	const char *reason, const stageio_field *fields, size_t count);

/* What the stage was configured with. Items that were set before keep their value unless named
 * again. */
STAGEIO_API int stageio_set_config(stageio *io, const stageio_field *fields, size_t count);
STAGEIO_API int stageio_add_config(stageio *io, const stageio_field *field);

/* Facts for the manifest; the message is logged, too. exception_type and exception_detail may be
 * NULL. */
STAGEIO_API int stageio_add_error(
	stageio *io, const char *message, const char *exception_type, const char *exception_detail);
STAGEIO_API int stageio_add_warning(stageio *io, const char *message);

/* Log lines: to stage.log and, unless it is STAGEIO_DEBUG, the pipeline log. A message of several
 * lines becomes as many log lines. */
enum stageio_level {
	STAGEIO_DEBUG,
	STAGEIO_INFO,
	STAGEIO_WARNING,
	STAGEIO_ERROR
};

STAGEIO_API int stageio_log(stageio *io, enum stageio_level level, const char *message);
STAGEIO_API int stageio_logf(stageio *io, enum stageio_level level, const char *format, ...)
	STAGEIO_PRINTF(3, 4);
/* Lines below `level` are dropped. All are kept until it is called. */
STAGEIO_API int stageio_set_level(stageio *io, enum stageio_level level);

/* fraction: 0 to 1; message may be NULL. Shown live by a runner, recorded nowhere. */
STAGEIO_API int stageio_progress(stageio *io, double fraction, const char *message);
/* What the stage measured of itself (gpu_used, memory_mb ...): the manifest's resources. There
 * cost, costs and currency are the manifest's own, and are kept below `meta`. */
STAGEIO_API int stageio_resource(stageio *io, const stageio_field *fields, size_t count);
/* Money: amount (finite), currency ("USD"), what for ("api calls"), and of how much that is the
 * price: 1200, "tokens" (unit NULL: not said). Listed in resources.costs; resources.cost is their
 * sum as long as they share a currency. */
STAGEIO_API int stageio_cost(stageio *io, double amount, const char *currency, const char *what,
	double quantity, const char *unit);

/* A part of the stage: "load model". It lasts until the next call, which begins another part or,
 * with NULL, none; the end of the stage ends it, too. Listed in resources.phases, with its time,
 * the CPU that this process and the children it waited for used, and the most memory that one of
 * them had. */
STAGEIO_API int stageio_phase(stageio *io, const char *name);
/* The same of a part that ends now, and that the caller has measured. Negative: not known. */
STAGEIO_API int stageio_phase_took(
	stageio *io, const char *name, double seconds, double cpu_seconds, double memory_mb);

enum stageio_status {
	STAGEIO_SUCCESS,
	STAGEIO_FAILED,
	STAGEIO_SKIPPED /* field "reason" says why */
};

/* How the stage ended, with extra fields for the manifest; those with names that the manifest has
 * of its own (command, inputs ...) are kept below `meta`, with a warning. Without a runner outputs
 * and intermediates are hashed now; a success whose outputs do not all exist is recorded as failed
 * and gives STAGEIO_EOUTPUT. Logging is possible afterwards; a further finalize replaces the status
 * and adds to the fields. */
STAGEIO_API int stageio_finalize(
	stageio *io, enum stageio_status status, const stageio_field *fields, size_t count);

/* The checksum of a file or directory as manifests have it: XXH3-128, which guards against
 * accidents, not against someone who chooses the bytes. */
STAGEIO_API int stageio_checksum(char text[STAGEIO_CHECKSUM_SIZE], const char *path);

#ifdef __cplusplus
}
#endif

#endif
