/* An attempt on a node, from its start to the end of its command. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/manifest_members.h"
#include "model/graph/graph.h"
#include "record/manifest/events.h"
#include "run/attempt/node.h"
#include "run/attempt/node_said.h"
#include "run/attempt/stagelog.h"

#define FLUSH_MS 200 /* the log is as old as this at most */

struct attempt {
	struct node *node;
	const struct launch *launch;
	struct job_result *result;
	struct stagelog *log;
	struct node_said *said;
	int64_t began_ms, look_ms, flush_ms;
	double peak_mb;
	bool has_ended;
};

static int64_t now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

static void add_warning(struct attempt *attempt, int64_t wall_ns, const char *text, size_t len)
{
	struct job_result *result = attempt->result;

	result->warning_count++;
	if (result->warnings_kept == MANIFEST_WARNINGS_MAX)
		return;
	/* one byte more: the head sees that it is cut, and cuts between characters */
	result->warnings[result->warnings_kept++] = (struct job_line){
		.wall_ns = wall_ns,
		.text = arena_strndup(&attempt->node->arena, text,
			len <= STAGELOG_LINE_MAX ? len : STAGELOG_LINE_MAX + 1),
	};
}

static void take_line(void *ctx, enum log_level level, const char *text, size_t len, bool is_state)
{
	if (level == LOG_WARNING && !is_state)
		add_warning(ctx, clock_wall_ns(), text, len);
}

static void take_said(void *ctx, enum log_level level, int64_t wall_ns, const char *text)
{
	struct attempt *attempt = ctx;

	if (level == LOG_WARNING)
		add_warning(attempt, wall_ns, text, strlen(text));
	stagelog_add(attempt->log, level, text, strlen(text));
}

static void take_signals(struct attempt *attempt)
{
	struct node *node = attempt->node;

	while (signals_next(&node->signals))
		exec_local.stop(node->exec, attempt->launch->id, node->signals.count > 1);
}

static void take_end(struct attempt *attempt, const struct exec_event *event)
{
	struct job_result *result = attempt->result;
	struct exec_outcome *outcome = &result->end.outcome;

	result->ended_ns = clock_wall_ns();
	result->end = *event;
	if (event->text)
		result->end.text = arena_strdup(&attempt->node->arena, event->text);
	if (outcome->gpu) {
		result->gpu = *outcome->gpu;
		outcome->gpu = &result->gpu;
	}
	if (outcome->memory_mb >= 0 && outcome->memory_mb < attempt->peak_mb)
		outcome->memory_mb = attempt->peak_mb;
	attempt->has_ended = true;
}

/* -1: the executor is gone. */
static int take_events(struct attempt *attempt, const struct pollfd *polls, struct err *err)
{
	struct exec_event event;
	int got;

	while ((got = exec_local.next(attempt->node->exec, polls, &event, err)) > 0) {
		if (event.kind == EXEC_OUTPUT) {
			/* what was said before the output stands before it in the log */
			node_said_read(attempt->said, false);
			stagelog_feed(attempt->log, event.data, event.len);
		} else if (event.kind == EXEC_ENDED || event.kind == EXEC_REFUSED) {
			take_end(attempt, &event);
		} else if (event.kind == EXEC_NOTICE) {
			fprintf(stderr, "restage-attempt: %s\n", event.text);
		}
	}
	return got;
}

static void look(struct attempt *attempt, int64_t now)
{
	if (now >= attempt->look_ms) {
		int64_t before = clock_mono_ns();
		struct exec_sample sample =
			exec_local.sample(attempt->node->exec, attempt->launch->id);
		if (sample.memory_mb > attempt->peak_mb)
			attempt->peak_mb = sample.memory_mb;
		attempt->look_ms =
			now + exec_look_gap_ms(now - attempt->began_ms, clock_mono_ns() - before);
	}
	if (now >= attempt->flush_ms) {
		bool has_more = node_said_read(attempt->said, false);
		stagelog_flush(attempt->log, NULL);
		attempt->flush_ms = now + (has_more ? 1 : FLUSH_MS);
	}
}

static int wait_ms(const struct attempt *attempt)
{
	int64_t now = now_ms(), wake = exec_local.wake_ms(attempt->node->exec);

	if (wake < 0 || wake > attempt->look_ms)
		wake = attempt->look_ms;
	if (wake > attempt->flush_ms)
		wake = attempt->flush_ms;
	return wake > now ? (int)(wake - now) : 0;
}

static int wait_for_end(struct attempt *attempt, struct err *err)
{
	struct node *node = attempt->node;
	struct pollfd polls[8] = {{.fd = node->signals.fd, .events = POLLIN}};
	size_t room = sizeof polls / sizeof *polls - 1;

	while (!attempt->has_ended) {
		size_t count = exec_local.fds(node->exec, polls + 1, room);
		if (clock_poll(polls, 1 + (count < room ? count : room), wait_ms(attempt)) < 0 &&
			errno != EINTR)
			return err_sys(err, errno, "wait for", attempt->launch->about);
		take_signals(attempt);
		if (take_events(attempt, polls + 1, err) < 0)
			return -1;
		look(attempt, now_ms());
	}
	return 0;
}

/* Those that the scheduler gave, as programs hear of them. */
static const char *given_gpus(void)
{
#define NAME(name) name,
	static const char *const variables[] = {GPU_VARIABLES(NAME)};
	const char *found = NULL;

	for (size_t i = 0; !found && i < sizeof variables / sizeof *variables; i++)
		found = getenv(variables[i]);
	return found;
}

/* As the head does: of an attempt that failed anyway, or is to end, not without end. */
static void read_said(struct attempt *attempt)
{
	const struct exec_outcome *outcome = &attempt->result->end.outcome;
	bool has_failed = outcome->exit_code != 0 || outcome->signal;
	struct signals *signals = &attempt->node->signals;
	int pieces = 0;

	while (node_said_read(attempt->said, true) && !signals->count &&
		!(has_failed && ++pieces > EVENTS_REST_MAX))
		signals_next(signals);
}

/* What is known of the output, and the end of its log. */
static void end_log(struct attempt *attempt)
{
	struct job_result *result = attempt->result;
	struct arena *arena = &attempt->node->arena;
	struct err err = {0};

	read_said(attempt);
	node_said_end(attempt->said);
	stagelog_end_output(attempt->log);
	result->last_count = stagelog_last(attempt->log, arena, &result->last);
	result->cause = arena_strdup(arena, stagelog_cause(attempt->log, &result->is_cause_error));
	if (stagelog_close(attempt->log, &err) < 0)
		result->fault = arena_strdup(arena, err.text);
}

int node_run(
	struct node *node, const struct launch *launch, struct job_result *out, struct err *err)
{
	struct attempt attempt = {.node = node, .launch = launch, .result = out};
	struct launch here = *launch;
	struct exec_event refusal;
	int status;

	*out = (struct job_result){
		.token = launch->away->token,
		.job = node->job,
		.host = node->host,
		.cause = "",
		.warnings =
			arena_alloc(&node->arena, MANIFEST_WARNINGS_MAX * sizeof *out->warnings),
		.started_ns = clock_wall_ns(),
	};
	attempt.log =
		stagelog_open(AT_FDCWD, launch->away->log_path, launch->away->stage, true, err);
	if (!attempt.log)
		return -1;
	stagelog_on_line(attempt.log, take_line, &attempt);
	attempt.said = node_said_begin(launch, take_said, &attempt);
	attempt.began_ms = now_ms();
	attempt.look_ms = attempt.began_ms + EXEC_LOOK_MS;
	attempt.flush_ms = attempt.began_ms + FLUSH_MS;
	if (launch->away->gpu_count)
		here.gpus = out->gpus = given_gpus();
	status = exec_local.start(node->exec, &here, &refusal, err);
	if (status > 0)
		take_end(&attempt, &refusal);
	else if (status == 0)
		status = wait_for_end(&attempt, err);
	end_log(&attempt);
	return status < 0 ? -1 : 0;
}
