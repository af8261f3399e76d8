/* Taking what is there as up to date, without a run: present command, config, environment, tools
 * and inputs count from now on as those that made the outputs that are there. */
#ifndef RUN_ACCEPT_H
#define RUN_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "record/judge/judge.h"

struct accept_request {
	const bool *wanted;  /* by stage */
	bool is_format_only; /* of them those that would run only for REASON_FORMAT_CHANGED */
	/* the stages never succeeded, and what lies at their outputs is to be these */
	bool adopts;
	/* the wanted stages are those of one declaration, which was called so; or NULL */
	const char *was;
	/* Called for each wanted stage once all manifests are written: what was accepted, nothing
	 * for one that was up to date. Instances that there were not under the old name are left
	 * out. Borrowed for the call. */
	void (*tell)(
		void *ctx, uint32_t stage, const struct reason *reasons, uint32_t reason_count);
	void *ctx;
};

/* All or nothing: -1 with err (EXIT_USAGE if a stage has nothing to be accepted: it never
 * succeeded, or did although it is to be adopted, is disabled, or a file is missing), and then no
 * manifest was changed. The caller holds the job's lock. */
int accept_job(const struct graph *graph, const struct accept_request *request, struct err *err);

#endif
