/* One run of a job: judge and run what is selected, in order, in parallel. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/graph/executor.h"
#include "run/engine/jobserver.h"
#include "run/engine/listener.h"

struct cache_settings;
struct diags;
struct exec_kind;
struct grow;
struct remembered;

/* The definition as it expands by what stages have made by now, and what is asked of it. */
struct expansion {
	struct graph *graph;
	bool *wanted, *forced, *named; /* by its stages; NULL: none; for the receiver to free */
};

struct run_options {
	const bool *wanted; /* by stage */
	const bool *forced; /* by stage, or NULL */
	const bool *named;  /* by stage: a target itself, whose temporary outputs stay; or NULL */
	uint32_t jobs;      /* stages at once, at least 1 */
	/* that running stages may claim together; 0: as many as processors (at least jobs) */
	uint32_t threads;
	uint64_t memory; /* bytes that running stages may claim together; 0: the machine's */
	/* shares jobs with the makes in stages, unless one is above us */
	enum jobpool_style jobpool;
	enum executor executor; /* of stages that do not say it themselves */
	uint32_t away_jobs;     /* stages at once elsewhere; 0: as [slurm] says, or many */
	bool leaves;            /* a signal ends the run alone: what runs elsewhere goes on */
	bool keep_going;
	bool no_wait; /* another run holds the lock: EXIT_WORLD at once instead of waiting */
	/* run stages under strace; what they open undeclared is a warning, and EXIT_DIFFER */
	bool audit;
	/* No command runs: what must run is restored if the cache has it, else it stays as it
	 * is. */
	bool only_restores;
	/* The same, and nothing is restored: what is up to date is offered to the cache. */
	bool only_offers;
	bool audit_system; /* with audit: also what lies outside of the root */
	/* whose graph is the one to run; NULL: it is read from the job */
	const struct index *index;
	/* what the graph was made for (index_request); NULL: no index is written */
	const struct digest *request;
	/* what the job is to remember of -p from now on; NULL: what it does already */
	const struct remembered *params;
	/* an input that no stage makes and that is not there: EXIT_USAGE, nothing run */
	bool checks_inputs;
	/* expands the definition anew; -1 with mistakes, or err. NULL: the graph does not grow */
	int (*expand)(void *ctx, struct expansion *out, struct diags *diags, struct err *err);
	void *expand_ctx;
	struct grow *grow; /* of the graph; outlives the listeners */
	/* where results come from that exist already, and where ours go; NULL: nowhere */
	const struct cache_settings *cache;
	struct listener *listeners;
	const struct exec_kind *here; /* that starts commands on this machine; NULL: exec_local */
	const struct exec_kind *away; /* that starts them elsewhere; NULL: exec_slurm */
};

/* Runs. Returns the exit code (EXIT_OK, EXIT_STAGE, EXIT_WORLD with err filled), or 128 + n after
 * signal n (the caller then dies of it). The graph's order and arrays are not changed. */
int run_job(const struct graph *graph, const struct run_options *options, struct err *err);

#endif
