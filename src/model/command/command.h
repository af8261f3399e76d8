/* From a stage's command template to what is executed.
 *
 * Files and places stand in it as paths from the directory in which it runs (`dir`); as absolute
 * ones where a link lies on the way up from there, and in a command that goes elsewhere (cd).
 * {{root}} and {{job.dir}} are absolute. What stands right behind another path's '/' goes on from
 * there, so it stays relative; behind {{root}}/ it is relative to the root.
 *
 * A one-line command without shell syntax, or with no more of it than plain redirections, is
 * executed directly: words are split at blanks; '...', "..." and \ quote as in the shell; > >> <
 * with a word, 2> 2>> and 2>&1 (1>&2) are redirections that the runner opens itself. Anything else
 * ($ ` * ? [ ~ | & ; ( ) { } # ! unquoted, an assignment in front, a builtin or reserved word as
 * first word, several lines, a `shell` setting) goes to the shell: the usual one (shell.h), or
 * what `shell` says (split at blanks; the script is its last argument). What is executed directly
 * would do the same through the shell. Two things are left to the runner: a program without "#!"
 * that the kernel refuses (ENOEXEC) is a script for /bin/sh, and a script that is longer than an
 * argument can be must be given in a file. */
#ifndef MODEL_COMMAND_H
#define MODEL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/graph/graph.h"

struct arena;
struct diags;

struct command_redirect {
	int fd;           /* 0, 1 or 2 */
	int from;         /* >= 0: a copy of that descriptor (2>&1); -1: open path */
	int flags;        /* O_RDONLY, O_WRONLY|O_CREAT|O_TRUNC, or with O_APPEND */
	const char *path; /* from where the command runs */
};

struct command {
	char **argv; /* NULL-terminated */
	size_t argc;
	struct command_redirect *redirects; /* in order */
	size_t redirect_count;
	bool is_direct;
	const char *refusal; /* why it may not run here; NULL */
	/* What removes what is left of it, should it not end by itself: NULL-terminated; NULL:
	 * nothing is left but processes. */
	char **cleanup;
	bool is_of_daemon; /* what it uses cannot be seen: another process starts its own */
};

/* Where a used file is while its stage makes its outputs in work_dir (outputs and intermediates are
 * made there; updated-in-place ones and inputs are where they always are), or its final path when
 * work_dir is NULL. `use` is an index in graph->uses. Appends it. */
void command_place(const struct graph *graph, uint32_t stage, uint32_t use, const char *work_dir,
	struct buf *out);
/* The same, in the arena. */
const char *command_path(const struct graph *graph, uint32_t stage, uint32_t use,
	const char *work_dir, struct arena *arena);

/* What an attempt of a stage knows and its definition does not. */
struct command_attempt {
	const char *work_dir; /* where outputs are made; NULL: their final paths */
	const char *own_dir;  /* where its lists lie; NULL: as by the definition */
	uint32_t number;      /* of the attempt, from 1; 0: none is made */
	const char *gpus;     /* ids of those that it has; NULL: as if all were free */
	/* Is this input left out? `use` is an index in graph->uses. NULL: those that only stand for
	 * absent ones are (LABEL_ELSE). */
	bool (*is_absent)(const void *ctx, uint32_t use);
	const void *ctx;
	struct command_lists *lists; /* gets them; or NULL */
	const char *file;            /* {{file}} of a view */
};

/* What stands in the files that {{... | list}} stands for: own_dir/WORK_LISTS/1, 2 ... */
struct command_lists {
	struct buf *texts;
	uint32_t count, cap;
};

/* The command as one text, values quoted for the place where they stand (quote.h): what the
 * manifest records and what the shell gets. Several files of one label are so many words. A path
 * that begins with '-' gets "./" in front. `attempt` NULL: what it is by the definition alone. */
void command_expand(const struct graph *graph, uint32_t stage,
	const struct command_attempt *attempt, struct buf *out);

/* What to execute to see a file by that view of the stage's outputs; in the arena. */
void command_view(struct arena *arena, const struct graph *graph, uint32_t stage, const char *view,
	const char *file, struct command *out);

/* Mistakes of a definition: values that cannot stand where a command puts them (quote.h), and pipes
 * where the usual shell cannot see a failure in front of one; told once for each declared stage. */
void command_mistakes(const struct graph *graph, struct diags *diags);

/* What to execute; everything in the arena. */
void command_build(struct arena *arena, const struct graph *graph, uint32_t stage,
	const struct command_attempt *attempt, struct command *out);

/* The same for a text that is no stage's (a version command). shell NULL or "": the default. */
void command_parse(struct arena *arena, const char *text, const char *shell, struct command *out);

/* Does what one program writes go into another? In doubt (a pattern of `case`, a here-document)
 * yes. */
bool command_has_pipe(const char *template_text);

struct command_reader {
	void (*word)(void *ctx, const char *text, size_t len); /* text is valid during the call */
	void *ctx;
	const char *root;    /* what {{root}} stands for; NULL: it is skipped as other holes are */
	const char *modules; /* where those of `python3 -m` lie, with a '/' at its end, or "" for
				where the command runs */
};

/* Words of a command template that may be names of files: literal words without shell syntax
 * (quotes removed), also behind '=' of an option and behind '<'; what has a hole in it is skipped,
 * and where output goes. Of a module the files that it may be are told, and those of its
 * packages. */
void command_words(const char *template_text, const struct command_reader *reader);
/* Does it go to another directory (cd)? In doubt yes. */
bool command_goes_elsewhere(const char *template_text);

#endif
