/* What commands begin and end with: loading the definition, finding stages, running with everybody
 * who watches, writing results. */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include "cmd/command.h"
#include "model/load/definition.h"

struct cache_settings;
struct diags;
struct graph;
struct plan;
struct run_options;
struct stamps;

/* Gets the command what it needs, runs it, writes what it said, tells what went wrong. Returns the
 * exit code. */
int session_run(struct call *call);

/* The shared cache, by [cache], RESTAGE_CACHE and the command line; texts lie in the session's
 * arena. -1 with err. */
int session_cache(struct call *call, struct cache_settings *settings, struct err *err);

/* The names of the jobs that there are, in natural order, in the arena. Returns how many. */
size_t session_jobs(const struct graph *graph, struct arena *arena, const char ***names);

/* For a command that loads by itself, and again, what -f, -p and --job name; the process stands in
 * the root afterwards. If that is not possible NULL, a message on stderr, and *exit_code. Caller
 * frees with graph_free. */
struct graph *session_load(const struct call *call, int *exit_code);

/* The plan of the wanted stages; with --always they are forced. For run -n it is looked up what the
 * shared cache has. Caller frees with plan_free. */
int session_plan(struct call *call, bool with_records, struct plan *plan, struct err *err);
/* What the command line asks for of a graph, by stage: all that a run goes over, or the targets
 * themselves, of which what they make is asked for (NULL: there are none). NULL with err. Caller
 * frees. */
enum session_stages {
	STAGES_WANTED,
	STAGES_NAMED,
};
bool *session_select(
	struct call *call, const struct graph *graph, enum session_stages which, struct err *err);
/* Inputs that no stage makes must be there before anything runs. Says on stderr which are missing,
 * each at its line: EXIT_USAGE then, else EXIT_OK. stamps: of this graph, or NULL: then the
 * files are looked at for this alone. */
int session_inputs(const struct call *call, struct stamps *stamps);
/* Runs the job with console, logs, picture. Fills in what -q, -v and --color say, tells what went
 * wrong. Returns the exit code; options->jobs 0 means as many as there are processors. */
int session_run_job(struct call *call, const struct run_options *options);

/* Says what went wrong, on stderr; returns the exit code. */
int session_fail(const struct err *err);
void session_diags(const struct diags *diags);
/* What -f, -p, --forget and --job say. */
struct definition_request session_request(const struct call *call);
int session_mistake(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* EXIT_USAGE */
/* "restage: text" on stderr, unless -q. */
void session_note(const struct call *call, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* For job_lock: says who is waited for. ctx: the call. */
void session_waiting(void *ctx, const char *who);

bool session_color(const struct call *call); /* on stdout? */
/* Writes to stdout at once: this text, or what is in call->out. False if that is not possible (any
 * more): stop then. The call remembers why, and main tells. */
bool session_write(struct call *call, const struct buf *out);
bool session_flush(struct call *call);
/* Writes call->out to call->output instead. A regular file is replaced as a whole; a FIFO or device
 * is written to. */
int session_write_file(struct call *call, struct err *err);

#endif
