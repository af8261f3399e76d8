/* A command as the user types it, and one call of it. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "cmd/options.h"
#include "model/load/definition_places.h"
#include "model/load/remembered.h"

/* Options of every command; they may stand before and behind its name. */
struct globals {
	const char *file, *dir, *job, *cache;
	const char *profile; /* absolute from session_run on; NULL: there is none */
	struct option_list params, forget;
	int color; /* enum style_choice */
	bool is_quiet, is_verbose, wants_version, wants_help, no_cache;
	struct arena texts; /* of parameters that were read from a file, and of profile */
};

extern const struct option_spec global_options[];

/* The own options of all commands: what a command does not have is never set. */
struct wishes {
	bool is_json, is_quiet, is_dry, is_forced, is_plain, is_audit, asks;
	bool with_files, with_programs, with_instances, with_system, names_only;
	bool follows, only_failed, is_all, is_once, is_check, is_now, is_strict;
	bool keep_going, is_only, no_wait, leaves, opens, watches, of_runs, is_diff, is_csv,
		is_orphans, is_replaced, adopts;
	int format, level, jobpool, executor; /* place in the choices */
	int verb;                             /* of `cache`: place in its table */
	uint32_t jobs, threads, port;
	uint64_t memory;
	const char *run, *output, *from, *until, *was, *metric, *sort;
};

/* A row of a command's options. */
#define OPTION(letter, name, arg, kind, member, help) \
	{ \
		letter, name, arg, help, OPTION_##kind, offsetof(struct wishes, member), NULL \
	}
#define CHOICE(name, arg, member, choices, help) \
	{ \
		0, name, arg, help, OPTION_CHOICE, offsetof(struct wishes, member), choices \
	}

/* Of commands that look. */
#define OPTION_ASK \
	OPTION(0, "ask", NULL, FLAG, asks, "run version commands and views, on which stages depend")

extern const struct option_spec no_options[];

struct watch;

/* A graph and where it came from. */
struct session {
	struct graph *graph;   /* index's own, if that is not NULL */
	struct index *index;   /* of the run that compiled it; NULL: the definition was read */
	struct digest request; /* what the next run's index is kept under */
	/* -p values: what the job remembers, with those of this call on top */
	struct remembered params;
	struct arena arena; /* of params, and of the next ones */
	/* The directory in which the user stands, and the definition's file from there. */
	const char *here, *file;
	const char *awaited; /* a target that is no instance as yet; NULL: there is none */
	struct definition_places places; /* where things stand, for a command that lints */
};

struct call {
	const struct command *command;
	struct globals globals;
	struct wishes wishes;
	struct option_list args; /* what is no option */
	bool is_mistaken;        /* its definition could not be read */
	bool is_named;           /* the command stands in the command line */
	/* What the command needs (enum command_need) is here when it is called. */
	struct session session;
	bool *wanted;        /* by stage; owned */
	bool *named;         /* by stage: a target of `run` itself; owned; NULL: none is */
	char *output;        /* the file of option -o, absolute; NULL: not given; owned */
	struct buf out;      /* what it says on stdout; written when it has returned */
	int out_errno;       /* stdout could not be written: nothing more is; EPIPE is no error */
	struct watch *watch; /* of `run --watch`; NULL */
	/* mistakes and warnings are kept here for the command; NULL: they are told at once */
	struct diags *diags;
};

enum command_need {
	NEEDS_NOTHING,
	NEEDS_GRAPH,   /* the process stands in the root */
	NEEDS_STAGES,  /* and call->wanted: those that the arguments name, all if there are none */
	NEEDS_TARGETS, /* and what these need, as options of run say */
};

struct command {
	const char *name;
	const char *usage;   /* its arguments: "[TARGET]..." */
	const char *summary; /* one line */
	const char *details; /* further lines for its help, or NULL */
	const struct option_spec *options;
	size_t min_args, max_args;
	enum command_need needs;
	bool lints;      /* the definition is read anew, with all its warnings */
	bool needs_job;  /* one that --job names and that was never run is a mistake */
	bool takes_jobs; /* --job may name several */
	bool uses_index; /* a graph that the last run compiled is taken with its index */
	/* Tells what is wrong with the command line before the definition is read. Like run; or
	 * NULL. */
	int (*check)(struct call *call, struct err *err);
	/* Returns the exit code; but an error in err is told, and its code is the exit code. */
	int (*run)(struct call *call, struct err *err);
	/* Called last, also if the definition has mistakes and run was not called; NULL. An error
	 * that it tells itself is cleared. Returns the exit code. */
	int (*end)(struct call *call, int code, struct err *err);
};

#define ARGS_ANY ((size_t)-1)

extern const struct command *const commands[]; /* in the order of the help; NULL at the end */
const struct command *command_find(const char *name);
/* The command that was meant, or NULL. */
const char *command_nearest(const char *typed);

/* Fills the call from a command line (argv[0] is passed over). Each mistake is a line in
 * `mistakes`. */
bool call_parse(struct call *call, const char *const *argv, struct buf *mistakes);
/* Puts the lines of FILE in the place of "-p NAME=@FILE". -1 with err. */
int call_read_params(struct call *call, struct err *err);
void call_free(struct call *call);

/* The help of one command, or of the program with command NULL. */
void help_format(const struct command *command, struct buf *out);

extern const struct command cmd_run, cmd_replay, cmd_status, cmd_why, cmd_graph, cmd_logs, cmd_jobs,
	cmd_runs, cmd_accept, cmd_cache, cmd_audit, cmd_verify, cmd_check, cmd_clean, cmd_diff,
	cmd_export, cmd_init, cmd_list, cmd_metrics, cmd_report, cmd_serve, cmd_show, cmd_top,
	cmd_completions, cmd_help;

#endif
