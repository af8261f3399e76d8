/* Stages that wait for what their version commands say. Others go on meanwhile. */
#include <stdlib.h>

#include "base/mem.h"
#include "run/engine/context.h"
#include "run/engine/tools.h"

static void wait_for(struct run *run, uint32_t stage)
{
	MEM_PUSH(run->waiting, run->waiting_count, run->waiting_cap, stage);
}

/* Judges those of which all is known by now. */
static void release(struct run *run)
{
	uint32_t count = run->waiting_count, *stages MEM_LOCAL = run->waiting;

	/* one that is judged may have to wait again, for its image */
	run->waiting = NULL;
	run->waiting_count = run->waiting_cap = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (tools_want(run->tools, stages[i]))
			check_begin(run, stages[i]);
		else
			wait_for(run, stages[i]);
	}
}

/* Some are refused as they are started, and known then. */
static void go_on(struct run *run)
{
	struct err err = {0};

	if (launch_open(run, &err) < 0 ||
		tools_start(run->tools, run->executor, run->exec, &err) < 0) {
		run_fail(run, &err);
		versions_give_up(run);
	}
	release(run);
}

bool versions_known(struct run *run, uint32_t stage)
{
	if (tools_want(run->tools, stage))
		return true;
	wait_for(run, stage);
	go_on(run);
	return false;
}

bool versions_image(struct run *run, uint32_t stage, const char **failure)
{
	if (tools_want_image(run->tools, stage, failure))
		return true;
	wait_for(run, stage);
	go_on(run);
	return false;
}

void versions_told(void *ctx, const char *text)
{
	notify_text(ctx, RUN_NOTICE, NONE, LOG_INFO, "%s", text);
}

void versions_refused(void *ctx, uint32_t stage, const char *text, const char *output)
{
	notify_text(ctx, STAGE_WARNING, stage, LOG_WARNING,
		"version command '%s' could not be started: %s", text, output);
}

void versions_take(struct run *run, const struct exec_event *event)
{
	if (tools_take(run->tools, run->executor, run->exec, event) && run->waiting_count)
		go_on(run);
}

void versions_give_up(struct run *run)
{
	/* The run has stopped: what would have to run is not started any more. */
	for (uint32_t i = 0; i < run->waiting_count; i++)
		sched_checked(run->sched, run->waiting[i], SCHED_QUEUED);
	run->waiting_count = 0;
	if (run->exec)
		tools_stop(run->tools, run->executor, run->exec);
}
