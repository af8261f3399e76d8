/* A run in GitHub Actions: a listener that tells the failures in the form that GitHub shows best.
 *
 * At the end of the run each failure (ten at most) is a group of the step's log, that folds, and an
 * annotation at the line of the pipeline file that declares the stage; the whole run is a table in
 * the step's summary.
 *
 *	::group::asr failed (exit code 1, 4.2s)
 *	::stop-commands::<token>
 *	asr failed: ...                       what the console shows elsewhere
 *	::<token>::
 *	::endgroup::
 *	::error file=pipelines/a.ini,line=12,title=asr failed::exit code 1, 4.2s%0A...
 *
 * What a stage puts out cannot give commands to the runner: between stop-commands and the token,
 * which is made at random for each run, the runner takes none; and in lines of the console they are
 * made harmless (github_guard). In the summary every character that Markdown or HTML could take is
 * an entity. */
#ifndef VIEW_GITHUB_H
#define VIEW_GITHUB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "run/engine/listener.h"
#include "view/words/words.h"

struct github_options {
	char token[33];        /* nothing that a stage can know */
	const char *summary;   /* path of the file that the summary is appended to; NULL: none */
	const char *workspace; /* absolute; annotations name files below it; NULL: not known */
	void (*write)(void *ctx, const char *data, size_t len); /* to the step's log */
	void *ctx;
};

/* Is this GitHub Actions (GITHUB_ACTIONS=true)? */
bool github_detected(void);
/* Options for stderr and the environment as it is. */
void github_detect(struct github_options *options);

/* To be put behind the console's in the run's list. Fails if the summary cannot be written. Never
 * NULL. Strings of the options are borrowed. */
struct listener *github_new(const struct github_options *options);

/* Makes lines of a log harmless: "::" at the start of one, and "##[" anywhere, begin a workflow
 * command. */
void github_guard(struct buf *lines);

/* For its own files only. */
#define GITHUB_SLOWEST 10

struct github {
	struct listener listener;
	struct github_options options;
	struct failures failures;
	struct warned warned;
	struct slow slowest[GITHUB_SLOWEST]; /* falling */
	uint32_t slowest_count;
	struct err err;
};

/* The step summary, Markdown. */
void github_summary(const struct github *github, const struct run_event *event, struct buf *out);

#endif
