/* The state of one run, shared by the files of this folder that make up a run: run.c (beginning and
 * end), loop.c, check.c (judging), running.c (an attempt while it runs), attempt_finish.c (what
 * comes after), notify.c (events). One thread owns all of it. */
#ifndef RUN_CONTEXT_H
#define RUN_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/said.h"
#include "base/workers.h"
#include "model/command/command.h"
#include "model/graph/job_paths.h"
#include "model/graph/stage_finder.h"
#include "record/index/index.h"
#include "record/judge/judge.h"
#include "record/judge/known.h"
#include "record/judge/recorded.h"
#include "record/manifest/attempt.h"
#include "record/manifest/events.h"
#include "record/manifest/record.h"
#include "record/stamp/stamp.h"
#include "run/attempt/stagelog.h"
#include "run/engine/away.h"
#include "run/engine/run.h"
#include "run/engine/sched.h"
#include "run/engine/workdir.h"
#include "run/exec/exec.h"
#include "run/job/signals.h"

/* One attempt that is under way. */
struct running {
	uint32_t stage;
	uint64_t id;        /* for the executor */
	struct arena arena; /* everything of the attempt */
	struct attempt attempt;
	/* own_dir: the begin marker, in which our own files lie. work_dir: where outputs are made:
	 * the same, or with `dir = work` a directory in it */
	const char *dir, *own_dir, *work_dir, *events_path, *log_path;
	const char *kept_log; /* name of the last success's log; NULL: there is none */
	/* Of dir and own_dir, while files in them are made or moved: found beneath the job's
	 * directory. Else -1 */
	int dir_fd, own_fd;
	int state_fd; /* the run's, for listings of directories; -1: they are not kept */
	struct stagelog *log;
	struct events_reader *events;
	int64_t started_mono;
	const char *gpus;        /* ids of those that it has; NULL: none */
	struct buf final;        /* of running_text */
	struct said said;        /* what the stage reported last */
	struct buf logged_error; /* the last one that the stage logged itself; "": none */
	int64_t state_mono;      /* when a state of progress was told last; 0: none was */
	/* when next to write the running manifest, read events, sample; when to look at its memory;
	 * the sooner of the two; monotonic */
	int64_t due_ms, watch_ms, look_ms;
	bool is_cancelled;     /* by the end of the run */
	bool has_ended;        /* the command; what it reported is still being read */
	uint32_t rest_reads;   /* since then */
	const char *remark;    /* what the executor remarked about the end, or NULL */
	bool is_shown_running; /* the manifest says running */
	const char *failure;   /* what went wrong, one line; NULL: nothing so far */
	/* what the stage reported */
	struct attempt_file *reported;
	uint32_t reported_count, reported_cap;
	struct map reported_by_path[3]; /* by role: path -> index */
	uint32_t error_cap, warning_cap, cost_cap;
	bool is_skip;     /* that it was skipped: outputs need not be there */
	bool says_failed; /* that it failed, whatever its exit code */
	double progress;
	uint32_t unkept_phases;
	double peak_mb;              /* largest sum over the process tree that was seen */
	double sampled_cpu;          /* seconds at the last sample ... */
	double sampled_gpu;          /* busy seconds of its GPUs then */
	int64_t sampled_mono;        /* ... and when that was; 0: not yet */
	struct exec_outcome outcome; /* of the command */
	uint32_t file_cap;           /* of attempt.files */
	uint32_t declared_inputs; /* the first of attempt.files: declared or found in the command */
	/* As they were when the stage began: declared inputs, then those that only its record
	 * knows, in their order there. */
	const struct stamp *collected;
	uint32_t first_made; /* the first output in attempt.files */
	uint32_t made_cap;
	int64_t begin_ns; /* when it began by the file system's clock; 0: not known */
	/* by attempt.files: where an output is before it is put in place; NULL: nowhere */
	const char **made_at;
	char *made_type; /* with made_at: its type, as in fs_stat */
	/* the same: names of contents for the cache, of size UINT64_MAX where that is not known;
	 * NULL: none is */
	struct content *made_names;
	bool wants_names; /* they are wanted */
	struct work work; /* for hashing in a worker */
	struct err work_err;
	const char *named; /* the output that was found to name the work directory; NULL */
	bool is_settling;  /* a worker has it, or the content of its inputs */
	bool is_waiting;   /* for the latter */
	bool is_viewed;    /* what views print of what it made is asked */
	/* of attempt.files: inputs that the stage told of first now; their content was asked for */
	uint32_t *asked;
	uint32_t asked_count, asked_cap;
	/* by stage, of the arena: needed, or told of as missing; NULL: not asked yet */
	bool *known_needs;
	struct away *away;       /* it runs elsewhere; NULL: here */
	struct restore *restore; /* its results come from the cache; owned; NULL: they do not */
	bool left_nothing;       /* its work directory is empty now */
	bool is_left;            /* after a failure: what is in it is kept */
	const struct fs_stat *before_update; /* by output: its final place before the attempt */
	struct running *next;
};

/* Below this much, outputs are hashed at once: handing them to a worker costs more. */
#define SETTLE_INLINE_MAX ((uint64_t)4 << 20)

struct gpus;
struct restore;
struct reuse;
struct jobpool;
struct jobserver;
struct places;
struct pollfd;
struct tools;
struct viewer;
struct views;

/* What a run knows of a stage. */
struct run_stage {
	const struct record *record; /* read when first asked for: see run_record */
	struct reason *reasons;      /* why it is not up to date; in the run's arena */
	uint32_t reason_count;
	uint32_t attempts;     /* number of the last one */
	uint32_t losses;       /* of these, whose job was lost: they have not failed */
	bool is_by_record;     /* it is judged by its manifest */
	bool is_refreshed;     /* its files were looked at again for judging it */
	bool is_noted;         /* for the next index: what its manifest says */
	bool has_run;          /* an attempt of it succeeded in this run */
	bool is_interrupted;   /* a work directory was found */
	bool is_back;          /* its manifest tells of its success again */
	bool is_untold;        /* that it is up to date: at the end, if it still is */
	uint32_t views_wanted; /* so many are asked before it goes on */
	uint32_t made_for;     /* the stage for which its temporary outputs are made again, + 1 */
};

/* A stage that is about to be settled, whose list came out otherwise than the graph has it. */
struct held {
	uint32_t stage;
	enum sched_state state;  /* that it will be in */
	struct running *running; /* its attempt, if that succeeded */
};

struct run {
	const struct graph *graph;
	const struct run_options *options;
	/* the options', by what the graph has by now */
	const bool *wanted, *forced, *named;
	bool *own_wanted, *own_forced, *own_named;
	struct grow *grow;    /* whose graph it is; NULL: it does not grow */
	struct graph *normal; /* it, as the definition gives it now; NULL: it has not grown */
	struct held *held;
	uint32_t held_count, held_cap;
	int64_t expanded_mono, expanding_ns; /* when the definition was last expanded; how long */
	bool has_grown;
	bool is_list_stale;        /* the graph has a list that is not what the record tells */
	struct arena arena;        /* for the whole run */
	struct arena scratch;      /* for judging one stage; reset after each */
	struct buf log_line;       /* of a stage's log, being made */
	struct workers *workers;   /* for the stamps */
	struct workers *finishers; /* for outputs */
	uint32_t settling;
	struct stamps *stamps;
	struct sched *sched;
	struct gpus *gpus;   /* NULL: no stage takes one */
	struct reuse *reuse; /* of results in the shared cache; NULL: there is none */
	struct stage_finder finder;
	const struct exec_kind *executor;
	struct exec *exec;            /* NULL until a command is to be started */
	const struct exec_kind *away; /* that starts what runs elsewhere */
	struct exec *away_exec;       /* NULL until something does */
	struct away_list away_list;
	struct away_watch away_watch;
	uint32_t away_chance;    /* in tokens */
	struct adopted *adopted; /* list; in the arena */
	bool drops_ended;        /* what has ended elsewhere lies in a directory that is renamed */
	bool is_leaving;         /* what is out goes on without us */
	/* So long the job's lock is ours for sure: INT64_MAX where no other machine can have it */
	int64_t lock_sure_ms;
	struct err lock_err; /* it was lost: another head may be here, nothing more is written */
	struct jobserver *jobserver; /* make's or the pool's, or NULL */
	struct jobpool *jobpool;     /* of our own, or NULL */
	struct signals signals;
	struct run_stage *stages;
	uint32_t last_copied; /* the stage whose verdict was copied last */
	/* path of the job's config file without config; NULL: not made yet */
	const char *empty_config;
	/* what successes rest on, for the next index; begun when one is added */
	struct recorded recorded;
	struct tools *tools;
	struct views *views; /* NULL: the definition has none */
	struct viewer *viewer;
	uint32_t *waiting; /* stages that are judged when the versions of their tools are known */
	uint32_t waiting_count, waiting_cap;
	struct running *running; /* list */
	uint64_t next_id;
	const struct index *index; /* what the last run left, or NULL */
	const char *notice;        /* about the index, or NULL */
	struct index *own_index;   /* the same if it was read here */
	struct index_state state;  /* what is in the index's file, if it is of this graph */
	bool has_written;          /* this run wrote it */
	int64_t written_mono;      /* when; 0: not yet */
	int64_t writing_ns;        /* how long that took */
	bool is_same_graph;        /* its stages and files have this graph's numbers */
	struct known known;        /* what that index has of the stages */
	char run_id[32];
	const char *log_path;
	int lock_fd;
	int job_fd, state_fd; /* the job's directory and its .restage; -1: not yet */
	bool has_begun;       /* RUN_BEGIN was told */
	bool is_mistaken;     /* an input that no stage makes is not there */
	bool has_told_format, wants_lines;
	bool has_temporary; /* a stage makes something temporary */
	/* that is gone: what is up to date may yet be judged again, and is told at the end */
	bool has_gone;
	bool has_opened;  /* the open mark is written */
	bool was_open;    /* it was there already: the run before was killed */
	bool wants_token; /* a stage waits for a slot of make's */
	int64_t started_mono;
	int64_t began_ns;       /* wall */
	int64_t hashing_mono;   /* since when files are hashed; 0: none are */
	int64_t told_mono;      /* when that was last told */
	int64_t estimated_mono; /* when the time left was last estimated */
	struct work_dirs work_dirs;
	struct run_totals totals;
	struct err err; /* what ended the run early: of the world */
	struct pollfd *polls;
	size_t poll_cap;
};

/* notify.c */
void notify(struct run *run, struct run_event *event); /* fills in what all events have */
/* Lets the listeners do what time asks of them; returns left_ms (-1: none), or less if one wants to
 * be called sooner. */
int64_t notify_tick(struct run *run, int64_t left_ms);
/* Does somebody follow what runs, at this moment? */
bool notify_is_watched(const struct run *run);
void notify_text(struct run *run, enum run_event_kind kind, uint32_t stage, enum log_level level,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* RUN_HASHING, if that has gone on for a second, a few times a second. ctx: the run. */
void notify_hashing(void *ctx);

/* The run cannot go on: keeps the first error, starts nothing more. */
void run_fail(struct run *run, const struct err *err);

/* Opens state_fd, again if it was open: .restage may be removed at any time. */
int run_open_state(struct run *run, struct err *err);

/* The stage's record; reads its manifest if that was not done yet. */
const struct record *run_record(struct run *run, uint32_t stage);
/* What the stage took last time; negative: not known. */
double run_seconds(const struct run *run, uint32_t stage);

/* By stage, the longest way from its start to the end, by what is known; owned by the caller. */
double *run_remaining(const struct run *run);

/* index_update.c: takes note of a success; the attempt's manifest is written. */
void index_note_success(struct run *run, struct running *running);
/* Writes the index for the next run, if anything is not as the last one left it. */
int index_update(struct run *run, struct err *err);
/* The same now and then, in a run that takes long: should it be killed, what it hashed is not
 * lost. */
void index_update_meanwhile(struct run *run);
void index_update_end(struct run *run); /* frees what was kept for it */

/* loop.c: judges, starts and settles until nothing is left. */
void loop_run(struct run *run);
bool loop_holds_lock(void *run); /* the job's; the loop ends if not */

/* sweep.c: what a killed run left. Finds interrupted stages, removes files that were being written
 * aside. */
void sweep_begin(struct run *run);
void sweep_stage(struct run *run, uint32_t stage); /* the same of a stage that came later */
void sweep_state(const struct run *run);           /* the same in .restage */
/* Removes the work directories of stages that are settled by now, and the open mark if none is
 * left. */
void sweep_end(struct run *run);

/* check.c: a stage that the scheduler gave to be judged. */
void check_begin(struct run *run, uint32_t stage);
void check_resume(struct run *run, uint32_t stage); /* its files are known now */
/* The stage is up to date: tells it, and settles it. */
void check_settle(struct run *run, uint32_t stage);
/* A stage that is up to date, but not settled, has failed all the same. */
void check_fail(struct run *run, uint32_t stage, const char *failure);
/* The stage's identity as it is judged: versions of its tools are known. */
void check_key(struct run *run, uint32_t stage, struct record_key_set *key);
void check_tell_fresh(struct run *run); /* at the end: which of those held back were up to date */
void check_stat_all(struct run *run);   /* looks at all files of wanted stages at once ... */
/* ... and reads those of which that is not enough, as far as small */
void check_hash_small(struct run *run);

/* CHECKING: it is up to date. */
void check_fresh(struct run *run, uint32_t stage);
/* CHECKING, or SETTLING what was restored: it is to run, when what it reads is there again. */
void check_queue(struct run *run, uint32_t stage);

/* running.c */
/* An attempt of which nothing is known and nothing done yet, in the run's list. */
struct running *running_new(struct run *run, uint32_t stage);
/* It begins now, with what the definition says of it. */
void running_begin(struct run *run, struct running *running);
void running_tell_start(struct run *run, const struct running *running);
/* Makes its work directory, and opens dir_fd and own_fd. */
int running_make_place(struct run *run, struct running *running, struct err *err);
void running_start(struct run *run, uint32_t stage);
/* The ids that it has until its end, if it takes some. */
void running_take_gpus(struct run *run, struct running *running);
void running_look(struct run *run, struct running *running, int64_t now_ms); /* its time has come */
/* or was refused */
void running_ended(struct run *run, struct running *running, const struct exec_event *end);
void running_free(struct run *run, struct running *running);
/* The run's mark that something may be left half done: removed at its clean end. */
int running_open_mark(struct run *run, struct err *err);
/* Opens dir_fd, and makes it if it is missing. */
/* Whose inputs are looked at, by whom. */
struct sight {
	const struct run *run;
	uint32_t stage;
};
/* What the attempt knows of the command; the sight is borrowed. */
struct command_attempt running_command(const struct running *running, const struct sight *sight);
int running_open_dir(struct run *run, struct running *running, struct err *err);
/* What own_fd is to be, or -1 with errno; dir_fd is open. */
int running_open_own(struct running *running);

/* measure.c */
/* What is told of it while it runs: what the stage reported may still change. */
struct attempt measure_attempt(const struct running *running);
void measure_tell(struct run *run, struct running *running); /* STAGE_SAMPLE */
/* Looks how much memory it has, and says when to look again (watch_ms). */
void measure_watch(struct run *run, struct running *running, int64_t now_ms);
/* A warning of more memory than it claims: others are started by that. */
void measure_tell_memory(struct run *run, struct running *running);
void measure_end(struct running *running, const struct exec_outcome *outcome);

/* From now on lines of the command's output, and states of its progress, are told. */
void output_follow(struct run *run, struct running *running);
/* Puts the log that lies there aside if it is to be kept, before a first attempt writes its own. */
void kept_log_begin(struct run *run, struct running *running);
/* After an attempt: removes those that are too many. */
void kept_log_end(const struct run *run, const struct running *running, bool is_success);
/* Makes or opens what own_dir has beside our own files: the directory of outputs, where that is
 * another. -1 with err. */
int running_make_work_dir(struct running *running, struct err *err);
/* Sets own_dir to that path, and what follows from it. */
void running_set_places(struct run *run, struct running *running, const char *own_dir);
/* Closes dir_fd and own_fd: no descriptors are held while a command runs. */
void running_close_dirs(struct running *running);
struct running *running_find(struct run *run, uint64_t id);
/* It is in run->running no more. */
void running_unlist(struct run *run, struct running *running);
/* Lets its manifest say that it runs. */
void running_show(struct run *run, struct running *running);
/* Its place among values by attempt: those whose job was lost do not count. */
uint32_t running_nth(const struct run *run, const struct running *running);
/* Since it began: whole microseconds, as the manifest has them, so that whoever reads that, or the
 * index, finds the same number. */
double running_seconds(const struct running *running);
/* log_frame.c: what the log of a stage begins with, before the command runs, and ends with. */
void log_frame_command(struct run *run, struct running *running);
void log_frame_inputs(struct run *run, struct running *running);
/* What the command runs in; id: of the image, or NULL. */
void log_frame_container(struct run *run, struct running *running, const char *id);
/* text: how it ended. Nothing, if the log could not be opened. */
void log_frame_end(
	struct run *run, struct running *running, enum log_level level, const char *text);

/* running_text.c: the text, with final places instead of those in the work directory; if it has
 * any, until the next call. The same of all strings of a tree. */
const char *running_text(const struct run *run, struct running *running, const char *text);
void running_texts(const struct run *run, struct running *running, json *tree);

/* warnings.c */
/* One more, for the manifest: whatever it came from. */
void warning_add(struct running *running, int64_t wall_ns, const char *text, size_t len);
/* A warning about the stage: in its manifest, its log, and told. */
void running_warn(struct run *run, struct running *running, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* stage_events.c: takes a piece of the StageIO events of an attempt in: a stage may report faster
 * than that is read. Tells whether there may be more. at_end: it has ended. */
bool stage_events_read(struct run *run, struct running *running, bool at_end);
/* The same of one that runs elsewhere, while it does, and only of what is told to those who listen:
 * all is taken in from its beginning when it has ended, after stage_events_again, and what was told
 * is not told then. */
bool stage_events_tell(struct run *run, struct running *running);
void stage_events_again(struct running *running);
/* Final path of a path that the stage named: in the work directory or relative to it (outputs), or
 * relative to the root (inputs); NULL if it is nowhere that can be tracked. In the attempt's
 * arena. */
const char *stage_event_path(
	const struct run *run, struct running *running, enum file_role role, const char *path);

/* costs.c */
/* Adds to the attempt's costs; its texts are copied. */
void costs_add(struct running *running, const struct attempt_cost *cost);
/* The attempt has ended: what [prices] makes of what it used, and its part of the run's costs. */
void costs_end(struct run *run, struct running *running);
/* Has the run cost as much as it may? Then nothing more starts, which is told. */
bool costs_are_spent(struct run *run);

/* Replaces the stage's manifest, never behind a link, making its directory if it is missing. */
int run_rewrite_manifest(struct run *run, uint32_t stage, const struct buf *text, struct err *err);
int attempt_write_manifest(struct run *run, const struct attempt *attempt, struct err *err);
/* renumbered.c: a manifest that names places of before names those of now; the stage's log tells
 * that its directory was renamed. Of all stages: nothing depends on it, so what cannot be done
 * becomes run->notice. */
/* sums.c: the manifests of stages with foreach, as far as something is new of their instances. */
void sums_write(struct run *run);
/* Adds a line of ours to the log of the stage, if it has one. */
int run_note(struct run *run, uint32_t stage, const char *line, struct err *err);
int renumbered_rewrite(struct run *run, uint32_t stage, struct err *err);
void renumbered_rewrite_all(struct run *run);
/* renumbered_links.c: links among the files of a manifest that were left leading nowhere. */
int renumbered_relink(
	struct run *run, struct places *places, const json *manifest, struct err *err);
/* attempt_finish.c: the command has ended, or could not be started: decides what came of it, puts
 * outputs in place, writes the manifest, tells. Large outputs are hashed by a worker first;
 * attempt_finish_step takes in what came back. */
void attempt_finish(struct run *run, struct running *running);
void attempt_finish_step(struct run *run);
/* The attempt succeeded, and all is written down: tells it, settles the stage, and is over. */
void attempt_settle(struct run *run, struct running *running);
/* The same, if it has failed after all. */
void attempt_refuse(struct run *run, struct running *running, const char *failure);
/* What views print of what it made is known, or not asked any more. */
void attempt_viewed(struct run *run, struct running *running);
/* It was none: takes back what it began with, and frees it. */
void running_take_back(struct run *run, struct running *running);
/* The content of a stage's inputs is known, in whose attempt it was asked for; false: in none. */
bool attempt_resume(struct run *run, uint32_t stage);

/* adoption.c: before anything is judged, what an earlier head left elsewhere. may_rename: the
 * directories of stages get their present numbers after this. -1 with err. */
int adoption_begin(struct run *run, bool may_rename, struct err *err);
/* An event that is about one of them? It is kept. */
bool adoption_hear(struct run *run, const struct exec_event *event);
bool adoption_has(const struct run *run, uint32_t stage);
/* The stage is up to date, and what was left is the same once more, as somebody wanted it. False:
 * there is none, or it is another, and ended. */
bool adoption_renews(struct run *run, uint32_t stage);
/* The stage is to be started, and the attempt has its inputs. True: it goes on with what was left.
 * Else that is ended, if there was something. */
bool adoption_take(struct run *run, struct running *running);
bool adoption_end(struct run *run); /* true: some go on without us */

/* attempt_failure.c: one line of what went wrong, NULL if nothing did. */
const char *attempt_failure(struct run *run, struct running *running);
/* What lies behind a bare exit code or signal, as far as the stage said it: the message that it
 * ended with, the error that it reported, or else what it logged. NULL: nothing. */
const char *attempt_cause(struct running *running, const char *failure);
/* The failure with its cause, and the command's last lines: for the manifest. */
void attempt_add_error(struct running *running, const char *failure, const struct run_event *event);

/* collect.c: what the attempt used and made, as attempt.files. */
void collect_inputs(struct run *run, struct running *running); /* before the command starts */
/* After it: inputs looked at again, depfile and reported inputs added. -1 with running->failure.
 * *is_asked: workers read the content of some; stamps_step gives the stage when it is known. Then,
 * or at once, collect_asked takes what they found. */
int collect_used(struct run *run, struct running *running, bool *is_asked);
void collect_asked(struct run *run, struct running *running);
/* Outputs and intermediates: where they are now and what size they have; not hashed yet. -1 with
 * running->failure if one is missing. */
int collect_made(struct run *run, struct running *running);
/* Hashes what collect_made listed. Touches only the attempt: may run in a worker. */
int collect_hash(struct running *running, struct err *err);
/* The id of a file of the stage. By its path alone, all paths would have to be listed first. */
uint32_t collect_id(const struct run *run, uint32_t stage, const char *path);

/* relink.c: lets the links among what was made mean at their final place what they mean to the
 * stage. `lists`: by file from first_made on, of directories; makes: not only in these. -1 with
 * err, of EXIT_STAGE if one would lead nowhere. */
struct listing;
int relink_made(struct running *running, struct listing *lists, bool makes, struct err *err);
/* The same of one that nothing tracks; whatever becomes of it. */
void relink_rest(struct running *running, const char *at, const char *final);

/* publish.c: moves what was made to its final place, or leaves it if it is there already. */
#define PUBLISH_MARK 17
/* What stands in the names of its outputs while they are copied to another file system: no other
 * stage, job or user has it. */
void publish_mark(const struct run *run, uint32_t stage, char mark[PUBLISH_MARK]);
int publish_outputs(struct run *run, struct running *running, struct err *err);

/* replaced.c */
/* Keeps what lies at `place`, which is the final place of `file`, if it has to be: moves it away,
 * or leaves it and keeps a copy (is_copied). `place` may be another name of file->path, below an
 * open directory. -1 with err. */
int replaced_keep(struct run *run, struct running *running, const struct attempt_file *file,
	const char *place, bool is_copied, struct err *err);

/* overwritten.c: before the attempt, of outputs that its command will write over. -1 with err. */
int overwritten_keep(struct run *run, struct running *running, struct err *err);
/* What lies at the final places of outputs, as before_update. */
void overwritten_look(struct run *run, struct running *running);

/* left.c: what an attempt leaves for the next one. */
/* The caches of an attempt that a kill ended, out of its work directory, which will be removed.
 * `dir_fd` is the stage's directory. */
int left_rescue(struct run *run, uint32_t stage, int dir_fd, struct err *err);
/* Puts caches into the fresh work directory, and removes what else the last attempt left. */
int left_give(struct run *run, struct running *running, struct err *err);
/* After a failure, before its log ends: will anything be kept? It is told there. */
void left_look(struct run *run, struct running *running);
/* Keeps it; 1: the work directory is gone with that. */
int left_keep(struct run *run, struct running *running, struct err *err);

/* lists.c: lists that stages make. Before anything else: */
void lists_begin(struct run *run, const struct graph *graph);
/* What the attempt made is no list, or one that must not be empty; NULL: all is well. */
const char *lists_mistake(struct run *run, struct running *running);
/* The stage is about to be settled. True: it is held, since the graph has to grow first. */
bool lists_hold(struct run *run, uint32_t stage, enum sched_state state, struct running *running);
void lists_let_go(struct run *run);           /* all that are held, as they are */
void lists_step(struct run *run);             /* lets it grow, if it is time */
int64_t lists_wake_ms(const struct run *run); /* when that is; -1: never */
void lists_end(struct run *run);

/* audit.c */
/* Puts strace in front of the command; its traces go to the work directory. -1 with err if it is
 * not installed. */
int audit_wrap(struct run *run, struct running *running, struct command *command, struct err *err);

/* Reads the traces when the command has ended and the attempt's files are collected: a warning for
 * each undeclared input and each write outside of the stage's outputs, with the line that would
 * declare it. Counted in run->totals.audit_findings. */
int audit_report(struct run *run, struct running *running, struct err *err);
/* "examples/asr.py" -> "asr": a label to start from. */
const char *audit_label(struct arena *arena, const char *path);

/* missing_edge.c: the stage told of a file, or was seen to read it. If another stage makes it which
 * this one does not need, neither directly nor through others, that is told once for the two.
 * True if it was told now. */
bool missing_edge_tell(struct run *run, struct running *running, const char *path);

/* own_change.c: what to do about an output that the command did not make (is_there: and that lies
 * at its place), for the end of a message. In the arena, or static. */
const char *own_remedy(
	struct run *run, struct running *running, const struct attempt_file *file, bool is_there);
/* An input changed while the stage ran; `id` is its stamp, `before` how it was
 * collected. Is it a file named in the command that the stage itself changes? */
bool own_is_changed(struct run *run, const struct running *running, const struct attempt_file *file,
	uint32_t id, const struct stamp *before);
/* Then it does not count from now on, which is told. */
void own_take(struct run *run, struct running *running, struct attempt_file *file);

/* launch.c: opens the executor of this machine, or the other, if that was not done. */
int launch_open(struct run *run, struct err *err);
int launch_open_away(struct run *run, struct err *err);
/* Starts the command of the attempt. 1: it is refused at once, see *refusal; -1 with err. */
int launch_command(
	struct run *run, struct running *running, struct exec_event *refusal, struct err *err);

/* versions.c: whether the versions of the stage's tools are known. If not they are asked for, and
 * the stage goes to check_begin again when they are. */
bool versions_known(struct run *run, uint32_t stage);
/* The stage is to run: whether the image of its container is here. If not, that is seen to, and the
 * stage goes to check_begin again. *failure: why it cannot be had, or NULL. */
bool versions_image(struct run *run, uint32_t stage, const char **failure);
void versions_told(void *ctx, const char *text);
void versions_refused(void *ctx, uint32_t stage, const char *text, const char *output);
void versions_take(struct run *run, const struct exec_event *event); /* about a version command */
/* viewed.c: the graph is there, or has grown since it had `old` stages. */
void viewed_begin(struct run *run);
void viewed_grow(struct run *run, uint32_t old);
/* Whether it is known what views print of what the stage reads, and of what it made, as
 * far as that is as recorded (NULL: all is). If not it is asked, and the stage goes to check_resume
 * when that is known. */
bool viewed_known(struct run *run, uint32_t stage, const struct record *record);
/* The stage is up to date: its manifest tells of views as they are now. */
void viewed_renew(struct run *run, uint32_t stage);
/* Is it known of what an attempt made? Takes it; else the attempt goes to attempt_viewed later. */
bool viewed_made(struct run *run, struct running *running);
#define VIEW_FAILED "the view of '%s' failed, so its bytes count: '%s': %s"
bool viewed_step(struct run *run); /* stages and attempts go on; true: some did */
void viewed_take(struct run *run, const struct exec_event *event); /* about a view */
void viewed_give_up(struct run *run);   /* the run has stopped: nobody waits for them any more */
void versions_give_up(struct run *run); /* the run has stopped: nobody waits for them any more */

#endif
