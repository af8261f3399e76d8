/* What may stand in {{...}}, a row each.
 *
 * A new one is its row here, and a case where values are filled in (load/expand_value.c); one that
 * stays in a command until its stage runs has a case in command.c, too. The compiler names the
 * switch that has none. */
#ifndef MODEL_PLACEHOLDER_H
#define MODEL_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* What may be named in a value. */
#define MAY_PARAMS 1u
#define MAY_PIPELINE 2u /* pipeline.name */
#define MAY_CONFIG 4u
#define MAY_ENV 8u
#define MAY_EACH 16u
#define MAY_STAGE 32u /* stage.name, stage.threads */
#define MAY_PLACE 64u /* root, job.dir, stage.number */
#define MAY_DIR 128u  /* stage.dir */
#define MAY_INPUT 256u
#define MAY_OUTPUT 512u /* and intermediates */
#define MAY_UPSTREAM 1024u
#define MAY_JOB 2048u     /* job.name */
#define MAY_ATTEMPT 4096u /* stage.attempt, stage.gpus */
#define MAY_TABLE 8192u   /* tables.NAME */
#define MAY_FILE 16384u   /* file */

#define MAY_GLOBALS (MAY_PARAMS | MAY_PIPELINE)
#define MAY_VALUES (MAY_GLOBALS | MAY_CONFIG | MAY_ENV | MAY_EACH | MAY_STAGE | MAY_JOB)

/* X(id, name, the MAY_ that it needs, what it is). With a dot at its end it is a family. Places and
 * files depend on where the job lies, and resources mean nothing for the result: they stay
 * placeholders in a command, and in an identity. */
#define PLACEHOLDERS(X) \
	X(STAGE_NAME, "stage.name", MAY_STAGE, VALUE) \
	X(STAGE_INSTANCE, "stage.instance", MAY_STAGE, VALUE) \
	X(STAGE_DIR, "stage.dir", MAY_DIR, PLACE) \
	X(STAGE_NUMBER, "stage.number", MAY_PLACE, PLACE) \
	X(STAGE_THREADS, "stage.threads", MAY_STAGE, PLACE) \
	X(STAGE_MEMORY, "stage.memory_mb", MAY_STAGE, PLACE) \
	X(STAGE_GPUS, "stage.gpus", MAY_ATTEMPT, PLACE) \
	X(STAGE_ATTEMPT, "stage.attempt", MAY_ATTEMPT, PLACE) \
	X(JOB_NAME, "job.name", MAY_JOB, VALUE) \
	X(JOB_DIR, "job.dir", MAY_PLACE, PLACE) \
	X(PIPELINE_NAME, "pipeline.name", MAY_PIPELINE, VALUE) \
	X(ROOT, "root", MAY_PLACE, PLACE) \
	X(VIEWED_FILE, "file", MAY_FILE, PLACE) \
	X(PARAM, "params.", MAY_PARAMS, VALUE) \
	X(CONFIG, "config.", MAY_CONFIG, VALUE) \
	X(ENV, "env.", MAY_ENV, VALUE) \
	X(EACH, "each.", MAY_EACH, VALUE) \
	X(TABLE, "tables.", MAY_TABLE, VALUE) \
	X(INPUT, "input.", MAY_INPUT, FILE) \
	X(OUTPUT, "output.", MAY_OUTPUT, FILE) \
	X(INTERMEDIATE, "intermediate.", MAY_OUTPUT, FILE)

#define PLACEHOLDER_ID(id, ...) PLACEHOLDER_##id,

enum placeholder {
	/* {{STAGE.LABEL}}, by its form: any other with a dot */
	PLACEHOLDERS(PLACEHOLDER_ID) PLACEHOLDER_UPSTREAM,
	PLACEHOLDER_UNKNOWN,
};

enum placeholder_is {
	PLACEHOLDER_IS_VALUE,
	PLACEHOLDER_IS_PLACE, /* or a resource */
	PLACEHOLDER_IS_FILE,  /* of this stage */
};

struct placeholder_row {
	const char *name;
	unsigned need;
	enum placeholder_is is;
};

/* Of all but PLACEHOLDER_UNKNOWN; that of another stage's files has no name. */
extern const struct placeholder_row placeholder_table[PLACEHOLDER_UNKNOWN];

enum placeholder placeholder_find(const char *name, size_t len);
/* Does {{head.x}} mean something else than a stage's file, whatever x is? */
bool placeholder_is_reserved(const char *head, size_t len);

static inline bool placeholder_is_file(enum placeholder id)
{
	return id < PLACEHOLDER_UNKNOWN && placeholder_table[id].is == PLACEHOLDER_IS_FILE;
}

static inline bool placeholder_is_symbol(enum placeholder id)
{
	return id < PLACEHOLDER_UNKNOWN && placeholder_table[id].is != PLACEHOLDER_IS_VALUE;
}

#endif
