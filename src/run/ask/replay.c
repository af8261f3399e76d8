#include "run/ask/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/listing.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/command/command.h"
#include "model/graph/job_paths.h"
#include "record/judge/absent.h"
#include "record/judge/lent.h"
#include "record/judge/spent.h"
#include "record/judge/views.h"
#include "run/ask/handed.h"
#include "run/engine/context.h"
#include "run/engine/gpus.h"
#include "run/engine/tools.h"
#include "run/engine/viewer.h"
#include "run/job/beneath.h"
#include "run/job/lock.h"
#include "run/job/stage_dirs.h"

static bool updates_in_place(const struct graph *graph, uint32_t stage)
{
	const struct stage *s = &graph->stages[stage];

	for (uint32_t i = 0; i < stage_use_count(s); i++) {
		if (graph->labels[graph->uses[s->first_use + i].label].flags & LABEL_UPDATE)
			return true;
	}
	return false;
}

/* What is not as recorded, outputs aside. */
static void find_differences(struct run *run, uint32_t stage, struct viewer_sight *sight,
	const struct record *record, struct replay *out)
{
	struct judge judge = {
		.graph = run->graph,
		.stamps = run->stamps,
		.arena = &out->arena,
		.version_outputs = tools_versions(run->tools, stage),
		.views = run->views,
		.see = viewer_see,
		.see_ctx = sight,
	};
	struct record_key_set key;
	struct verdict verdict;

	absent_look(&out->arena, run->graph, run->stamps, stage);
	spent_look(&out->arena, run->graph, run->stamps, stage);
	lent_look(&out->arena, run->graph, run->stamps, stage);
	judge_now(&judge, stage, record, false, false, &key, &verdict);
	struct reason *kept = verdict.reasons;
	for (uint32_t i = 0; i < verdict.reason_count; i++) {
		enum reason_code code = verdict.reasons[i].code;
		bool is_state = code == REASON_FAILED_BEFORE || code == REASON_INTERRUPTED;
		if (code != REASON_OUTPUT_CHANGED && code != REASON_OUTPUT_MISSING && !is_state)
			kept[out->difference_count++] = verdict.reasons[i];
	}
	out->differences = kept;
}

int replay_refuse_spent(
	const struct graph *graph, const struct stamps *stamps, uint32_t stage, struct err *err)
{
	uint32_t use = spent_input(graph, stamps, stage, 0);

	if (use == NONE)
		return 0;
	uint32_t file = graph->uses[use].file;
	const char *maker = stage_name(graph, spent_maker(graph, stage, file));
	return err_set(err, EXIT_USAGE,
		"stage '%s' reads '%s', which is temporary and gone: make it again with 'restage "
		"run %s'",
		stage_name(graph, stage), file_path(graph, file), maker);
}

static int make_dirs(
	const struct graph *graph, struct running *running, int state_fd, struct err *err)
{
	const struct stage *s = &graph->stages[running->stage];
	const char *below =
		path_below(job_path(&running->arena, graph, JOB_STATE), running->own_dir);
	int status = beneath_remove(state_fd, path_base(JOB_CHECK), running->own_dir, err);

	if (status == 0)
		status = beneath_mkdirs(state_fd, below, running->own_dir, err);
	if (status == 0 && (running->own_fd = beneath_open(state_fd, below)) < 0)
		status = beneath_error(err, errno, "open the directory", running->own_dir);
	if (status == 0)
		status = running_make_work_dir(running, err);
	for (uint32_t i = s->input_count; status == 0 && i < stage_use_count(s); i++) {
		uint32_t use = s->first_use + i;
		bool is_dir = graph->labels[graph->uses[use].label].flags & LABEL_DIRECTORY;
		const char *place = command_path(
			graph, running->stage, use, running->work_dir, &running->arena);
		const char *dir = is_dir ? place : path_dir(&running->arena, place);
		const char *rel = path_below(running->own_dir, dir);
		if (*rel)
			status = beneath_mkdirs(running->own_fd, rel, dir, err);
	}
	return status;
}

/* Waits for the end of the command. */
static int wait_for_end(
	struct run *run, struct running *running, struct exec_event *end, struct err *err)
{
	for (;;) {
		int got = exec_wait(run->executor, run->exec, run->signals.fd, end, err);

		if (got < 0)
			return -1;
		if (got == 0 && signals_next(&run->signals))
			run->executor->stop(run->exec, running->id, run->signals.count > 1);
		if (got == 0)
			continue;
		if (end->kind == EXEC_OUTPUT)
			stagelog_feed(running->log, end->data, end->len);
		if (end->kind == EXEC_ENDED || end->kind == EXEC_REFUSED)
			return 0;
	}
}

/* Links are recorded as they lead from their final places. */
static int digest_dir(
	struct running *running, const struct record_file *old, const char *at, struct digest *out)
{
	struct attempt *attempt = &running->attempt;
	struct listing list = {0};
	struct err ignored = {0};

	if (listing_read(&list, at, &(struct listing_how){0}, NULL) < 0)
		return -1;
	MEM_ROOM(attempt->files, 0, running->file_cap);
	MEM_ROOM(running->made_at, 0, running->made_cap);
	running->made_type = mem_grow(running->made_type, running->made_cap, 1);
	attempt->files[0] = (struct attempt_file){.role = ROLE_OUTPUT, .path = old->path};
	attempt->file_count = 1;
	running->made_at[0] = at;
	running->made_type[0] = 'd';
	relink_made(running, &list, false, &ignored); /* one that leads nowhere is different */
	err_clear(&ignored);
	int status = listing_digest(&list, false, out);
	listing_free(&list);
	return status;
}

/* What the view prints of the output as it was recorded; false: it has none, or nobody knows. */
static bool find_view(
	struct run *run, uint32_t id, const struct record_file *old, struct digest *out)
{
	const char *view = file_view(run->graph, id);

	if (view && old->view_command && strcmp(old->view_command, view) == 0) {
		*out = old->view;
		return true;
	}
	return views_find(run->views, id, &old->sum, out);
}

/* Its bytes are others: does its view print the same? */
static bool is_same_view(struct run *run, const char *at, const struct record_file *old,
	const struct digest *content, struct err *err)
{
	uint32_t id = stamps_id(run->stamps, old->path);
	struct digest was, now;

	return run->views && find_view(run, id, old, &was) &&
	       viewer_ask(run->viewer, id, at, content, run->executor, run->exec, run->signals.fd,
		       err) == 0 &&
	       views_find(run->views, id, content, &now) && digest_eq(&was, &now);
}

static void compare(struct run *run, struct running *running, const struct record *record,
	struct replay *out, struct err *err)
{
	out->files =
		arena_alloc(&out->arena, (record->success.file_count + 1) * sizeof *out->files);
	out->outcome = REPLAY_REPRODUCED;
	for (uint32_t i = 0; i < record->success.file_count; i++) {
		const struct record_file *old = &record->success.files[i];
		if (old->role != ROLE_OUTPUT ||
			(old->flags & (RECORD_FILE_MISSING | RECORD_FILE_NO_SUM)))
			continue;
		struct replay_file *file = &out->files[out->file_count++];
		const char *at = stage_made_path(
			run->graph, running->stage, old->path, running->work_dir, &running->arena);
		struct fs_stat stat = {0};
		uint64_t size;
		file->path = arena_strdup(&out->arena, old->path);
		file->recorded = old->sum;
		fs_stat(at, &stat, NULL);
		if (stat.type == 'd')
			file->is_made = digest_dir(running, old, at, &file->now) == 0;
		else if (stat.type == 'f')
			file->is_made = digest_file(at, &file->now, &size, NULL) == 0;
		file->is_same = file->is_made && digest_eq(&file->now, &file->recorded);
		if (file->is_made && !file->is_same) {
			file->is_by_view = is_same_view(run, at, old, &file->now, err);
			file->is_same = file->is_by_view;
		}
		if (!file->is_same)
			out->outcome = REPLAY_DIFFERENT;
	}
}

static const char *failure_text(const struct exec_event *end, struct arena *arena)
{
	const struct exec_outcome *outcome = &end->outcome;

	if (end->kind == EXEC_REFUSED)
		return arena_strdup(arena, end->text);
	if (outcome->cause == EXEC_BY_TIMEOUT)
		return "timed out";
	if (outcome->signal)
		return arena_fmt(arena, "killed by signal %d", outcome->signal);
	return outcome->exit_code ? arena_fmt(arena, "exit code %d", outcome->exit_code) : NULL;
}

static int run_aside(struct run *run, struct running *running, const struct record *record,
	struct replay *out, struct err *err)
{
	struct exec_event end = {0};

	running->attempt.graph = run->graph;
	running->started_mono = clock_mono_ns();
	if (make_dirs(run->graph, running, run->state_fd, err) < 0)
		return -1;
	running->log = stagelog_open(run->state_fd, running->log_path,
		stage_name(run->graph, running->stage), false, err);
	if (!running->log)
		return -1;
	int status = launch_command(run, running, &end, err);
	if (status == 0)
		status = wait_for_end(run, running, &end, err);
	if (status < 0)
		return -1;
	out->seconds = (double)(clock_mono_ns() - running->started_mono) / 1e9;
	stagelog_end_output(running->log);
	out->tail_count = stagelog_last(running->log, &out->arena, &out->tail);
	stagelog_close(running->log, NULL);
	running->log = NULL;
	out->signal = run->signals.first;
	out->failure = failure_text(&end, &out->arena);
	if (out->signal) {
		out->outcome = REPLAY_INTERRUPTED;
	} else if (out->failure) {
		out->outcome = REPLAY_FAILED;
	} else {
		compare(run, running, record, out, err);
	}
	if (!out->signal && signals_next(&run->signals)) {
		out->signal = run->signals.first;
		out->outcome = REPLAY_INTERRUPTED;
	}
	return err->code ? -1 : 0;
}

static struct running *make_running(struct run *run, uint32_t stage)
{
	const struct graph *graph = run->graph;
	struct running *running = mem_alloc(sizeof *running);

	const char *own_dir = job_path(&running->arena, graph, JOB_CHECK);

	/* as deep as the directory of its attempts: relative paths are what they were */
	if (graph->stages[stage].instance)
		own_dir = stage_path(&running->arena, own_dir, "instance");
	running->stage = stage;
	running->id = 1;
	running->dir = graph_text(graph, graph->stages[stage].dir);
	running->dir_fd = running->own_fd = running->state_fd = -1;
	running_set_places(run, running, own_dir);
	running->log_path = job_path(&running->arena, graph, JOB_CHECK_LOG);
	running->next = run->running;
	run->running = running;
	return running;
}

int replay_check(const struct graph *graph, uint32_t stage,
	void (*waiting)(void *ctx, const char *who), void *ctx, struct replay *out, struct err *err)
{
	struct run run = {.graph = graph,
		.executor = &exec_local,
		.lock_fd = -1,
		.job_fd = -1,
		.state_fd = -1,
		.signals.fd = -1};
	struct record record;
	struct running *running = NULL;
	const char *dir = graph_text(graph, graph->stages[stage].dir), *notice;
	int status = -1;

	memset(out, 0, sizeof *out);
	if (updates_in_place(graph, stage))
		return err_set(err, EXIT_USAGE,
			"stage '%s' updates files in place, which cannot be done aside; %s",
			stage_name(graph, stage), "replay it without --check");
	if (signals_take(&run.signals, err) < 0)
		goto out;
	run.lock_fd = job_lock(graph, true, waiting, ctx, run.signals.fd, err);
	if (run.lock_fd < 0 && err->code == EXIT_OK && signals_next(&run.signals)) {
		out->outcome = REPLAY_INTERRUPTED;
		out->signal = run.signals.first;
		status = 0;
	}
	if (run.lock_fd < 0 || handed_check(graph, err) < 0)
		goto out;
	run.workers = workers_new(2, err);
	if (!run.workers)
		goto out;
	run.stamps = stamps_new(graph, run.workers);
	if ((run.job_fd = job_open(graph, err)) < 0 || run_open_state(&run, err) < 0 ||
		stage_dirs_renumber(graph, err) < 0 ||
		record_load(&out->arena, graph, stage, dir, &record, err) < 0)
		goto out;
	if (!record.success.is_known) {
		err_set(err, EXIT_USAGE,
			"stage '%s' has no record of a success to compare with; run it first",
			stage_name(graph, stage));
		goto out;
	}
	stamps_load(run.stamps, job_path(&run.arena, graph, JOB_INDEX), &notice);
	run.tools = tools_new(graph, NULL, NULL, NULL);
	run.views = views_new(graph);
	run.viewer = viewer_new(graph, run.views, NULL, NULL);
	struct viewer_sight sight = {.viewer = run.viewer, .stop_fd = run.signals.fd, .err = err};
	if (graph->stages[stage].versions.count &&
		(launch_open(&run, err) < 0 ||
			tools_ask(run.tools, stage, run.executor, run.exec, err) < 0))
		goto out;
	find_differences(&run, stage, &sight, &record, out);
	exec_local.close(sight.exec);
	if (err->code || replay_refuse_spent(graph, run.stamps, stage, err) < 0)
		goto out;
	status = 0;
	if (out->difference_count) {
		out->outcome = REPLAY_INPUTS_DIFFER;
		goto out;
	}
	char id[CLOCK_ID_SIZE];
	clock_id(clock_wall_ns(), id);
	memcpy(run.run_id, id, sizeof id);
	running = make_running(&run, stage);
	run.gpus = gpus_new(graph);
	if (!gpus_suffice(run.gpus, graph, stage, err)) {
		status = -1;
		goto out;
	}
	running_take_gpus(&run, running);
	status = run_aside(&run, running, &record, out, err);
out:
	run.executor->close(run.exec);
	if (running) {
		struct err ignored = {0};
		beneath_remove(run.state_fd, path_base(JOB_CHECK), running->own_dir, &ignored);
		unlinkat(run.state_fd, path_base(running->log_path), 0);
		stagelog_close(running->log, NULL);
		running_free(&run, running);
	}
	gpus_free(run.gpus);
	stamps_free(run.stamps);
	workers_free(run.workers);
	tools_free(run.tools);
	viewer_free(run.viewer);
	views_free(run.views);
	if (run.signals.fd >= 0)
		signals_give(&run.signals);
	if (run.state_fd >= 0)
		close(run.state_fd);
	if (run.job_fd >= 0)
		close(run.job_fd);
	if (run.lock_fd >= 0)
		close(run.lock_fd);
	arena_free(&run.arena);
	if (status < 0)
		replay_free(out);
	return status;
}

void replay_free(struct replay *replay)
{
	arena_free(&replay->arena);
	memset(replay, 0, sizeof *replay);
}
