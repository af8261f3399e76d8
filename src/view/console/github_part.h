/* The parts of github.h, for its own files only. */
#ifndef VIEW_GITHUB_PART_H
#define VIEW_GITHUB_PART_H

#include "base/buf.h"
#include "base/err.h"
#include "view/console/github.h"
#include "view/words/words.h"

#define GITHUB_SLOWEST 10

struct github {
	struct listener listener;
	struct github_options options;
	struct failures failures;
	struct slow slowest[GITHUB_SLOWEST]; /* falling */
	uint32_t slowest_count;
	struct err err;
};

/* The step summary, Markdown. */
void github_summary(const struct github *github, const struct run_event *event, struct buf *out);

#endif
