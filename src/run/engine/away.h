/* An attempt that runs elsewhere: what is known of it, beside what all have. */
#ifndef RUN_AWAY_H
#define RUN_AWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "run/exec/exec.h"
#include "run/exec/jobfile.h"

#define AWAY_RESTARTS 3 /* of a stage whose job was lost, unless [slurm] says otherwise */
#define AWAY_JOBS 1000  /* stages at once elsewhere, the same */

struct graph;
struct run;
struct running;

/* All strings are in the attempt's arena. */
struct away {
	const char *token;
	const char *identity;
	const char *job, *host; /* the scheduler's id; the node's name; NULL: not known */
	const char *why;        /* what it waits for, as the scheduler says; NULL: not known */
	int64_t handed_ns;      /* wall */
	int64_t started_ns, ended_ns; /* of the command, by the node's clock; 0: not known */
	bool has_started;             /* that was told */
	bool is_settled;              /* the executor knows that it is */
	bool is_adopted;              /* an earlier head handed it over */
	/* how it ended; result: what the node wrote of it. Its text and pointers are kept, too */
	struct exec_event end;
	struct job_result result;
	bool has_result;
	/* While it runs, and somebody watches (away_watch.c): when to look at what it says;
	 * monotonic. So many things that it said were told before its end */
	int64_t look_ms;
	uint32_t told;
	bool is_telling; /* that is being done */
	int64_t seen_ms; /* until then what it made must be seen here; 0: not asked; monotonic */
};

/* Those that are out, by their ids, which grow: they are in no other list. */
struct away_list {
	struct running **at;
	uint32_t count, cap;
};

/* Of all of them; monotonic. */
struct away_watch {
	int64_t wake_ms; /* when to look at some */
	int64_t ask_ms;  /* when to ask whether somebody watches; else it is as it was */
	bool is_watched;
	uint32_t at; /* in the list: whose turn it is */
};

/* Can it be the name of such an attempt's directory? */
bool away_is_token(const char *name);
/* The stage's next attempt runs elsewhere: gives it a token, and a work directory of its own. */
void away_begin(struct run *run, struct running *running);
/* Makes that directory; the stage's is open. -1 with err. */
int away_make_dir(struct run *run, struct running *running, struct err *err);
/* All is prepared, and it is handed over: `launch` gets what the executor must know. */
void away_fill(
	struct run *run, struct running *running, struct launch *launch, struct launch_away *out);
void away_handed(struct run *run, struct running *running);
/* What the stage runs for: its identity and what its inputs hold. */
const char *away_identity(struct running *running);
/* It goes on with the attempt of that token, which an earlier head handed over. */
void away_take_over(struct run *run, struct running *running, const char *token);
struct running *away_find(const struct run *run, uint64_t id);
/* It is queued, or has started. */
void away_told(struct run *run, struct running *running, const struct exec_event *event);
/* It has ended or was refused: it is among run->running from now on, its log open. */
void away_ended(struct run *run, struct running *running, const struct exec_event *end);
/* Is all that it made to be seen here? Else it is asked again at running->look_ms; what does not
 * come makes a failure. */
bool away_is_seen(struct running *running, int64_t now_ms);
/* What the node found in that place, if that is as we see it; NULL: nobody else has read it. */
struct job_made *away_made(const struct running *running, const char *at);
/* Its manifest is written: nobody needs what lies there of it. */
void away_settled(struct run *run, struct running *running);
void away_free(struct running *running);
/* The work directory that is there goes: a process of a job that was lost may still write into it,
 * so it is put where nobody looks, first of all. The stage's directory is open. -1 with err. */
int away_remove_work(struct run *run, struct running *running, struct err *err);
/* away_watch.c: takes looks that are due; when the next one is, monotonic, -1: never. */
void away_watch_step(struct run *run);
int64_t away_watch_wake_ms(const struct run *run);
/* They go on without us: the next run takes what they come to. What is being settled is settled.
 * Returns how many are known to be submitted. */
uint32_t away_leave(struct run *run);

#endif
