/* The parts of exec_slurm, for its own files only.
 *
 * An attempt (a task) is collected into a batch, which becomes one array of jobs. What becomes of
 * it is told by its result, a file that the node writes when all is over. Slurm is asked rarely,
 * for what is out there and what will not bring a result any more; that Slurm does not answer, or
 * does not know, tells nothing. */
#ifndef RUN_SLURM_PART_H
#define RUN_SLURM_PART_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/table.h"
#include "run/exec/exec.h"
#include "run/exec/jobfile.h"
#include "run/exec/slurm_command.h"
#include "run/exec/slurm_reply.h"

#define SLURM_BATCH_MAX 1000   /* attempts in one array: what MaxArraySize is by default */
#define SLURM_NAME_HEAD "rs-"  /* of the names of our jobs */
#define SLURM_ASK_GAP_MS 30000 /* between two questions, while something changes */
#define SLURM_OUTPUT \
	"%s.%" PRIu32 ".out" /* what a job puts out: of its batch's name and its index */

/* What leads where:
 *
 *	COLLECTED   a moment has passed, or it is full  -> WRITTEN, and rests of it are HELD or READY
 *	            none of it is wanted any more       -> OUT
 *	HELD        one of its kind has ended, or not for long      -> READY
 *	READY       at once                                         -> WRITTEN
 *	WRITTEN     sbatch is called                                -> SUBMITTING
 *	SUBMITTING  sbatch gives a number                           -> OUT
 *	            it says no for ever: all is refused             -> OUT
 *	            too many at once                                -> WRITTEN, later
 *	            too many in one array: it is divided            -> READY
 *	            nobody knows, perhaps Slurm does                -> UNSURE
 *	UNSURE      squeue shows it, or it has a result             -> OUT
 *	            squeue does not show it twice                   -> WRITTEN; often: refused, OUT
 *	LEFT        squeue shows it, or does not twice              -> OUT
 */
enum batch_state {
	BATCH_COLLECTED, /* may get more attempts */
	BATCH_HELD,      /* waits for what its attempts take */
	BATCH_READY,     /* its file is to be written */
	BATCH_WRITTEN,   /* that is, and it is to be submitted */
	BATCH_SUBMITTING,
	BATCH_UNSURE, /* it may be in the queue */
	BATCH_LEFT,   /* an earlier head submitted it, as is supposed */
	BATCH_OUT,    /* it is in the queue, or was */
};

/* The same of an attempt:
 *
 *	COLLECTED   its batch is OUT                                -> OUT
 *	            it is refused, or stopped before it was sent    -> ENDED
 *	OUT         squeue says that it is over, or nothing of it   -> OVERDUE
 *	OVERDUE     squeue shows one after all                      -> OUT
 *	            nobody has begun it, or its time is over        -> ENDED
 *	these three its result is there                             -> ENDED
 *	ENDED       its result cannot be read yet                   -> OUT
 *	            by its result somebody else has stopped it      -> DOUBTED
 *	            it is told                                      -> TOLD
 *	DOUBTED     squeue says why, or not for long                -> ENDED
 *	TOLD        settled() is called                             -> DROPPED
 */
enum task_state {
	TASK_COLLECTED, /* its batch is not known to have been submitted */
	TASK_OUT,       /* it waits or runs, as far as is known */
	TASK_DOUBTED,   /* there is a result, by which somebody ended it: Slurm is asked why */
	TASK_OVERDUE,   /* its job is over or gone, and there is no result */
	TASK_ENDED,     /* that is to be told, as cause and text or the result have it */
	TASK_TOLD,      /* it was; settled() is waited for */
	TASK_DROPPED,   /* nobody waits for it */
};

/* How a task is to end. Of one that is killed scancel is told the last one first. */
enum task_end {
	END_BY_ITSELF,
	END_BY_CANCEL, /* stop was called, or nobody wants it */
	END_BY_KILL, /* at once: of what is cancelled Slurm waits for the end, so a signal first */
};

/* What is to be told of a task. */
enum {
	TELL_SUBMITTED = 1,
	TELL_STARTED = 2,
	TELL_END = 4,
};

struct batch;
struct sighting;

struct task {
	uint64_t id; /* 0: of an earlier head, and not wanted */
	struct batch *batch;
	const char *token, *own_dir, *stage; /* of the batch's arena */
	struct buf launch;                   /* its part of the batch's file, until it is out */
	double seconds;                      /* that it is expected to take; negative: not known */
	bool is_packed;                      /* its job runs others, too */
	uint32_t index;                      /* of the array */
	enum task_state state;
	/* By the last answer of squeue, or of sacct. What was held stays HELD when it is gone. */
	enum slurm_state seen;
	uint32_t seen_job;     /* of which job, as a place in those of the batch */
	uint32_t claim_job;    /* the one that has taken it, no other counts; NONE: not known */
	bool has_result;       /* its file lies there */
	bool has_started;      /* that was told, or will be */
	bool is_adopted;       /* an earlier head handed it over */
	bool is_claimed;       /* somebody had taken it when it came to be overdue */
	enum task_end end;     /* that is wanted ... */
	enum task_end due;     /* ... and what of that scancel has to be told yet */
	int64_t since_ms;      /* since when it is in this state, if that is OVERDUE or DOUBTED */
	int64_t unread_ms;     /* since when its result is there and cannot be read; 0: it can */
	int64_t started_ns;    /* wall; 0: not known */
	char *reason, *host;   /* of the queue; owned, NULL */
	enum exec_cause cause; /* of an end without result: EXEC_BY_ITSELF if it was refused */
	char *text;            /* what is told of the end; owned, NULL */
	unsigned tells;
	struct task *next_told;
};

/* A number that a batch has in Slurm. Those that Slurm has forgotten are given to others. */
struct slurm_job {
	char number[SLURM_JOB_SIZE];
	bool is_there; /* by the last answer of squeue, or sbatch */
};

#define NO_JOB (NONE - 1) /* one that Slurm does not tell of */

struct batch {
	char name[64];
	struct arena arena; /* names of its tasks */
	enum batch_state state;
	struct task **tasks;
	uint32_t task_count, task_cap;
	uint32_t open;        /* tasks that were not settled or dropped */
	uint32_t index_count; /* of the array */
	/* Its numbers in Slurm, as far as they are known: of what was submitted more than once */
	struct slurm_job *jobs;
	uint32_t job_count, job_cap;
	/* Its settings: arguments of sbatch, one string each; a batch is of one kind of them */
	struct buf arguments;
	int64_t minutes; /* of each attempt; 0: not said */
	double pack_seconds;
	double job_seconds; /* of what a job of it runs, at most; 0: of one attempt each */
	bool is_limited;    /* its jobs have a time by us, that no attempt of them asked for */
	int64_t first_ms, last_ms; /* when it got its first and its last attempt */
	int64_t submitted_ns;
	uint64_t asks_before; /* so often squeue had been asked when sbatch answered */
	/* When squeue did not have it last, and how often, while nothing is known of it */
	int64_t looked_ms;
	uint32_t looks;
	struct sighting *sightings; /* by task, while an answer of squeue is gone through */
	enum slurm_state rest;      /* in that, of those that are not told of one by one */
	char *said;                 /* by sbatch, and we do not know these words; owned, NULL */
	uint32_t misses;            /* so often it said so, and squeue did not have it */
	bool is_kept; /* its files stay for the next head: something of it may still run */
	struct batch *next;
};

/* How long attempts of a declaration take; negative: one is being tried. */
struct estimate {
	char *declaration;
	double seconds;
	struct estimate *next;
};

struct exec {
	struct exec_options options;
	char *jobs_dir, *done_dir;
	char mark[16]; /* of the root and the job: names of our jobs have it */
	uint32_t batch_number;
	struct batch *batches;
	uint32_t live, unwanted;       /* of which the end is not known: with an id, and without */
	struct task *told, **told_end; /* those with something to tell */
	struct slurm_command *submit, *ask, *cancel, *account;
	struct batch *submitting;
	uint32_t array_max; /* jobs of an array, as far as the cluster takes them */
	int64_t submit_ms;  /* not before that */
	struct estimate *estimates;
	/* Looking for results */
	int64_t look_ms, look_gap_ms; /* when next; -1: never */
	int64_t result_ms;            /* when the last one came */
	/* Asking squeue */
	int64_t ask_ms, ask_gap_ms; /* when next; -1: never */
	int64_t asked_ms;           /* when the last one was begun */
	uint64_t asks;              /* how often */
	bool is_urgent;             /* results that come in do not put it off */
	bool has_changed;           /* something did by its last answer */
	/* Asking sacct */
	bool wants_account;
	int64_t account_ms; /* not before that */
	/* Cancelling */
	int64_t cancel_ms;        /* not before that; -1: there is nothing */
	enum task_end cancelling; /* what the one that runs tells */
	uint64_t asks_cancelled; /* so often squeue had been asked when the last one came through */
	bool wants_strays;       /* jobs of ours without a batch file are to be looked for */
	struct buf strays;       /* jobs that go whatever tasks say, each with a blank behind it */
	int64_t stopped_ms;      /* when something was stopped last */
	int64_t killed_ms;       /* when something was stopped at once; -1: never */
	/* Tasks that are OVERDUE or DOUBTED */
	uint32_t waiting;
	bool has_doubts;    /* some are the latter */
	int64_t overdue_ms; /* when to look at them next */
	int64_t silent_ms;  /* since when Slurm does not answer; 0: it does */
	int64_t silent_ns;  /* the same, wall */
	bool has_told_silence;
	struct buf silence; /* what its command said last */
	struct buf notice;  /* to be told */
	struct buf text;    /* of the event that was told last */
	char job_text[2 * SLURM_JOB_SIZE];
	struct arena result_arena;
	struct job_result result;  /* of the event that was told last */
	const struct task *loaded; /* whose that is */
	bool is_dismissed;
	bool is_barred; /* by may_go */
};

int64_t slurm_now_ms(void);
/* May anything be done there? If not, nothing ever again. */
bool slurm_may_go(struct exec *exec);
/* Nothing more is submitted, stopped or told. */
void slurm_dismiss(struct exec *exec);
/* The sooner of two times, -1 being never. */
int64_t slurm_sooner(int64_t a, int64_t b);
/* If that command has ended, it is no more, and its answer is taken. */
void slurm_take(struct exec *exec, struct slurm_command **command,
	void (*take)(struct exec *exec, const struct slurm_answer *answer));
/* Puts a copy in the place of an owned text, or NULL. Was it another? */
bool slurm_put_text(char **place, const char *text, size_t len);

/* slurm_task.c: batches and what is in them. */
struct batch *slurm_batch_new(struct exec *exec);
/* The open batch of that kind that takes one more, or a new one; arguments are taken over. */
struct batch *slurm_batch_for(
	struct exec *exec, struct buf *arguments, int64_t minutes, double pack_seconds);
/* Slurm says that it is a number of it. Gives its place in batch->jobs. */
uint32_t slurm_batch_is_job(struct exec *exec, struct batch *batch, const char *job);
/* The place of "12_3" or "12"; NO_JOB if Slurm has not told of it. */
uint32_t slurm_batch_find_job(const struct batch *batch, const char *job);
struct task *slurm_task_add(struct exec *exec, struct batch *batch, const struct launch *launch);
struct task *slurm_task_find(const struct exec *exec, uint64_t id);
void slurm_task_tell(struct exec *exec, struct task *task, unsigned what);
/* The same of one of which nothing is to be told, before all others. */
void slurm_task_tell_next(struct exec *exec, struct task *task, unsigned what);
/* It is over: by its result (text NULL), or for that reason. */
void slurm_task_end(struct exec *exec, struct task *task, enum exec_cause cause, const char *text);
/* Nobody needs it any more. Frees its batch, with its files, if that was the last one. */
void slurm_task_drop(struct exec *exec, struct task *task);
/* Its last tasks, from that one on, become another batch. */
struct batch *slurm_batch_split(struct exec *exec, struct batch *batch, uint32_t from);
bool slurm_task_is_live(const struct task *task); /* its end is not known */
void slurm_batch_sweep(struct exec *exec);        /* frees batches of which all is settled */
void slurm_batch_free(struct batch *batch);

/* slurm_place.c: which attempts of a batch go now, and in which job of its array. */
/* Returns the number of jobs; what has to wait becomes another batch. */
uint32_t slurm_place(struct exec *exec, struct batch *batch);
/* So long took an attempt. */
void slurm_place_learn(struct exec *exec, const struct task *task, double seconds);

/* slurm_submit.c */
/* The arguments that its settings make. -1 with err if they cannot be. */
int slurm_arguments(const struct launch *launch, struct buf *out, struct err *err);
int64_t slurm_minutes(const struct launch *launch);
double slurm_pack_seconds(const struct launch *launch); /* up to which it shares a job */
/* Is nothing said of how long its jobs may take? */
bool slurm_has_no_time(const struct batch *batch);
void slurm_submit_step(struct exec *exec);
int64_t slurm_submit_wake_ms(const struct exec *exec);
/* It never will be: text says why. */
void slurm_batch_refuse(struct exec *exec, struct batch *batch, const char *text);
/* It is known to have been taken. */
void slurm_batch_out(struct exec *exec, struct batch *batch);

/* slurm_watch.c: asks squeue, and takes in what it says. */
void slurm_watch_step(struct exec *exec);
void slurm_watch_soon(struct exec *exec, int64_t in_ms); /* asks then at the latest */
void slurm_watch_first(struct exec *exec);               /* something was submitted */
void slurm_answered(struct exec *exec);                  /* Slurm did, to whatever */
void slurm_silent(struct exec *exec, const char *text);  /* it did not */
int64_t slurm_watch_wake_ms(const struct exec *exec);

/* slurm_overdue.c: tasks that bring no result any more, or one that somebody else brought about. */
void slurm_overdue(struct exec *exec, struct task *task);
/* Takes the attempt for ourselves: from now on no job does anything for it. False: one has, or we
 * may not. */
bool slurm_claim(struct exec *exec, const struct task *task);
bool slurm_is_claimed(const struct task *task);
/* By whom? As claim_job. */
void slurm_read_claim(struct task *task);
void slurm_doubt(struct exec *exec, struct task *task);
void slurm_overdue_step(struct exec *exec);
int64_t slurm_overdue_wake_ms(const struct exec *exec);

/* slurm_results.c */
void slurm_results_step(struct exec *exec);
void slurm_results_soon(struct exec *exec);
bool slurm_result_is_there(const struct exec *exec, const char *token);
/* Reads the task's into exec->result; -1: it cannot be read now. */
int slurm_result_load(struct exec *exec, const struct task *task, struct err *err);
void slurm_result_unload(struct exec *exec);
void slurm_result_remove(const struct exec *exec, const char *token);

/* slurm_cancel.c */
void slurm_task_wish(struct task *task, enum task_end end);
void slurm_stop_task(struct exec *exec, struct task *task, bool at_once);
void slurm_cancel_step(struct exec *exec);
void slurm_cancel_soon(struct exec *exec);
/* It is still there, as Slurm says: should it go, scancel is told once more. */
void slurm_cancel_again(struct exec *exec, struct task *task);
int64_t slurm_cancel_wake_ms(const struct exec *exec);
/* "12_3"; "" if its number is not known. */
void slurm_add_job(struct buf *out, const struct task *task);
/* That job goes, all of it, or that index, whatever is wanted of tasks. */
void slurm_cancel_stray(struct exec *exec, const char *job);

/* slurm_adopt.c */
int slurm_adopt(struct exec *exec, exec_take *take, void *ctx, struct err *err);

#endif
