/* Results that exist already, in a run: a stage that must run is looked up in the shared cache
 * first, and what ran well is offered to it.
 *
 * A stage of which check.c says that it must run comes to restore_begin, and stays CHECKING while
 * the steps of enum restore_step are gone:
 *
 *	its key is made      of the names of its inputs' contents, which stamps are asked for
 *	it is looked up      by a worker
 *	a variant is chosen  which needs the names of further inputs' contents
 *	it is taken          by a worker, into the work directory of an attempt of its own kind
 *
 * Then attempt_finish settles it as if a command had made it there. From wherever it does not go
 * on it is QUEUED, as without a cache.
 *
 * The workers have threads of their own, so that copying takes no place among commands, and
 * offers hold up no look-up. The cache is opened when the first stage must run. */
#ifndef RUN_REUSE_H
#define RUN_REUSE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/workers.h"
#include "record/cache/cache.h"
#include "record/cache/cache_listing.h"
#include "record/cache/told.h"

/* Bytes of a log that goes into the cache or comes from it; of what is told beside it TOLD_MAX. */
#define REUSE_LOG_MAX ((size_t)256 << 20)

struct run;
struct running;

enum restore_step {
	RESTORE_KEY,
	RESTORE_LOOKED_UP,
	RESTORE_FITTING,
	RESTORE_CHOSEN, /* it waits until fewer are taken */
	RESTORE_TAKEN,
	RESTORE_SETTLING,
};

/* A temporary output that is not taken, and what it is. */
struct left_out {
	uint32_t file;                     /* of the graph */
	const struct entry_output *output; /* NULL: it is taken */
	struct cache_listing list;         /* of a directory */
	/* files in it of which somebody knows already that they are read: paths from there */
	const char **read;
	uint32_t read_count;
	bool must_be_flat; /* whatever is in it may be read as a file */
};

struct restore {
	struct work work; /* first: it is cast back */
	struct cache *cache;
	uint32_t stage;
	enum restore_step step;
	bool only_key;  /* nothing is looked up: it is forced, or the cache is not read */
	bool is_pushed; /* it is up to date, and offered when its key is known */
	uint32_t asked; /* how often contents were asked for in this step */
	struct arena arena;
	struct sha256 key;
	struct entry entry;
	bool is_found;
	const struct entry_variant *variant;
	struct entry_variant taken; /* the same without what is left out */
	struct left_out *left_out;  /* by output of the stage */
	uint32_t left_count;        /* outputs of the stage; 0: none is left out */
	struct attempt_origin origin;
	struct running *running; /* from when it is taken */
	const char *into;        /* its work directory, by an open one */
	int64_t limit_ns;        /* that taking may last; 0: as long as it goes on */
	enum cache_result result;
	struct err err;
	struct buf log, text;
	struct told told;
	struct restore *next; /* of those that are chosen */
};

struct reuse_stage {
	struct restore *restore; /* up to RESTORE_TAKEN */
	struct sha256 key;       /* of one that must run ... */
	bool has_key;            /* ... if it has one */
	uint32_t giving;         /* offers of it that a giver has */
	struct sha256 missed;    /* the key under which nothing was found ... */
	bool has_missed;         /* ... if there is one */
	struct left_dir *left;   /* list */
};

/* A directory that was left out: who reads in it asks for the names of the files there. */
struct left_dir {
	uint32_t file;
	struct cache_listing list;
	struct left_dir *next;
};

struct reuse {
	struct cache *cache;             /* NULL: not opened yet */
	bool is_off;                     /* it cannot be had */
	struct workers *takers, *givers; /* NULL: not needed yet */
	struct reuse_stage *stages;      /* by stage */
	uint32_t stage_cap;
	/* Stages that must run and are to be looked up: those from `begun` on wait for their
	 * turn, until fewer are `active`. */
	uint32_t *waiting;
	size_t begun, waiting_count, waiting_cap;
	uint32_t active;                      /* restores up to RESTORE_TAKEN */
	struct restore *chosen, **chosen_end; /* first come first served */
	uint32_t taking;                      /* that a taker has */
	uint32_t giving;                      /* offers that a giver has */
	uint32_t given, offered;              /* that have come there, of all */
};

/* restore.c */
/* NULL options->cache: nothing. Opens nothing. */
void reuse_begin(struct run *run);
void reuse_end(struct run *run);
/* Descriptors to be polled; -1: none. */
int reuse_taking_fd(const struct run *run);
int reuse_giving_fd(const struct run *run);
/* Takes in what came back. */
void reuse_step(struct run *run);
/* The run ends early: nobody waits for what is being copied. */
void reuse_stop(struct run *run);
/* Is the stage one whose results are looked up or offered? */
bool reuse_wants(const struct run *run, uint32_t stage);
/* The names of what such stages read are wanted, as they are judged. ctx: the run. */
void reuse_want(void *ctx);
/* A stage that is CHECKING and must run. False: it runs now; else it is QUEUED later, if nothing
 * fits. */
bool restore_begin(struct run *run, uint32_t stage, bool is_forced);
/* A stage that is CHECKING and up to date is offered to the cache, and settled then. False: it is
 * not offered. */
bool restore_push(struct run *run, uint32_t stage);
/* Nothing came of it: under that key nothing is looked up again before the stage has run. */
void reuse_missed(struct run *run, const struct restore *restore);
/* The names of contents that it waited for are known; false: it did not wait for them. */
bool restore_resume(struct run *run, uint32_t stage);
void restore_free(struct restore *restore);
/* Is what it read beyond its declared inputs still what the variant says? */
bool restore_fits(struct run *run, struct restore *restore);

/* restored.c: the attempt of what was taken. */
struct running *restored_new(struct run *run, struct restore *restore, struct err *err);
/* In a worker, before anything is taken: what is known of directories decides whether they are left
 * out. */
void restored_choose(struct restore *restore, int64_t until_ns);
/* All that is taken is in the work directory. False: it cannot be taken for the stage's. */
bool restored_fill(struct run *run, struct running *running);
/* What it was made of is still what was looked up. */
bool restored_fits(struct run *run, struct running *running);
/* The names of what was taken, when its files are listed. */
void restored_names(struct run *run, struct running *running);
/* The stage's output number k, if that was left out: a temporary one that is there when a stage
 * that reads it must run, and until then counts as if it had been made and removed. Else NULL. */
const struct left_out *restored_left_out(const struct running *running, uint32_t k);
/* The attempt succeeded, and is noted: stages that read what was left out know it by its name. */
void restored_name_left_out(struct run *run, struct running *running);
/* The same of files in directories that `maker` left out and the stage reads. */
void restored_name_inside(struct run *run, uint32_t maker, uint32_t stage);
/* Puts the log of the attempt that made it in place, with a line that says so. */
void restored_log(struct run *run, struct running *running);
/* Nothing came of it: takes all back, and lets the stage run. */
void restored_drop(struct run *run, struct running *running);

/* reuse_key.c */
/* Nothing that the attempt read changed meanwhile, nor did it change what it read. */
bool reuse_is_sound(const struct attempt *attempt);
/* False: not known yet, and asked for (*waits: the stage is resumed), or it cannot be had. waits
 * NULL: nothing is asked, as of a stage that is settled and must not be resumed. */
bool reuse_key(struct run *run, uint32_t stage, struct sha256 *out, bool *waits);

/* offer.c */
/* The attempt succeeded, and its manifest is written. */
void offer_begin(struct run *run, const struct running *running);
/* The same of what the stage made in an earlier run. */
void offer_record(struct run *run, uint32_t stage);
void offer_step(struct run *run);
/* Is what the stage made still on its way there? */
bool offer_is_giving(const struct run *run, uint32_t stage);
/* At the end of the run, for so long as that may take. */
void offer_wait(struct run *run);

#endif
