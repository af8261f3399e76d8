/* Executors: they start commands and tell how they ended. An executor knows nothing of graphs,
 * records and logs, and its user knows nothing of processes: what a command is comes as data, what
 * becomes of it as events. One thread uses an executor, and waits for it in its own poll:
 *
 *	open
 *	adopt
 *	start, start, ... flush
 *	poll(fds ..., wake_ms)
 *	next, next, ... until it gives 0; settled
 *	dismiss
 *	close
 *
 * A command that was started ends with exactly one EXEC_ENDED or EXEC_REFUSED, unless the executor
 * itself goes.
 *
 * Some executors are away: they have commands run on other machines, which outlives us.
 * There each attempt has a token, which names it for ever, and a directory of its own; whoever runs
 * it claims that directory first, so that it runs once at most, however often it is handed over.
 * Its output goes to its log there, and is not told. Paths are relative to the root, which has the
 * same path on all machines. Of several executors those that are away are closed first: closing the
 * local one ends the programs that they use. */
#ifndef RUN_EXEC_H
#define RUN_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/graph/executor.h"

struct buf;
struct command;
struct err;
struct exec; /* one that is open */
struct job_result;
struct pollfd;

#define EXEC_SHARED_FD 18 /* and 19: above what a shell's script can name, below any limit */

struct exec_options {
	/* Kept open until all that was started has ended, even if we are killed: the job's lock, so
	 * that no other run begins while something of this one still writes. -1: none. Stays the
	 * caller's. */
	int held_fd;
	/* Two descriptors that every command inherits as EXEC_SHARED_FD and the next number, or
	 * NULL. */
	const int *shared_fds;
	/* What only executors that are away ask for. All is borrowed until close. */
	const char *root;      /* absolute, our directory */
	const char *job;       /* name of the job, for people */
	const char *jobs_dir;  /* where batches and results lie: relative to the root; it is made */
	const char *program;   /* absolute: what runs an attempt on a node, or a restage there */
	const char *variables; /* that jobs get, in the scheduler's words; NULL: all */
	double submit_rate;    /* submissions a second at most; 0: as they come */
	/* Asked before anything is submitted, claimed or cancelled: may we still? No is for ever,
	 * and as if `dismiss` had been called. It calls nothing of the executor. NULL: always. */
	bool (*may_go)(void *ctx);
	void *may_go_ctx;
};

/* What the scheduler of a cluster is told of a command, as far as it is said; else NULL. */
struct launch_queue {
	const char *partition, *account, *qos, *constraint, *gres;
	const char *extra;       /* more arguments of sbatch, words of a shell */
	int64_t time_ms;         /* of its time there; 0: by the command's own timeout */
	double pack_seconds;     /* short ones share a job up to so long; 0: each has its own */
	double expected_seconds; /* negative: not known */
};

struct launch_made {      /* to be hashed where it is made */
	const char *at;   /* where that is */
	const char *path; /* where it goes */
	bool is_output;
};

/* What an executor that is away must know beside the command. */
struct launch_away {
	const char *token;    /* [a-z0-9-]+, of this attempt alone and for ever */
	const char *own_dir;  /* of this attempt alone; it is there, and .claim goes into it */
	const char *log_path; /* of the stage's log, which is continued there */
	const char *stage;    /* its name */
	uint32_t number;      /* of the attempt */
	uint32_t losses;      /* of those before it, whose job was lost */
	const char *identity; /* what it runs for, so that who adopts it can tell */
	const struct launch_made *made;
	uint32_t made_count;
	uint32_t threads;
	uint64_t memory; /* bytes; 0: as the cluster has it */
	uint32_t gpu_count;
	struct launch_queue queue;
};

struct launch {
	uint64_t id; /* chosen by the caller, unique, from 1 */
	const struct command *command;
	/* The directory in which it runs, from where its words and redirections count; NULL: that
	 * in which we are */
	const char *dir;
	/* NULL-terminated "NAME=value": added to what we have, and instead of it; NULL: nothing. A
	 * PATH in it is where the program is looked for. */
	char *const *env;
	int64_t timeout_ms;  /* after so long it is stopped; 0: never */
	int64_t grace_ms;    /* what is stopped may take so long to end; 0: it is killed at once */
	const char *gpus;    /* ids of those that it has, with commas between: measured; NULL */
	bool keeps_terminal; /* has the terminal for input and output: none is told */
	const char *about;   /* whose it is, for messages */
	const struct launch_away *away; /* NULL for exec_local */
};

enum exec_event_kind {
	/* It waits for its turn elsewhere: job; text: what for, or NULL. Told again if that
	 * changes */
	EXEC_SUBMITTED,
	/* It runs: job, host, started_ns. Need not be told of what ends at once */
	EXEC_STARTED,
	EXEC_OUTPUT, /* data, len: what it put out */
	EXEC_ENDED,  /* outcome. Nothing of it is left, and all that it put out was told */
	/* it could not be started: text, sys_errno; exit_code is what a shell would say, or -1 */
	EXEC_REFUSED,
	EXEC_NOTICE, /* text: about the executor itself */
};

enum exec_cause {
	EXEC_BY_ITSELF,
	EXEC_BY_TIMEOUT, /* its timeout had passed */
	EXEC_BY_STOP,    /* `stop` was called */
	/* Those that follow come from elsewhere only, and text says what happened. */
	EXEC_BY_OTHERS, /* somebody else ended it, or it could not be run there: it has failed */
	EXEC_BY_MEMORY, /* it wanted more memory than it was given */
	EXEC_BY_LOSS,   /* its machine or its place there was lost: no fault of the command's */
};

struct exec_gpu_use {      /* so far; of all GPUs together */
	bool is_known;     /* else the rest says nothing */
	bool is_of_device; /* of whatever ran on the devices: processes could not be told apart */
	double seconds;    /* in which it was busy, as samples have it */
	double memory_mb;  /* now, or at last */
	double peak_mb;
	char names[160]; /* of those that it used: "2 x A, B"; "" if none */
};

struct exec_outcome {
	enum exec_cause cause;
	int exit_code; /* -1: none, a signal ended it or nobody knows */
	int signal;    /* 0: none */
	double user_seconds,
		system_seconds;     /* of all of it; negative: not known, like all that follow */
	double memory_mb;           /* the largest that was held at once, as far as it was seen */
	double read_mb, written_mb; /* through read and write calls */
	/* Of a command that has GPUs: valid as long as the event; NULL: not known */
	const struct exec_gpu_use *gpu;
	bool may_linger; /* it did not end alone: something may still stand in its directory */
};

extern const struct exec_outcome exec_unknown; /* of what nothing is known but that it is over */

struct exec_event {
	enum exec_event_kind kind;
	uint64_t id;
	struct exec_outcome outcome;
	const char *text; /* EXEC_ENDED: what is to be remarked about its end, or NULL */
	int sys_errno;
	const char *data;
	size_t len;
	/* Of executors that are away; else NULL and 0. */
	const char *job, *host;           /* the scheduler's id; the node's name */
	int64_t submitted_ns, started_ns; /* wall; 0: not known */
	/* EXEC_ENDED: what the node wrote of it; NULL: it left nothing, and cause tells why */
	const struct job_result *result;
};

/* A command that an earlier run handed over, of which the end was not settled. */
struct exec_found {
	const struct launch_away *away; /* token, own_dir, log_path, stage, number, identity */
	bool has_ended; /* its result is there; else it waits, runs, or is lost: nobody knows yet */
};

/* Whoever adopts says under which id it goes on, as if it had been started; 0: it is not wanted,
 * and is ended. What is found is borrowed for the call. */
typedef uint64_t exec_take(void *ctx, const struct exec_found *found);

struct exec_sample { /* what a running command uses: memory now, CPU time so far */
	double memory_mb, cpu_seconds;
};

struct exec_kind {
	enum executor executor; /* what it is called where stages say where they run */
	struct exec *(*open)(const struct exec_options *options, struct err *err);
	/* Takes over a command; copies what it needs. 0; 1: it is refused at once, and *refusal
	 * says why; -1 with err if nothing can be started any more. */
	int (*start)(struct exec *exec, const struct launch *launch, struct exec_event *refusal,
		struct err *err);
	/* Nothing more is started for now: what was collected can go. NULL: it collects nothing. */
	int (*flush)(struct exec *exec, struct err *err);
	/* Fills in what to poll for, as far as there is room. Returns how many there are. */
	size_t (*fds)(struct exec *exec, struct pollfd *polls, size_t room);
	/* When to call next at the latest, monotonic; -1: any time. */
	int64_t (*wake_ms)(const struct exec *exec);
	/* The next event without waiting: 1 (valid until the next call), 0 if there is none, -1
	 * with err if the executor is gone. polls: what fds filled in, after a poll. Also passes
	 * deadlines. */
	int (*next)(struct exec *exec, const struct pollfd *polls, struct exec_event *event,
		struct err *err);
	/* Ends a command: it is asked to go, and killed when its grace is over, or at_once.
	 * EXEC_ALL: nothing more is wanted of the executor, it kills what is left. What has ended
	 * is passed over. */
	void (*stop)(struct exec *exec, uint64_t id, bool at_once);
	struct exec_sample (*sample)(struct exec *exec, uint64_t id);
	/* What a running command uses of its GPUs; false if that is not known. NULL: no executor
	 * that measures it. */
	bool (*gpu_use)(struct exec *exec, uint64_t id, struct exec_gpu_use *use);
	/* Those that follow are NULL for executors of this machine.
	 * What earlier runs left of this job, before anything is started. Also ends jobs of which
	 * nothing is written here any more. Does not wait for the scheduler. */
	int (*adopt)(struct exec *exec, exec_take *take, void *ctx, struct err *err);
	/* What a command came to is written down: what lies here of it can go. */
	void (*settled)(struct exec *exec, uint64_t id);
	/* We go, and what was submitted goes on: the next run adopts it. Nothing is told of it any
	 * more. */
	void (*dismiss)(struct exec *exec);
	/* Kills what is left, and waits for its end. exec may be NULL. */
	void (*close)(struct exec *exec);
};

#define EXEC_ALL UINT64_C(0)

/* Processes of this machine. */
extern const struct exec_kind exec_local;

/* Jobs of a cluster with Slurm, by its own commands. */
extern const struct exec_kind exec_slurm;

/* main() of the process that exec_local starts commands by. -1: the arguments are not those of
 * it. */
int exec_local_main(int argc, char **argv);

/* Samples of a running command show its peak of memory: the first comes after EXEC_LOOK_MS, the
 * next each after so long. since_ms: that it has run; cost_ns: of a look, at all commands. */
#define EXEC_LOOK_MS 20
int64_t exec_look_gap_ms(int64_t since_ms, int64_t cost_ns);

/* For who waits for nothing else, but for another descriptor (-1: for none). 1: an event; 0: that
 * descriptor is readable; -1 with err. */
int exec_wait(const struct exec_kind *kind, struct exec *exec, int fd, struct exec_event *event,
	struct err *err);

/* What is wrong with a script whose lines end in CR LF, and what to do: takes its path. */
#define EXEC_RETURNS "its lines end in CR LF: sed -i 's/\\r$//' %s"

/* Does its first line end in a carriage return? */
bool exec_has_returns(const char *file);
/* Appends why the file could not be executed: the error, and what can be told of its cause. */
void exec_explain(struct buf *out, const char *file, int why);

#endif
