/* What went wrong with an attempt, in words. */
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "run/engine/context.h"

/* A failure that ends with a signal's name. */
static const char *say_signal(struct running *running, const char *before, int signal)
{
	struct buf text BUF_LOCAL = {0};

	buf_fmt(&text, "%s", before);
	text_add_signal(&text, signal);
	return arena_fmt(&running->arena, "%s", buf_text(&text));
}

const char *attempt_failure(struct run *run, struct running *running)
{
	const struct attempt *attempt = &running->attempt;

	if (running->failure)
		return running->failure;
	if (running->is_cancelled && run->signals.first)
		return say_signal(running, "interrupted by ", run->signals.first);
	if (running->is_cancelled)
		return "interrupted by the end of the run";
	if (running->outcome.cause >= EXEC_BY_OTHERS)
		return running->away->end.text ? running->away->end.text : "its job was ended";
	if (running->away && running->away->has_result && running->away->result.fault)
		return running->away->result.fault;
	if (running->outcome.cause == EXEC_BY_TIMEOUT) {
		struct buf text BUF_LOCAL = {0};
		text_add_duration(&text, (double)stage_settings(run->graph, running->stage)
							 ->timeout_ms[running_nth(run, running)] /
						 1000);
		const char *failure =
			arena_fmt(&running->arena, "timed out after %s", buf_text(&text));
		return failure;
	}
	if (attempt->signal)
		return say_signal(running, FAILED_BY_SIGNAL, attempt->signal);
	if (attempt->exit_code == 128 + SIGPIPE)
		return "a reader closed the pipe before all was written into it (head and grep -q do): "
		       "let it read on, or write { WRITER || [ $? = 141 ]; } | READER";
	if (attempt->exit_code != 0)
		return arena_fmt(&running->arena, FAILED_BY_CODE "%d", attempt->exit_code);
	if (running->says_failed)
		return "the stage says that it failed";
	return NULL;
}

/* The error that a stage told last, with what its exception said. */
static void add_last_error(struct buf *cause, const struct attempt *attempt)
{
	const struct attempt_note *error = &attempt->errors[attempt->error_count - 1];
	const char *detail = error->exception_detail ? error->exception_detail : "";
	size_t len = strcspn(detail, "\n");

	buf_str(cause, error->message);
	if (!len || memmem(error->message, strlen(error->message), detail, len))
		return;
	buf_str(cause, *error->message ? ": " : "");
	buf_add(cause, detail, len);
}

/* Its own output, unless that has no error and it logged one by StageIO. */
static const char *told_cause(const struct running *running)
{
	bool is_error;
	const char *cause = stagelog_cause(running->log, &is_error);

	return is_error || !running->logged_error.len ? cause : buf_text(&running->logged_error);
}

const char *attempt_cause(struct running *running, const char *failure)
{
	const struct attempt *attempt = &running->attempt;
	bool is_bare = text_starts(failure, FAILED_BY_CODE) ||
		       text_starts(failure, FAILED_BY_SIGNAL) || running->says_failed;
	struct buf cause BUF_LOCAL = {0};

	if (is_bare)
		buf_str(&cause, json_get_str(attempt->extra, "error_message", ""));
	if (is_bare && !cause.len && attempt->error_count)
		add_last_error(&cause, attempt);
	else if (is_bare && !cause.len && running->log)
		buf_str(&cause, told_cause(running));
	return cause.len ? arena_strdup(&running->arena, buf_text(&cause)) : NULL;
}

void attempt_add_error(struct running *running, const char *failure, const struct run_event *event)
{
	bool has_cause = event->text != failure;
	struct buf lines BUF_LOCAL = {0};

	for (uint32_t i = 0; i < event->tail_count; i++)
		buf_fmt(&lines, "%s%s", i ? "\n" : "", event->tail[i]);
	MEM_ROOM(running->attempt.errors, running->attempt.error_count, running->error_cap);
	running->attempt.errors[running->attempt.error_count++] = (struct attempt_note){
		.wall_ns = clock_wall_ns(),
		.message = has_cause ? arena_fmt(&running->arena, "%s: %s", failure, event->text)
				     : failure,
		.exception_detail =
			lines.len ? arena_strdup(&running->arena, buf_text(&lines)) : NULL,
	};
}
