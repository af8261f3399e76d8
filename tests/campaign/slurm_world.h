/* A Slurm that is none, and its nodes, for slurm_explore.c: what happens goes by a seed and by a
 * clock of its own, and is seen by a head through its commands (slurm_fake.c) and through files
 * alone. All of it lies in memory that heads share, which come and go as processes. Nodes read the
 * batch files of heads, claim attempts and write results as real ones do. */
#ifndef SLURM_WORLD_H
#define SLURM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/exec/slurm_reply.h"

#define WORLD_STAGES 6
#define WORLD_TOKENS 128
#define WORLD_JOBS 96
#define WORLD_INDICES 8
#define WORLD_PROCESSES 256
#define WORLD_NAME 80
#define WORLD_JOBS_DIR "out/job/jobs"
#define WORLD_NEVER INT64_MAX
#define SLURM_FAKE_HEAD "rs-" /* of names of our jobs, in front of that of their batch */

enum token_state {
	TOKEN_WAITING, /* nobody has claimed it */
	TOKEN_RUNNING,
	TOKEN_DEAD,  /* what ran it is gone without a result */
	TOKEN_ENDED, /* its result is, or will be, there */
};

struct world_token {
	char name[WORLD_NAME];
	uint32_t stage;
	enum token_state state;
	uint32_t job, index; /* that runs it, or ran it */
	bool is_good;        /* its result tells of a success */
	bool is_doubtful;    /* Slurm told that its node is lost, so that it may be given up */
	int64_t result_ms;   /* when its result is seen; WORLD_NEVER: that was, or will not be */
};

struct world_task { /* one index of an array */
	enum slurm_state state;
	bool is_held;                          /* its start failed, and nobody will try again */
	int64_t start_ms, started_ms, fail_ms; /* WORLD_NEVER: none */
	int64_t over_ms;                       /* since when it is over */
};

struct world_job {
	uint32_t id;
	char name[WORLD_NAME];
	struct world_task tasks[WORLD_INDICES];
	uint32_t count;
	int64_t visible_ms; /* squeue does not tell of it earlier */
	int64_t age_ms;     /* nor so long after its end */
	bool is_foreign;    /* of somebody else, with the number that one of ours had */
	bool may_requeue;
};

enum fate {
	FATE_FINE,
	FATE_NODE_FAILS, /* its node does not answer any more, and it is gone */
	FATE_FORGOTTEN,  /* the same, but it lives on */
	FATE_PREEMPTED,
};

struct world_process {       /* restage-attempt on a node */
	uint32_t job, index; /* places */
	uint32_t place;      /* in the batch: it goes on there */
	int token;           /* that it runs; -1: none */
	bool is_alive;
	enum fate fate;
	int64_t next_ms; /* the end of what it runs */
	int64_t fate_ms; /* WORLD_NEVER: it has come */
};

struct world_stage {
	bool is_done;
	uint32_t number; /* attempts so far */
	int token;       /* of the last one; -1: none */
	int64_t ready_ms;
};

struct world {
	uint64_t chance;
	int64_t now_ms;
	uint32_t trouble; /* how many of a hundred things go wrong */
	uint32_t fuse;    /* after so many steps the head dies; 0: it does not */
	uint32_t heads, submissions;
	struct world_stage stages[WORLD_STAGES];
	uint32_t stage_count;
	struct world_token tokens[WORLD_TOKENS];
	uint32_t token_count;
	struct world_job jobs[WORLD_JOBS];
	uint32_t job_count, next_id;
	struct world_process processes[WORLD_PROCESSES];
	uint32_t process_count;
	bool tells;      /* what happens is printed */
	char wrong[400]; /* the first thing that must not be; "" */
};

extern struct world *world; /* shared */

void world_begin(uint64_t seed);
/* A number below `limit`. */
uint32_t world_draw(uint32_t limit);
bool world_goes_wrong(uint32_t part); /* with so many of a hundred of all trouble */
void world_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void world_tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Lets time pass, with all that happens in it. */
void world_advance(int64_t to_ms);
/* A head dies here if its time has come. */
void world_step(void);
int world_token_find(const char *name); /* -1: there is none */

/* Submits; the job's place, or -1: there is no room for more in this world. */
int world_submit(const char *name, uint32_t count, bool may_requeue, int64_t lag_ms);
void world_cancel(uint32_t id, int index); /* -1: all of it */
bool world_is_seen(const struct world_job *job, const struct world_task *task);

#endif
