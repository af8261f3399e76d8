/* Which stages of the graph a command is about. */
#ifndef MODEL_SELECT_H
#define MODEL_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct graph;

struct select_request {
	/* a stage (with foreach: all its instances), an instance, a tag, an output or intermediate
	 * file (relative to the root or absolute), a stage or instance behind its number (04_asr),
	 * or a pattern of stages or instances ('align/ep*') */
	const char *const *targets;
	size_t target_count; /* 0: everything */
	const char *from;    /* NULL, or: only this and what needs it, directly or not */
	const char *until;   /* NULL, or: only this and what it needs, directly or not */
	bool only;           /* the targets themselves, without what they need */
	/* A target may be an instance that is made by a list: then what makes that is selected, and
	 * *awaited the last such target; NULL: none was. */
	bool awaits;
	const char *awaited;
};

/* wanted[stage] = true for each selected one; wanted has stage_count entries, cleared here. Unknown
 * names are EXIT_USAGE with the nearest known name. */
int select_stages(
	const struct graph *graph, struct select_request *request, bool *wanted, struct err *err);

#endif
