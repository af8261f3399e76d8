/* The last of an attempt that succeeded, whose manifest and outputs are there. */
#include "base/clock.h"
#include "base/mem.h"
#include "run/engine/context.h"
#include "run/engine/temporary.h"

void attempt_settle(struct run *run, struct running *running)
{
	uint32_t stage = running->stage;
	bool is_skip = running->is_skip;
	struct run_event event = {
		.kind = is_skip ? STAGE_SKIP : STAGE_DONE,
		.stage = stage,
		.attempt = &running->attempt,
		.attempt_number = running->attempt.number,
	};

	if (is_skip)
		event.text = running->attempt.skip_reason;
	else if (event.attempt->restored)
		run->totals.restored++;
	else
		run->totals.ran++;
	if (event.attempt->restored && event.attempt->restored->seconds > 0)
		run->totals.saved_seconds += event.attempt->restored->seconds;
	notify(run, &event);
	sched_settled(run->sched, stage, is_skip ? SCHED_SKIPPED : SCHED_DONE);
	running_free(run, running);
	temporary_settled(run, stage);
}

void attempt_refuse(struct run *run, struct running *running, const char *failure)
{
	struct attempt *attempt = &running->attempt;
	uint32_t stage = running->stage;
	bool is_allowed = stage_settings(run->graph, stage)->flags & SET_ALLOW_FAILURE;
	struct err err = {0};
	struct run_event event = {
		.kind = STAGE_FAIL,
		.stage = stage,
		.attempt = attempt,
		.attempt_number = attempt->number,
		.command = attempt->command,
		.text = failure,
	};

	MEM_ROOM(attempt->errors, attempt->error_count, running->error_cap);
	attempt->errors[attempt->error_count++] =
		(struct attempt_note){.wall_ns = clock_wall_ns(), .message = failure};
	attempt->status = RECORD_FAILED;
	attempt->last_success = manifest_last_success(running->dir);
	if (attempt_write_manifest(run, attempt, &err) < 0)
		run_fail(run, &err);
	run->stages[stage].record = NULL;
	run->totals.failed += !is_allowed;
	run->totals.allowed_failures += is_allowed;
	notify(run, &event);
	sched_settled(run->sched, stage, SCHED_FAILED);
	running_free(run, running);
}
