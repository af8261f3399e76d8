/* What comes after the command: success or failure, outputs, manifest. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "run/engine/audit.h"
#include "run/engine/context.h"

#define TAIL_LINES 20

static const char *signal_text(struct active *active, int signal)
{
	const char *name = sigabbrev_np(signal);
	return name ? arena_fmt(&active->arena, "SIG%s", name)
		    : arena_fmt(&active->arena, "signal %d", signal);
}

/* One line of what went wrong, NULL if nothing did. */
static const char *failure_of(struct run *run, struct active *active)
{
	const struct attempt *attempt = &active->attempt;
	if (active->failure)
		return active->failure;
	if (active->is_cancelled)
		return arena_fmt(&active->arena, "interrupted by %s",
			run->signals.first ? signal_text(active, run->signals.first)
					   : "the end of the run");
	if (active->is_timed_out) {
		struct buf text = {0};
		text_add_duration(&text,
			(double)stage_settings(run->graph, active->stage)->timeout_ms / 1000);
		const char *failure =
			arena_fmt(&active->arena, "timed out after %s", buf_text(&text));
		buf_free(&text);
		return failure;
	}
	if (attempt->signal)
		return arena_fmt(
			&active->arena, "killed by %s", signal_text(active, attempt->signal));
	if (attempt->exit_code != 0)
		return arena_fmt(&active->arena, "exit code %d", attempt->exit_code);
	if (active->final_status && strcmp(active->final_status, "failed") == 0)
		return "the stage says that it failed";
	return NULL;
}

/* Hands what the attempt collected to the manifest. */
static void fill_attempt(struct run *run, struct active *active, enum record_status status)
{
	struct attempt *attempt = &active->attempt;
	attempt->status = status;
	attempt->ended_ns = clock_wall_ns();
	attempt->duration_seconds = active_seconds(active);
	prices_add(run, active);
	attempt->errors = active->errors;
	attempt->error_count = active->error_count;
	attempt->warnings = active->warnings;
	attempt->warning_count = active->warning_count;
	attempt->reported_config = active->config;
	attempt->reported_resources = active->resources;
	attempt->extra = active->extra;
	attempt->costs = active->costs;
	attempt->cost = active->cost;
	attempt->currency = active->currency;
	attempt->is_mixed_cost = active->is_mixed_cost;
	attempt->is_interrupted = active->is_cancelled;
	active->config = active->resources = active->extra = active->costs = NULL;
	run->totals.cost += active->is_mixed_cost ? 0 : active->cost;
	if (attempt->resources.cpu_user_seconds >= 0)
		run->totals.cpu_seconds +=
			attempt->resources.cpu_user_seconds + attempt->resources.cpu_system_seconds;
}

static void log_ending(struct active *active, enum log_level level, const char *text)
{
	struct buf line = {0};
	if (!active->log)
		return;
	stagelog_add(active->log, level, text, strlen(text));
	buf_fmt(&line, "Stage manifest: %s", stage_path(&active->arena, active->dir, MANIFEST_FILE));
	stagelog_add(active->log, LOG_INFO, line.data, line.len);
	buf_free(&line);
}

static void close_log(struct run *run, struct active *active)
{
	struct err err = {0};
	if (stagelog_close(active->log, &err) < 0)
		run_fail(run, &err);
	active->log = NULL;
}

static void write_manifest(struct run *run, struct active *active)
{
	struct err err = {0};
	if (manifest_write(&active->attempt, active->dir, &err) == 0)
		return;
	/* A stage may have removed its own directory. */
	if (err.sys == ENOENT) {
		err_clear(&err);
		if (fs_mkdirs(active->dir, &err) == 0 &&
			manifest_write(&active->attempt, active->dir, &err) == 0)
			return;
	}
	run_fail(run, &err);
}

static void remove_work(struct run *run, struct active *active)
{
	struct err err = {0};
	/* One in which a process may still stand is not for the next stage. */
	bool is_empty = active->left_nothing && active->end.strays == 0;
	if (workdir_remove(&run->work_dirs, job_path(&active->arena, run->graph, JOB_STATE),
		    active->work_dir, is_empty, &err) < 0)
		run_fail(run, &err);
}

/* The last lines of the log, cut into a list. */
static uint32_t tail_lines(struct active *active, const char ***lines)
{
	struct buf text = {0};
	uint32_t count = 0;
	const char **list = arena_alloc(&active->arena, (TAIL_LINES + 1) * sizeof *list);
	stagelog_tail(active->log_path, TAIL_LINES, &text);
	char *copy = arena_strndup(&active->arena, buf_text(&text), text.len), *save = NULL;
	for (char *line = strtok_r(copy, "\n", &save); line && count < TAIL_LINES;
		line = strtok_r(NULL, "\n", &save))
		list[count++] = line;
	buf_free(&text);
	*lines = list;
	return count;
}

static bool may_retry(const struct run *run, const struct active *active)
{
	return !active->is_cancelled && !run->signals.first && !run->err.code &&
	       active->attempt.number <= stage_settings(run->graph, active->stage)->retries;
}

static void settle_failure(struct run *run, struct active *active, const char *failure)
{
	const struct settings *settings = stage_settings(run->graph, active->stage);
	uint32_t stage = active->stage;
	bool is_known = false;
	for (uint32_t i = 0; i < active->error_count; i++)
		is_known = is_known || strcmp(active->errors[i].message, failure) == 0;
	if (!is_known) {
		MEM_ROOM(active->errors, active->error_count, active->error_cap);
		active->errors[active->error_count++] =
			(struct attempt_note){.wall_ns = clock_wall_ns(), .message = failure};
	}
	fill_attempt(run, active, RECORD_FAILED);
	if (!active->attempt.last_success)
		active->attempt.last_success = manifest_last_success(active->dir);
	log_ending(active, LOG_ERROR, failure);
	close_log(run, active);
	if (!run->err.code || fs_is_dir(active->dir))
		write_manifest(run, active);
	remove_work(run, active);

	const char **tail;
	struct run_event event = {.kind = STAGE_FAIL,
		.stage = stage,
		.other = NONE,
		.attempt = &active->attempt,
		.attempt_number = active->attempt.number,
		.command = active->attempt.command,
		.text = failure,
		.text_len = strlen(failure)};
	event.tail_count = tail_lines(active, &tail);
	event.tail = tail;
	if (may_retry(run, active)) {
		event.kind = STAGE_RETRY;
		event.delay_ms = settings->retry_delay_ms;
		sched_retry(
			run->sched, stage, clock_mono_ns() / 1000000 + settings->retry_delay_ms);
		notify(run, &event);
		active_free(run, active);
		return;
	}
	if (active->is_cancelled)
		run->totals.interrupted++;
	else if (settings->flags & SET_ALLOW_FAILURE)
		run->totals.allowed_failures++;
	else
		run->totals.failed++;
	notify(run, &event);
	sched_settled(run->sched, stage, LIFE_FAILED);
	active_free(run, active);
}

static void settle_success(struct run *run, struct active *active)
{
	struct err err = {0};
	bool is_skip = active->final_status && strcmp(active->final_status, "skipped") == 0;
	if (place_outputs(run, active, &err) < 0) {
		bool is_its_fault = err.code == EXIT_STAGE;
		if (!is_its_fault)
			run_fail(run, &err);
		active->is_cancelled = !is_its_fault;
		settle_failure(run, active, arena_strdup(&active->arena, err.text));
		return;
	}
	if (is_skip) {
		const char *reason = json_get_str(active->extra, "reason", "");
		active->attempt.skip_reason = arena_strdup(&active->arena, reason);
		json_free(json_detach(active->extra, "reason"));
	}
	fill_attempt(run, active, is_skip ? RECORD_SKIPPED : RECORD_SUCCESS);
	json_free(active->attempt.last_success);
	active->attempt.last_success = NULL;
	log_ending(
		active, LOG_INFO, is_skip ? "Stage says that it was skipped" : "Stage completed");
	close_log(run, active);
	write_manifest(run, active);
	remove_work(run, active);
	run->ran[active->stage] = true;
	index_note_success(run, active);
	if (!is_skip)
		run->totals.ran++;

	struct run_event event = {.kind = is_skip ? STAGE_SKIP : STAGE_DONE,
		.stage = active->stage,
		.other = NONE,
		.attempt = &active->attempt,
		.attempt_number = active->attempt.number};
	if (is_skip) {
		event.text = active->attempt.skip_reason;
		event.text_len = strlen(event.text);
	}
	notify(run, &event);
	sched_settled(run->sched, active->stage, is_skip ? LIFE_SKIPPED : LIFE_DONE);
	active_free(run, active);
}

static void settle_hashed(struct run *run, struct active *active, const struct err *err)
{
	if (err->code == EXIT_STAGE) {
		settle_failure(run, active, arena_strdup(&active->arena, err->text));
	} else if (err->code) {
		run_fail(run, err);
		settle_failure(run, active, arena_strdup(&active->arena, err->text));
	} else {
		settle_success(run, active);
	}
}

static void hash_in_worker(struct work *work)
{
	struct active *active = (struct active *)((char *)work - offsetof(struct active, work));
	collect_hash(active, &active->work_err);
}

static uint64_t made_bytes(const struct active *active)
{
	uint64_t sum = 0;
	for (uint32_t i = active->first_made; i < active->attempt.file_count; i++)
		sum += active->attempt.files[i].size;
	return sum;
}

static bool has_directory(const struct active *active)
{
	for (uint32_t i = active->first_made; i < active->attempt.file_count; i++) {
		if (active->made_at[i] && active->made_type[i] == 'd')
			return true;
	}
	return false;
}

void settle(struct run *run, struct active *active)
{
	struct err err = {0};
	const char *failure = failure_of(run, active);
	bool is_skip = active->final_status && strcmp(active->final_status, "skipped") == 0;
	active->is_skip = is_skip;
	if (failure) {
		settle_failure(run, active, failure);
		return;
	}
	struct fs_stat work;
	if (fs_stat(active->work_dir, &work, &err) < 0) {
		run_fail(run, &err);
		settle_failure(run, active, arena_strdup(&active->arena, err.text));
		return;
	}
	if (work.type != 'd') {
		settle_failure(run, active, "the command removed its work directory");
		return;
	}
	if (collect_used(run, active, &err) < 0 || collect_made(run, active, &err) < 0) {
		if (err.code)
			run_fail(run, &err);
		settle_failure(run, active,
			active->failure ? active->failure : arena_strdup(&active->arena, err.text));
		return;
	}
	if (run->options->audit && audit_report(run, active, &err) < 0)
		run_fail(run, &err);
	if (made_bytes(active) > WORKERS_PAY(SETTLE_INLINE_MAX) || has_directory(active)) {
		active->work.run = hash_in_worker;
		active->is_settling = true;
		run->settling++;
		workers_submit(run->settlers, &active->work);
		return;
	}
	collect_hash(active, &err);
	settle_hashed(run, active, &err);
}

void settle_step(struct run *run)
{
	struct work *work;
	while ((work = workers_collect(run->settlers))) {
		struct active *active =
			(struct active *)((char *)work - offsetof(struct active, work));
		run->settling--;
		active->is_settling = false;
		settle_hashed(run, active, &active->work_err);
	}
}
