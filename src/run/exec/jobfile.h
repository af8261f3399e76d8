/* Files by which a head and the nodes of a cluster tell each other: what to run, and what became of
 * it. Both are read where nothing but the C library need be, and by a newer or older restage: a
 * first line says what it is and its format.
 *
 *	restage batch 1
 *	token 19 20251127-1-asr-7f3a
 *	dir -
 *	...
 *	end xxh3-128:<of all before>
 *
 * A record is a name, the length of its value in bytes, the value, a newline; "-" is none at all.
 * Values may hold any bytes. The records and their order are those of jobfile.c. What is cut or
 * changed anywhere, or of another format, is refused. */
#ifndef RUN_JOBFILE_H
#define RUN_JOBFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/listing.h"
#include "base/logline.h"
#include "run/exec/exec.h"

#define JOBFILE_MAX ((size_t)1 << 30) /* bytes; what is larger is refused */

struct job_task {
	uint32_t index;            /* of Slurm's array: those of one run one after the other */
	struct launch launch;      /* with away; of it neither id nor about is written */
	const struct buf *written; /* that is what jobfile_write_launch gave; NULL: it is not yet */
};

/* One array of jobs. It lies in jobs_dir, as `name`. */
struct job_batch {
	const char *name;     /* [a-z0-9-]+ */
	const char *root;     /* absolute */
	const char *jobs_dir; /* from the root; results go to DONE_DIR in it, by token */
	bool is_limited;      /* its jobs have a time that no attempt of them asked for */
	struct job_task *tasks;
	uint32_t task_count;
};

struct job_made { /* one of the launch's made, that was there */
	const char *at;
	struct fs_stat stat;    /* as the node saw it before it read it */
	bool is_read;           /* else the rest is empty: the node had no time for it */
	struct digest sum;      /* of a file */
	uint64_t size;          /* of a file: bytes that were read */
	struct listing listing; /* of a directory; whoever has the result frees it */
};

struct job_line {
	int64_t wall_ns;
	const char *text;
};

struct job_result {
	const char *token;
	const char *job;              /* Slurm's number: "1234_5"; "": none */
	const char *host;             /* that it ran on */
	int64_t started_ns, ended_ns; /* of the command, wall time of that host */
	struct exec_event end;        /* EXEC_ENDED or EXEC_REFUSED, without id and data */
	const char *gpus;             /* ids of those that it had; NULL */
	struct exec_gpu_use gpu;      /* end.outcome.gpu, if that is not NULL */
	const char *fault;            /* what the node could not do with what was made; NULL */
	const char *named;            /* an output that names its work directory; NULL */
	struct job_made *made;
	uint32_t made_count;
	/* Of what the command put out, as stagelog_last and stagelog_cause tell it */
	const char **last;
	uint32_t last_count;
	const char *cause;
	bool is_cause_error;
	struct job_line *warnings; /* lines that are some, the first of them */
	uint32_t warnings_kept;
	uint64_t warning_count; /* all of them */
};

/* Is it a name that tokens and batches may have? */
bool jobfile_is_name(const char *text);

/* Is it a batch of another version of restage? */
bool jobfile_is_of_other_format(const char *data, size_t len);

/* Appends the launch's part of a batch. */
void jobfile_write_launch(const struct launch *launch, struct buf *out);
/* Append the whole file. */
void jobfile_write_batch(const struct job_batch *batch, struct buf *out);
void jobfile_write_result(const struct job_result *result, struct buf *out);

/* -1 with err (EXIT_WORLD), which names `path`. What is read is in the arena, listings apart. */
int jobfile_read_batch(struct arena *arena, const char *path, const char *data, size_t len,
	struct job_batch *out, struct err *err);
int jobfile_read_result(struct arena *arena, const char *path, const char *data, size_t len,
	struct job_result *out, struct err *err);
void job_result_free(struct job_result *result); /* its listings */

#endif
