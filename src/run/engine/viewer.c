#include "run/engine/viewer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "model/command/command.h"
#include "record/judge/views.h"
#include "run/engine/contain.h"
#include "run/exec/exec.h"

#define TIMEOUT_MS 3600000 /* of stages that have none of their own */
#define AT_ONCE 4
#define FIRST_ID (UINT64_C(1) << 40) /* version commands and attempts have smaller ones */

struct ask {
	struct digest key, content;
	const char *path;
	uint32_t file;
	struct hasher *hasher; /* of what it printed so far */
	bool is_over;
	uint32_t *waiters; /* stages */
	uint32_t waiter_count, waiter_cap;
};

struct viewer {
	const struct graph *graph;
	struct views *views;
	viewer_failed *failed;
	void *ctx;
	struct arena arena;
	struct table table; /* key -> index in asks */
	struct ask *asks;
	uint32_t count, cap;
	uint32_t started, running;
	uint32_t *ready; /* stages */
	uint32_t ready_count, ready_cap;
};

struct viewer *viewer_new(
	const struct graph *graph, struct views *views, viewer_failed *failed, void *ctx)
{
	struct viewer *viewer = mem_alloc(sizeof *viewer);

	viewer->graph = graph;
	viewer->views = views;
	viewer->failed = failed;
	viewer->ctx = ctx;
	return viewer;
}

void viewer_free(struct viewer *viewer)
{
	if (!viewer)
		return;
	for (uint32_t i = 0; i < viewer->count; i++) {
		hasher_free(viewer->asks[i].hasher);
		free(viewer->asks[i].waiters);
	}
	free(viewer->asks);
	free(viewer->ready);
	table_free(&viewer->table);
	arena_free(&viewer->arena);
	free(viewer);
}

static bool is_same_key(const void *ctx, uint32_t index)
{
	const struct viewer *viewer = ((const void *const *)ctx)[0];
	const struct digest *key = ((const void *const *)ctx)[1];

	return digest_eq(&viewer->asks[index].key, key);
}

static struct ask *find(
	struct viewer *viewer, uint32_t file, const char *path, const struct digest *content)
{
	struct digest key = views_key(viewer->views, file, content);
	const void *const ctx[] = {viewer, &key};
	uint32_t hash = table_hash(&key, sizeof key);
	uint32_t at = table_get(&viewer->table, hash, is_same_key, ctx);

	if (at != NONE)
		return &viewer->asks[at];
	MEM_ROOM(viewer->asks, viewer->count, viewer->cap);
	at = viewer->count++;
	viewer->asks[at] = (struct ask){
		.key = key,
		.content = *content,
		.path = arena_strdup(&viewer->arena, path),
		.file = file,
	};
	table_add(&viewer->table, hash, at);
	return &viewer->asks[at];
}

bool viewer_want(struct viewer *viewer, uint32_t file, const char *path,
	const struct digest *content, uint32_t stage)
{
	struct digest known;

	if (views_find(viewer->views, file, content, &known))
		return true;
	struct ask *ask = find(viewer, file, path, content);
	if (ask->is_over) /* it was stopped */
		return true;
	MEM_PUSH(ask->waiters, ask->waiter_count, ask->waiter_cap, stage);
	return false;
}

static void settle(struct viewer *viewer, struct ask *ask)
{
	ask->is_over = true;
	for (uint32_t i = 0; i < ask->waiter_count; i++)
		MEM_PUSH(viewer->ready, viewer->ready_count, viewer->ready_cap, ask->waiters[i]);
	ask->waiter_count = 0;
}

static void take_end(struct viewer *viewer, struct ask *ask, const struct exec_event *event)
{
	const struct exec_outcome *outcome = &event->outcome;
	bool is_refused = event->kind == EXEC_REFUSED;
	struct buf why BUF_LOCAL = {0};

	viewer->running -= !is_refused || ask->hasher;
	if (!is_refused && outcome->cause == EXEC_BY_STOP) {
		ask->is_over = true;
		return;
	}
	if (is_refused)
		buf_str(&why, event->sys_errno ? strerror(event->sys_errno) : event->text);
	else if (outcome->cause == EXEC_BY_TIMEOUT)
		buf_str(&why, "timed out");
	else if (outcome->signal)
		text_add_signal(&why, outcome->signal);
	else if (outcome->exit_code)
		buf_fmt(&why, "exit code %d", outcome->exit_code);
	struct digest printed = why.len || !ask->hasher ? ask->content : hasher_done(ask->hasher);
	views_add(viewer->views, ask->file, &ask->content, &printed);
	if (why.len && viewer->failed)
		viewer->failed(viewer->ctx, ask->file, buf_text(&why));
	settle(viewer, ask);
}

/* What it says beside what it prints is of no use: a warning may have the time in it. */
static void silence(struct arena *arena, struct command *command)
{
	size_t count = command->redirect_count + 1;
	struct command_redirect *all = arena_alloc(arena, count * sizeof *all);

	all[0] = (struct command_redirect){
		.fd = 2, .from = -1, .flags = O_WRONLY, .path = "/dev/null"};
	if (count > 1)
		memcpy(all + 1, command->redirects, (count - 1) * sizeof *all);
	command->redirects = all;
	command->redirect_count = count;
}

static int start_one(struct viewer *viewer, uint32_t index, const struct exec_kind *kind,
	struct exec *exec, struct err *err)
{
	const struct graph *graph = viewer->graph;
	struct ask *ask = &viewer->asks[index];
	uint32_t maker = graph->files[ask->file].producer;
	int64_t timeout_ms = stage_settings(graph, maker)->timeout_ms[0];
	const char *view = file_view(graph, ask->file);
	struct arena scratch ARENA_LOCAL = {0};
	struct command command;
	struct exec_event refusal;
	char **env = NULL;

	command_view(&scratch, graph, maker, view, ask->path, &command);
	silence(&scratch, &command);
	const char *dir = stage_runs_in_work(graph, maker) ? NULL : stage_run_dir(graph, maker);
	const char *part = arena_fmt(&scratch, "view-%u", index);
	contain_command(&scratch, graph, maker,
		&(struct contained){.name = contain_name(&scratch, graph, maker, part), .dir = dir},
		&command, &env);
	struct launch launch = {
		.id = FIRST_ID + index,
		.command = &command,
		.dir = dir,
		.env = env,
		.timeout_ms = timeout_ms ? timeout_ms : TIMEOUT_MS,
		.about = view,
	};
	refusal = (struct exec_event){.kind = EXEC_REFUSED, .text = command.refusal};
	int status = command.refusal ? 1 : kind->start(exec, &launch, &refusal, err);
	if (status == 0) {
		ask->hasher = hasher_new();
		viewer->running++;
	} else if (status > 0) {
		take_end(viewer, ask, &refusal);
	}
	return status;
}

int viewer_start(
	struct viewer *viewer, const struct exec_kind *kind, struct exec *exec, struct err *err)
{
	while (viewer->started < viewer->count && viewer->running < AT_ONCE) {
		if (start_one(viewer, viewer->started++, kind, exec, err) < 0)
			return -1;
	}
	return kind->flush ? kind->flush(exec, err) : 0;
}

uint32_t viewer_step(struct viewer *viewer)
{
	return viewer->ready_count ? viewer->ready[--viewer->ready_count] : NONE;
}

bool viewer_own(const struct exec_event *event)
{
	return event->id >= FIRST_ID;
}

void viewer_take(struct viewer *viewer, const struct exec_event *event)
{
	struct ask *ask = &viewer->asks[event->id - FIRST_ID];

	if (event->kind == EXEC_OUTPUT)
		hasher_add(ask->hasher, event->data, event->len);
	else if (event->kind == EXEC_ENDED || event->kind == EXEC_REFUSED)
		take_end(viewer, ask, event);
}

void viewer_stop(struct viewer *viewer, const struct exec_kind *kind, struct exec *exec)
{
	for (uint32_t i = 0; i < viewer->count; i++) {
		struct ask *ask = &viewer->asks[i];

		if (!ask->is_over && i < viewer->started)
			kind->stop(exec, FIRST_ID + i, true);
		ask->is_over = true;
		ask->waiter_count = 0;
	}
	viewer->started = viewer->count;
	viewer->ready_count = 0;
}

int viewer_ask(struct viewer *viewer, uint32_t file, const char *path, const struct digest *content,
	const struct exec_kind *kind, struct exec *exec, int stop_fd, struct err *err)
{
	struct exec_event event;

	if (viewer_want(viewer, file, path, content, NONE))
		return 0;
	if (viewer_start(viewer, kind, exec, err) < 0)
		return -1;
	while (viewer->running) {
		int got = exec_wait(kind, exec, stop_fd, &event, err);
		if (got < 0)
			return -1;
		if (got == 0) {
			viewer_stop(viewer, kind, exec);
			stop_fd = -1;
		} else if (viewer_own(&event)) {
			viewer_take(viewer, &event);
		}
	}
	viewer->ready_count = 0;
	return 0;
}

bool viewer_see(void *ctx, uint32_t file, const struct digest *content)
{
	struct viewer_sight *sight = ctx;
	const struct exec_options options = {.held_fd = -1};
	const char *path = file_path(sight->viewer->graph, file);

	if (!sight->exec)
		sight->exec = exec_local.open(&options, sight->err);
	return sight->exec && viewer_ask(sight->viewer, file, path, content, &exec_local,
				      sight->exec, sight->stop_fd, sight->err) == 0;
}

void viewer_sight_end(struct viewer_sight *sight)
{
	exec_local.close(sight->exec);
	viewer_free(sight->viewer);
	*sight = (struct viewer_sight){0};
}
