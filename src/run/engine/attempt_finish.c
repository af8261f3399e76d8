/* What comes after the command: success or failure, outputs, manifest. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/path.h"
#include "model/graph/job_paths.h"
#include "run/engine/context.h"
#include "run/engine/reuse.h"
#include "run/engine/temporary.h"
#include "run/job/beneath.h"

static void add_totals(
	struct run_totals *totals, uint32_t stage, const struct attempt_resources *used)
{
	if (used->cpu_user_seconds >= 0)
		totals->cpu_seconds += used->cpu_user_seconds + used->cpu_system_seconds;
	if (used->read_mb > 0)
		totals->read_mb += used->read_mb;
	if (used->written_mb > 0)
		totals->written_mb += used->written_mb;
	if (used->memory_mb <= totals->memory_mb)
		return;
	totals->memory_mb = used->memory_mb;
	totals->memory_stage = stage;
}

/* What the attempt came to. */
static void fill_attempt(struct run *run, struct running *running, enum record_status status)
{
	struct attempt *attempt = &running->attempt;

	attempt->status = status;
	attempt->ended_ns = running->away && running->away->ended_ns ? running->away->ended_ns
								     : clock_wall_ns();
	attempt->duration_seconds = running_seconds(running);
	attempt->is_interrupted = running->is_cancelled;
	if (attempt->restored)
		return;
	costs_end(run, running);
	add_totals(&run->totals, running->stage, &attempt->resources);
}

static void close_log(struct run *run, struct running *running)
{
	struct err err = {0};

	if (stagelog_close(running->log, &err) < 0)
		run_fail(run, &err);
	running->log = NULL;
}

static int put_manifest(struct run *run, uint32_t stage, int dir_fd, const struct buf *text,
	bool keeps_time, struct err *err)
{
	const char *dir = graph_text(run->graph, run->graph->stages[stage].dir);

	return beneath_write_manifest(run->graph, run->job_fd, dir_fd, dir, text, keeps_time, err);
}

/* What is younger than a manifest counts as somebody else's: its time stays. */
int run_rewrite_manifest(struct run *run, uint32_t stage, const struct buf *text, struct err *err)
{
	return put_manifest(run, stage, -1, text, true, err);
}

static int format_and_put(
	struct run *run, int dir_fd, const struct attempt *attempt, struct err *err)
{
	struct buf text BUF_LOCAL = {0};

	manifest_format(attempt, &text);
	return put_manifest(run, attempt->stage, dir_fd, &text, false, err);
}

int attempt_write_manifest(struct run *run, const struct attempt *attempt, struct err *err)
{
	return format_and_put(run, -1, attempt, err);
}

static void write_manifest(struct run *run, struct running *running)
{
	struct err err = {0};

	if (format_and_put(run, running->dir_fd, &running->attempt, &err) < 0)
		run_fail(run, &err);
}

static void remove_work(struct run *run, struct running *running)
{
	struct err err = {0};
	/* One in which a process may still stand is not for the next stage. */
	bool is_empty = running->left_nothing && !running->outcome.may_linger;

	/* A link in its place is the stage's own doing, and leads to what is not ours. */
	if (running->dir_fd < 0 && running_open_dir(run, running, &err) < 0)
		run_fail(run, &err);
	else if (running->away ? away_remove_work(run, running, &err) < 0
			       : workdir_remove(&run->work_dirs, run->state_fd, running->dir_fd,
					 running->own_dir, is_empty, &err) < 0)
		run_fail(run, &err);
}

void running_take_back(struct run *run, struct running *running)
{
	if (running->collected) /* its place was made */
		remove_work(run, running);
	run->stages[running->stage].attempts--;
	running_free(run, running);
}

/* After a failure: what it made is kept for the user, or at least its caches. */
static void leave_work(struct run *run, struct running *running)
{
	struct err err = {0};

	if (running->dir_fd < 0 && running_open_dir(run, running, &err) < 0) {
		run_fail(run, &err);
		return;
	}
	/* A process of a job that was lost may go on to write there. */
	bool is_lost = running->outcome.cause == EXEC_BY_LOSS && running->outcome.may_linger;
	int kept = is_lost ? 0 : left_keep(run, running, &err);
	if (kept < 0)
		run_fail(run, &err);
	if (kept <= 0)
		remove_work(run, running);
}

static bool may_retry(const struct run *run, const struct running *running)
{
	return !running->is_cancelled && !run->signals.first && !run->err.code &&
	       running->attempt.number - run->stages[running->stage].losses <=
		       stage_settings(run->graph, running->stage)->retries;
}

/* Its job was lost, which is no fault of the stage's. */
static bool may_restart(const struct run *run, const struct running *running)
{
	return running->outcome.cause == EXEC_BY_LOSS && !running->is_cancelled &&
	       !run->signals.first && !run->err.code &&
	       run->stages[running->stage].losses <
		       executor_slurm_number(run->graph, "restarts", AWAY_RESTARTS);
}

static void finish_failure(struct run *run, struct running *running, const char *failure)
{
	const struct settings *settings = stage_settings(run->graph, running->stage);
	uint32_t stage = running->stage;
	const char *cause, **tail;

	if (running->restore) {
		restored_drop(run, running);
		return;
	}
	/* what it says itself is enough */
	bool is_known = running->says_failed && running->attempt.exit_code == 0 &&
			running->attempt.error_count;
	struct run_event event = {
		.kind = STAGE_FAIL,
		.stage = stage,
		.attempt = &running->attempt,
		.attempt_number = running->attempt.number,
		.command = running->attempt.command,
	};

	if (running->log) {
		stagelog_end_output(running->log);
		event.tail_count = stagelog_last(running->log, &running->arena, &tail);
		event.tail = tail;
	}
	cause = attempt_cause(running, failure);
	event.text = cause ? cause : failure;
	for (uint32_t i = 0; i < running->attempt.error_count; i++)
		is_known = is_known || strcmp(running->attempt.errors[i].message, failure) == 0;
	if (!is_known)
		attempt_add_error(running, failure, &event);
	fill_attempt(run, running, RECORD_FAILED);
	if (!running->attempt.last_success)
		running->attempt.last_success = manifest_last_success(running->dir);
	if (running->outcome.cause != EXEC_BY_LOSS)
		left_look(run, running);
	log_frame_end(run, running, LOG_ERROR, failure);
	close_log(run, running);
	write_manifest(run, running);
	leave_work(run, running);
	kept_log_end(run, running, false);
	away_settled(run, running);

	if (may_restart(run, running)) {
		run->stages[stage].losses++;
		event.kind = STAGE_RETRY;
		sched_again(run->sched, stage);
		notify(run, &event);
		running_free(run, running);
		return;
	}
	if (may_retry(run, running)) {
		event.kind = STAGE_RETRY;
		event.delay_ms = settings->retry_delay_ms;
		sched_retry(
			run->sched, stage, clock_mono_ns() / 1000000 + settings->retry_delay_ms);
		notify(run, &event);
		running_free(run, running);
		return;
	}
	run->totals.warnings += running->attempt.warning_count;
	if (running->is_cancelled)
		run->totals.interrupted++;
	else if (settings->flags & SET_ALLOW_FAILURE)
		run->totals.allowed_failures++;
	else
		run->totals.failed++;
	notify(run, &event);
	bool is_allowed = !running->is_cancelled && (settings->flags & SET_ALLOW_FAILURE);
	running_free(run, running);
	if (!is_allowed || !lists_hold(run, stage, SCHED_FAILED, NULL))
		sched_settled(run->sched, stage, SCHED_FAILED);
}

static void warn_of_named(struct run *run, struct running *running)
{
	if (!running->named)
		return;
	if (stage_runs_in_work(run->graph, running->stage))
		running_warn(run, running,
			"output '%s' names the work directory '%s', which is gone when the stage "
			"has ended: let the command use names that count from there",
			running->named, running->own_dir);
	else
		running_warn(run, running,
			"output '%s' names the work directory '%s', which is gone when the stage "
			"has ended: with 'dir = work' outputs are just their names in the command",
			running->named, running->own_dir);
}

struct warned {
	struct run *run;
	struct running *running;
};

static void warn_of_metrics(void *ctx, const char *text)
{
	struct warned *warned = ctx;

	running_warn(warned->run, warned->running, "%s", text);
}

static void take_metrics(struct run *run, struct running *running)
{
	struct warned warned = {run, running};

	running->attempt.metrics.arena = &running->arena;
	metrics_of_attempt(&running->attempt.metrics, &running->attempt, warn_of_metrics, &warned);
}

static void finish_success(struct run *run, struct running *running)
{
	struct err err = {0};
	bool is_skip = running->is_skip;
	const char *mistake = lists_mistake(run, running);

	if (mistake) {
		finish_failure(run, running, mistake);
		return;
	}
	if (publish_outputs(run, running, &err) < 0) {
		bool is_its_fault = err.code == EXIT_STAGE;
		if (!is_its_fault)
			run_fail(run, &err);
		running->is_cancelled = !is_its_fault;
		finish_failure(run, running, arena_strdup(&running->arena, err.text));
		return;
	}
	warn_of_named(run, running);
	if (is_skip) {
		const char *reason = json_get_str(running->attempt.extra, "reason", "");
		running->attempt.skip_reason = arena_strdup(&running->arena, reason);
		json_free(json_detach(running->attempt.extra, "reason"));
	}
	if (!is_skip)
		take_metrics(run, running);
	fill_attempt(run, running, is_skip ? RECORD_SKIPPED : RECORD_SUCCESS);
	json_free(running->attempt.last_success);
	running->attempt.last_success = NULL;
	temporary_warn(run, running);
	if (running->restore)
		restored_log(run, running);
	else
		log_frame_end(run, running, LOG_INFO,
			is_skip ? "Stage says that it was skipped" : "Stage completed");
	close_log(run, running);
	write_manifest(run, running);
	remove_work(run, running);
	kept_log_end(run, running, true);
	away_settled(run, running);
	run->totals.warnings += running->attempt.warning_count;
	run->stages[running->stage].has_run = true;
	temporary_made(run, running);
	index_note_success(run, running);
	restored_name_left_out(run, running);
	offer_begin(run, running);
	if (!lists_hold(run, running->stage, is_skip ? SCHED_SKIPPED : SCHED_DONE, running))
		attempt_settle(run, running);
}

static void finish_hashed(struct run *run, struct running *running, const struct err *err)
{
	if (err->code == EXIT_STAGE) {
		finish_failure(run, running, arena_strdup(&running->arena, err->text));
	} else if (err->code) {
		run_fail(run, err);
		finish_failure(run, running, arena_strdup(&running->arena, err->text));
	} else if (viewed_made(run, running)) {
		finish_success(run, running);
	}
}

void attempt_viewed(struct run *run, struct running *running)
{
	running->is_settling = running->is_viewed = false;
	if (running->is_cancelled)
		finish_failure(run, running, attempt_failure(run, running));
	else if (viewed_made(run, running))
		finish_success(run, running);
}

static void hash_in_worker(struct work *work)
{
	struct running *running = (struct running *)((char *)work - offsetof(struct running, work));

	collect_hash(running, &running->work_err);
}

static uint64_t made_bytes(const struct running *running)
{
	uint64_t sum = 0;

	for (uint32_t i = running->first_made; i < running->attempt.file_count; i++)
		sum += running->attempt.files[i].size;
	return sum;
}

static bool has_directory(const struct running *running)
{
	for (uint32_t i = running->first_made; i < running->attempt.file_count; i++) {
		if (running->made_at[i] && running->made_type[i] == 'd')
			return true;
	}
	return false;
}

/* false with errno: it is none any more. */
static bool has_work_dir(const struct running *running)
{
	const char *name = path_below(running->own_dir, running->work_dir);

	if (!*name)
		return true;
	int fd = beneath_open_own(running->own_fd, name);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The directories that the attempt was given: are they still what they were? NULL if so. */
static const char *open_dirs(struct run *run, struct running *running)
{
	struct err err = {0};

	if (running_open_dir(run, running, &err) < 0) {
		run_fail(run, &err);
		return arena_strdup(&running->arena, err.text);
	}
	running->own_fd = running_open_own(running);
	if (running->own_fd >= 0 && has_work_dir(running))
		return NULL;
	if (errno == ENOENT)
		return "the command removed its work directory";
	if (errno == ENOTDIR || errno == ELOOP)
		return "the command put something else in the place of its work directory";
	err_sys(&err, errno, "open the work directory", running->own_dir);
	run_fail(run, &err);
	return arena_strdup(&running->arena, err.text);
}

/* All that it read is known. */
static void finish_inputs(struct run *run, struct running *running)
{
	struct err err = {0};

	if (running->is_cancelled) { /* nobody waits for what is large */
		finish_failure(run, running, attempt_failure(run, running));
		return;
	}
	collect_asked(run, running);
	if (running->restore && !restored_fits(run, running)) {
		restored_drop(run, running);
		return;
	}
	if (collect_made(run, running) < 0) {
		finish_failure(run, running, running->failure);
		return;
	}
	if (running->restore)
		restored_names(run, running);
	if (run->options->audit && !stage_container(run->graph, running->stage) &&
		audit_report(run, running, &err) < 0)
		run_fail(run, &err);
	if (made_bytes(running) > WORTH_A_WORKER(SETTLE_INLINE_MAX) || has_directory(running)) {
		running->work.run = hash_in_worker;
		running->is_settling = true;
		run->settling++;
		workers_submit(run->finishers, &running->work);
		return;
	}
	collect_hash(running, &err);
	finish_hashed(run, running, &err);
}

/* A shell says strange things of a script that was written on Windows. */
static void tell_returns(struct run *run, struct running *running)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[running->stage];
	int code = running->attempt.exit_code;

	if (running->failure || running->attempt.signal ||
		(code != 2 && code != 126 && code != 127))
		return;
	for (uint32_t i = 0; i < s->input_count; i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		const char *path = file_path(graph, use->file);
		if (graph->labels[use->label].origin == ORIGIN_COMMAND && exec_has_returns(path))
			running_warn(run, running, "'%s': " EXEC_RETURNS, path, path);
	}
}

void attempt_finish(struct run *run, struct running *running)
{
	bool is_asked = false;

	measure_tell_memory(run, running);
	const char *failure = attempt_failure(run, running);

	if (failure) {
		tell_returns(run, running);
		finish_failure(run, running, failure);
		return;
	}
	failure = open_dirs(run, running);
	if (failure) {
		finish_failure(run, running, failure);
		return;
	}
	if (collect_used(run, running, &is_asked) < 0) {
		finish_failure(run, running, running->failure);
		return;
	}
	running->is_settling = running->is_waiting = is_asked;
	if (!is_asked)
		finish_inputs(run, running);
}

bool attempt_resume(struct run *run, uint32_t stage)
{
	struct running *running = run->running;

	while (running && !(running->stage == stage && running->is_waiting))
		running = running->next;
	if (!running)
		return false;
	running->is_settling = running->is_waiting = false;
	finish_inputs(run, running);
	return true;
}

void attempt_finish_step(struct run *run)
{
	struct work *work;

	while ((work = workers_collect(run->finishers))) {
		struct running *running =
			(struct running *)((char *)work - offsetof(struct running, work));
		run->settling--;
		running->is_settling = false;
		finish_hashed(run, running, &running->work_err);
	}
}
