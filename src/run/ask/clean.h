/* Removing what manifests say the stages made, and nothing else. */
#ifndef RUN_CLEAN_H
#define RUN_CLEAN_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct graph;

struct clean_item {
	const char *path;
	const char *why_kept; /* NULL: removed (or would be) */
};

struct clean_request {
	const bool *wanted; /* by stage; NULL: what is there of stages that are defined no more */
	bool is_dry;        /* only tell */
	bool is_forced;     /* also what is no longer as the stage made it */
	/* Called for each file and directory, in order of the stages; borrowed for the call. */
	void (*tell)(void *ctx, const struct clean_item *item);
	void *ctx;
};

/* Outputs, intermediates and what was reported as such; then, when nothing of a stage was kept,
 * its log, its manifest, a work directory that an interrupted attempt left, and directories that
 * are empty then. An output that is no longer as recorded is kept, as is what lies outside the
 * root (also behind links) or is an input that no stage makes. The caller holds the job's lock
 * unless it is a dry run. */
int clean_job(const struct graph *graph, const struct clean_request *request, struct err *err);
/* What lay at the places of outputs, and was kept in replaced/ when these came: told by run. */
int clean_replaced(const struct graph *graph, const struct clean_request *request, struct err *err);

#endif
