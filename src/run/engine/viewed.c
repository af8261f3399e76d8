/* Stages and attempts that wait for what views print. Others go on meanwhile. */
#include <string.h>

#include "base/fs.h"
#include "record/judge/views.h"
#include "run/engine/context.h"
#include "run/engine/viewer.h"

static void tell_failed(void *ctx, uint32_t file, const char *why)
{
	struct run *run = ctx;
	const struct graph *graph = run->graph;
	uint32_t maker = graph->files[file].producer;
	struct running *running = run->running;

	while (running && !(running->stage == maker && running->is_viewed))
		running = running->next;
	if (running)
		running_warn(run, running, VIEW_FAILED, file_path(graph, file),
			file_view(graph, file), why);
	else
		notify_text(run, STAGE_WARNING, maker, LOG_WARNING, VIEW_FAILED,
			file_path(graph, file), file_view(graph, file), why);
}

void viewed_begin(struct run *run)
{
	run->views = views_new(run->graph);
	if (run->views)
		run->viewer = viewer_new(run->graph, run->views, tell_failed, run);
}

void viewed_grow(struct run *run, uint32_t old)
{
	if (run->views)
		views_grow(run->views, old);
	else
		viewed_begin(run);
}

/* Wants what the view of the file prints as it is now; true: it is known, or there is nothing to
 * ask. */
static bool want(struct run *run, uint32_t file, uint32_t stage, const struct digest *recorded)
{
	const struct stamp *now = stamps_get(run->stamps, file);

	if (!file_view(run->graph, file) || now->state != STAMP_HASHED || !now->stat.type ||
		stamps_is_spent(run->stamps, file) || (recorded && !digest_eq(recorded, &now->sum)))
		return true;
	return viewer_want(run->viewer, file, file_path(run->graph, file), &now->sum, stage);
}

/* Of an output, which nearly always has the same place among the files as the uses say. */
static const struct digest *recorded_sum(
	const struct record *record, uint32_t place, const char *path)
{
	static const struct digest none;
	uint32_t count = record->success.file_count;

	for (uint32_t i = 0; i < count; i++) {
		const struct record_file *file = &record->success.files[(place + i) % count];
		if (file->role == ROLE_OUTPUT && strcmp(file->path, path) == 0)
			return &file->sum;
	}
	return &none;
}

/* Starts what is wanted. Some are refused at once, which is known by viewed_step. */
static void start(struct run *run)
{
	struct err err = {0};

	if (launch_open(run, &err) == 0 &&
		viewer_start(run->viewer, run->executor, run->exec, &err) == 0)
		return;
	run_fail(run, &err);
	viewed_give_up(run);
}

bool viewed_known(struct run *run, uint32_t stage, const struct record *record)
{
	if (!run->views)
		return true;
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[stage];
	const struct use *uses = &graph->uses[s->first_use];
	uint32_t unknown = 0;
	if (record)
		views_learn(run->views, stage, record);
	/* By an index all is as it was recorded. */
	for (uint32_t i = 0; record && i < s->input_count; i++)
		unknown += !want(run, uses[i].file, stage, NULL);
	for (uint32_t i = s->input_count;
		(s->flags & STAGE_VIEWED) && i < s->input_count + s->output_count; i++) {
		const char *path = file_path(graph, uses[i].file);
		const struct digest *sum = record ? recorded_sum(record, i, path) : NULL;
		unknown += !want(run, uses[i].file, stage, sum);
	}
	if (unknown == 0)
		return true;
	run->stages[stage].views_wanted = unknown;
	start(run);
	return false;
}

void viewed_renew(struct run *run, uint32_t stage)
{
	struct record *record = (struct record *)(uintptr_t)run_record(run, stage);
	const char *dir = graph_text(run->graph, run->graph->stages[stage].dir);
	struct buf text BUF_LOCAL = {0};
	struct err err = {0};

	if (!run->views || !record->success.is_known ||
		!views_renew(run->views, stage, record, dir, &text))
		return;
	if (run_rewrite_manifest(run, stage, &text, &err) < 0)
		run_fail(run, &err);
	else
		fs_stat(stage_path(&run->scratch, dir, MANIFEST_FILE), &record->manifest, NULL);
}

bool viewed_made(struct run *run, struct running *running)
{
	const struct graph *graph = run->graph;
	uint32_t stage = running->stage, unknown = 0;

	if (!run->views || !(graph->stages[stage].flags & STAGE_VIEWED))
		return true;
	for (uint32_t i = running->first_made; i < running->attempt.file_count; i++) {
		struct attempt_file *file = &running->attempt.files[i];
		uint32_t id = collect_id(run, stage, file->path);
		if (!running->made_at[i] || !file_view(graph, id))
			continue;
		if (viewer_want(run->viewer, id, running->made_at[i], &file->sum, stage))
			views_take(run->views, id, file);
		else
			unknown++;
	}
	if (unknown == 0)
		return true;
	running->is_settling = running->is_viewed = true;
	run->stages[stage].views_wanted = unknown;
	start(run);
	return false;
}

static struct running *find_viewed(const struct run *run, uint32_t stage)
{
	struct running *running = run->running;

	while (running && !(running->stage == stage && running->is_viewed))
		running = running->next;
	return running;
}

bool viewed_step(struct run *run)
{
	bool has_any = false;
	uint32_t stage;

	while (run->views && (stage = viewer_step(run->viewer)) != NONE) {
		if (run->stages[stage].views_wanted == 0 || --run->stages[stage].views_wanted)
			continue;
		has_any = true;
		struct running *running = find_viewed(run, stage);
		if (running)
			attempt_viewed(run, running);
		else
			check_resume(run, stage);
	}
	return has_any;
}

void viewed_take(struct run *run, const struct exec_event *event)
{
	viewer_take(run->viewer, event);
	start(run);
}

void viewed_give_up(struct run *run)
{
	if (!run->views)
		return;
	if (run->exec)
		viewer_stop(run->viewer, run->executor, run->exec);
	/* The run has stopped: what would have to run is not started any more. */
	for (uint32_t i = 0; i < run->graph->stage_count; i++) {
		if (run->stages[i].views_wanted && !find_viewed(run, i))
			sched_checked(run->sched, i, SCHED_QUEUED);
		run->stages[i].views_wanted = 0;
	}
	for (struct running *a = run->running, *next; a; a = next) {
		next = a->next;
		if (!a->is_viewed)
			continue;
		a->is_cancelled = true;
		attempt_viewed(run, a);
	}
}
