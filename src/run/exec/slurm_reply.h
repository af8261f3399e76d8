/* What Slurm's commands say, as text: read here, and judged. */
#ifndef RUN_SLURM_REPLY_H
#define RUN_SLURM_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

#define SLURM_JOB_SIZE 24 /* of a job's number, as text */

/* The number that `sbatch --parsable` puts out ("12" or "12;cluster"); false: there is none. */
bool slurm_read_submitted(const char *out, char job[SLURM_JOB_SIZE]);

/* Does a command say that it could not ask, or got no answer? */
bool slurm_is_silence(const char *text);

enum slurm_failure {
	SLURM_UNSURE,    /* what was asked for may have been done all the same */
	SLURM_REFUSED,   /* it was not, and will not be */
	SLURM_TOO_MANY,  /* it was not, since there are too many jobs now */
	SLURM_TOO_LARGE, /* it was not: the array is larger than an array may be */
};
/* Why sbatch failed, by what it wrote to standard error. */
enum slurm_failure slurm_judge_failure(const char *text);
/* The sentence of it that says most, without "sbatch: error: ". */
void slurm_add_sentence(struct buf *out, const char *text);

enum slurm_state {
	SLURM_MISSING, /* it is not told of */
	/* It is over ... */
	SLURM_COMPLETED,
	SLURM_FAILED,
	SLURM_CANCELLED,
	SLURM_TIMEOUT,
	SLURM_NODE_FAIL,
	SLURM_PREEMPTED,
	SLURM_BOOT_FAIL,
	SLURM_OUT_OF_MEMORY,
	/* ... or not: in order of how much there is of it */
	SLURM_PENDING,
	SLURM_HELD,   /* it could not be started, and waits for somebody to let it go */
	SLURM_ENDING, /* or in a state that we do not know: nothing is concluded */
	SLURM_RUNNING,
};
enum slurm_state slurm_read_state(const char *word, size_t len);
bool slurm_is_over(enum slurm_state state);
const char *slurm_state_name(enum slurm_state state); /* Slurm's own word; "" if there is none */

/* How squeue is asked, and a line of its answer. */
#define SLURM_QUEUE_FORMAT "--format=%F|%K|%T|%r|%N|%S|%j"
struct slurm_line {
	char job[SLURM_JOB_SIZE];                                /* the array's number */
	const char *indices, *state_word, *reason, *host, *name; /* not terminated */
	size_t indices_len, state_len, reason_len, host_len, name_len;
	enum slurm_state state;
	int64_t started_ns; /* 0: not known */
};
/* The next line; *text goes on behind it. False: there is none. What is no such line is passed
 * over. */
bool slurm_next_line(const char **text, struct slurm_line *line);

/* A range of indices ("0-3,7", "[0-9]%2"; "4-10:2" is taken as 4-10); false: there is none any
 * more. *text goes on behind it. */
bool slurm_next_range(const char **text, const char *end, uint32_t *first, uint32_t *last);

/* A line of `sacct -n -P -X -o JobID,State`: as above, of "12_3|CANCELLED by 0". */
bool slurm_next_account(const char **text, char job[2 * SLURM_JOB_SIZE], enum slurm_state *state);

/* Why a job ended, by what Slurm itself wrote into its output; SLURM_MISSING: nothing is said. */
enum slurm_state slurm_judge_output(const char *text, size_t len);

#endif
