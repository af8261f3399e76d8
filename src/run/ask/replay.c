#include "run/ask/replay.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/command/command.h"
#include "run/engine/context.h"
#include "run/job/lock.h"
#include "run/job/places.h"

#define TAIL_LINES 20

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
static void find_differences(
	struct run *run, uint32_t stage, const struct record *record, struct replay *out)
{
	struct judge judge = {.graph = run->graph,
		.stamps = run->stamps,
		.arena = &out->arena,
		.version_outputs = tools_versions(run, stage)};
	struct record_key_set key;
	struct verdict verdict;
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

static int make_dirs(const struct graph *graph, struct active *active, struct err *err)
{
	const struct stage *s = &graph->stages[active->stage];
	struct buf place = {0};
	int status = fs_remove_tree(active->work_dir, err);
	if (status == 0)
		status = fs_mkdirs(active->work_dir, err);
	for (uint32_t i = s->input_count; status == 0 && i < stage_use_count(s); i++) {
		uint32_t use = s->first_use + i;
		bool is_dir = graph->labels[graph->uses[use].label].flags & LABEL_DIRECTORY;
		buf_reset(&place);
		command_place(graph, active->stage, use, active->work_dir, &place);
		status = fs_mkdirs(
			is_dir ? buf_text(&place) : path_dir(&active->arena, buf_text(&place)),
			err);
	}
	buf_free(&place);
	return status;
}

/* Waits for the end of the command. */
static int wait_for_end(
	struct run *run, struct active *active, struct warden_event *end, struct err *err)
{
	int64_t timeout = stage_settings(run->graph, active->stage)->timeout_ms;
	active->deadline_ms = timeout ? clock_mono_ns() / 1000000 + timeout : -1;
	for (;;) {
		struct pollfd polls[] = {{.fd = run->signals.fd, .events = POLLIN},
			{.fd = warden_fd(run->warden), .events = POLLIN},
			{.fd = active->output, .events = POLLIN}};
		int64_t now = clock_mono_ns() / 1000000;
		int wait = active->deadline_ms < 0     ? -1
			   : active->deadline_ms > now ? (int)(active->deadline_ms - now)
						       : 0;
		if (poll(polls, 3, wait) < 0 && errno != EINTR)
			return err_sys(err, errno, "wait for", "the stage");
		if (polls[2].revents)
			active_drain(active);
		if (polls[0].revents && signals_next(&run->signals))
			active_stop(run, active, run->signals.count > 1);
		if (active->deadline_ms >= 0 && clock_mono_ns() / 1000000 >= active->deadline_ms) {
			active->is_timed_out = true;
			active_stop(run, active, active->is_ending);
		}
		int got;
		while ((got = warden_next(run->warden, end, err)) > 0) {
			if (end->kind != WARDEN_STARTED)
				return 0;
		}
		if (got < 0)
			return -1;
	}
}

static void compare(
	struct run *run, struct active *active, const struct record *record, struct replay *out)
{
	(void)run;
	out->files =
		arena_alloc(&out->arena, (record->success.file_count + 1) * sizeof *out->files);
	out->outcome = REPLAY_REPRODUCED;
	for (uint32_t i = 0; i < record->success.file_count; i++) {
		const struct record_file *old = &record->success.files[i];
		if (old->role != ROLE_OUTPUT ||
			(old->flags & (RECORD_FILE_MISSING | RECORD_FILE_NO_SUM)))
			continue;
		struct replay_file *file = &out->files[out->file_count++];
		const char *rest = path_below(active->dir, old->path);
		const char *at =
			rest ? path_join(&out->arena, active->work_dir, rest)
			     : arena_fmt(&out->arena, "%s/.root/%s", active->work_dir, old->path);
		struct fs_stat stat = {0};
		uint64_t size;
		file->path = arena_strdup(&out->arena, old->path);
		file->recorded = old->sum;
		fs_stat(at, &stat, NULL);
		if (stat.type == 'd')
			file->is_made = digest_tree(at, &file->now, &size, NULL) == 0;
		else if (stat.type == 'f')
			file->is_made = digest_file(at, &file->now, &size, NULL) == 0;
		file->is_same = file->is_made && digest_eq(&file->now, &file->recorded);
		if (!file->is_same)
			out->outcome = REPLAY_DIFFERENT;
	}
}

static const char *failure_text(const struct run *run, struct active *active,
	const struct warden_event *end, struct arena *arena)
{
	if (active->failure)
		return arena_strdup(arena, active->failure);
	if (end->kind == WARDEN_REFUSED)
		return arena_fmt(arena, "cannot execute the command: %s", strerror(end->sys_errno));
	if (active->is_timed_out)
		return "timed out";
	if (end->signal)
		return arena_fmt(arena, "killed by signal %d", end->signal);
	(void)run;
	return end->exit_code ? arena_fmt(arena, "exit code %d", end->exit_code) : NULL;
}

static int run_aside(struct run *run, struct active *active, const struct record *record,
	struct replay *out, struct err *err)
{
	struct warden_event end = {0};
	struct buf tail = {0};
	active->started_mono = clock_mono_ns();
	if (make_dirs(run->graph, active, err) < 0)
		return -1;
	active->log =
		stagelog_open(active->log_path, stage_name(run->graph, active->stage), false, err);
	if (!active->log)
		return -1;
	if (launch_command(run, active, err) == 0) {
		if (wait_for_end(run, active, &end, err) < 0)
			return -1;
		active_drain(active);
	} else if (err->code) {
		return -1;
	}
	out->seconds = (double)(clock_mono_ns() - active->started_mono) / 1e9;
	stagelog_close(active->log, NULL);
	active->log = NULL;
	out->signal = run->signals.first;
	out->failure = failure_text(run, active, &end, &out->arena);
	if (out->signal) {
		out->outcome = REPLAY_INTERRUPTED;
	} else if (out->failure) {
		out->outcome = REPLAY_FAILED;
		stagelog_tail(active->log_path, TAIL_LINES, &tail);
		out->log_tail = arena_strdup(&out->arena, buf_text(&tail));
		buf_free(&tail);
	} else {
		compare(run, active, record, out);
	}
	return 0;
}

static struct active *make_active(struct run *run, uint32_t stage)
{
	const struct graph *graph = run->graph;
	struct active *active = mem_alloc(sizeof *active);
	active->stage = stage;
	active->id = 1;
	active->output = -1;
	active->dir = graph_text(graph, graph->stages[stage].dir);
	active->work_dir =
		arena_fmt(&active->arena, "%s/check", places_state_dir(&active->arena, graph));
	active->log_path =
		arena_fmt(&active->arena, "%s/check.log", places_state_dir(&active->arena, graph));
	active->events_path = path_join(&active->arena, graph_text(graph, graph->root),
		arena_fmt(&active->arena, "%s/.events", active->work_dir));
	active->events = events_open(active->events_path);
	active->deadline_ms = -1;
	active->next = run->active;
	run->active = active;
	return active;
}

int replay_check(const struct graph *graph, uint32_t stage, void (*waiting)(void *ctx, const char *who),
	void *ctx, struct replay *out, struct err *err)
{
	struct run run = {.graph = graph, .lock_fd = -1, .signals.fd = -1};
	struct record record;
	struct active *active = NULL;
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
	if (run.lock_fd < 0 || places_renumber(graph, err) < 0 ||
		record_load(&out->arena, graph, stage, dir, &record, err) < 0)
		goto out;
	if (!record.success.is_known) {
		err_set(err, EXIT_USAGE,
			"stage '%s' has no record of a success to compare with; run it first",
			stage_name(graph, stage));
		goto out;
	}
	run.workers = workers_new(2, err);
	if (!run.workers)
		goto out;
	run.stamps = stamps_new(graph, run.workers);
	stamps_load(run.stamps, places_index(&run.arena, graph), &notice);
	find_differences(&run, stage, &record, out);
	status = 0;
	if (out->difference_count) {
		out->outcome = REPLAY_INPUTS_DIFFER;
		goto out;
	}
	char id[CLOCK_ID_SIZE];
	clock_id(clock_wall_ns(), id);
	memcpy(run.run_id, id, sizeof id);
	run.warden = warden_new();
	warden_hold(run.warden, run.lock_fd);
	active = make_active(&run, stage);
	status = run_aside(&run, active, &record, out, err);
out:
	warden_free(run.warden);
	if (active) {
		struct err ignored = {0};
		fs_remove_tree(active->work_dir, &ignored);
		unlink(active->log_path);
		stagelog_close(active->log, NULL);
		active_free(&run, active);
	}
	stamps_free(run.stamps);
	workers_free(run.workers);
	map_free(&run.program_ids);
	free(run.programs);
	map_free(&run.tool_ids);
	free(run.tool_outputs);
	if (run.signals.fd >= 0)
		signals_give(&run.signals);
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
