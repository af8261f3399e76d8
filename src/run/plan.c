#include "run/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/process.h"
#include "base/workers.h"
#include "model/graph.h"
#include "record/key.h"
#include "run/lock.h"
#include "run/places.h"

/* Does stage take anything that `maker` makes? (An order without data does not count.) */
static bool feeds(const struct graph *graph, uint32_t maker, uint32_t stage)
{
	const struct stage *s = &graph->stages[stage], *m = &graph->stages[maker];
	for (uint32_t i = 0; i < s->input_count; i++) {
		if (graph->files[graph->uses[s->first_use + i].file].producer == maker)
			return true;
	}
	/* A file inside an output directory, or a directory that holds outputs, has no producer itself. */
	for (uint32_t i = 0; i < s->input_count; i++) {
		const char *input = file_path(graph, graph->uses[s->first_use + i].file);
		for (uint32_t k = 0; k < m->output_count + m->intermediate_count; k++) {
			uint32_t file = graph->uses[m->first_use + m->input_count + k].file;
			const char *output = file_path(graph, file);
			if (path_is_under(output, input) || path_is_under(input, output))
				return true;
		}
	}
	return false;
}

static bool is_pending(const struct plan_stage *stage)
{
	return stage->state == PLAN_RUN || stage->state == PLAN_MAY_RUN ||
	       stage->state == PLAN_RUNNING;
}

/* A stage before this one that will or may run and feeds it; NONE if there is none. */
static uint32_t pending_maker(const struct plan *plan, uint32_t stage)
{
	const struct stage *s = &plan->graph->stages[stage];
	for (uint32_t i = 0; i < s->needs.count; i++) {
		uint32_t maker = plan->graph->edges[s->needs.first + i];
		if (is_pending(&plan->stages[maker]) && feeds(plan->graph, maker, stage))
			return maker;
	}
	return NONE;
}

/* Are all reasons about files that a pending stage makes? Then its run may well put them right. */
static bool is_up_to_makers(struct plan *plan, const struct verdict *verdict)
{
	for (uint32_t i = 0; i < verdict->reason_count; i++) {
		const struct reason *reason = &verdict->reasons[i];
		if (reason->code != REASON_INPUT_CHANGED && reason->code != REASON_UPSTREAM_RAN)
			return false;
		uint32_t id = stamps_id(plan->stamps, reason->about);
		uint32_t maker =
			id < plan->graph->file_count ? plan->graph->files[id].producer : NONE;
		if (maker == NONE || !is_pending(&plan->stages[maker]))
			return false;
	}
	return true;
}

static void judge(struct plan *plan, uint32_t stage, bool forced)
{
	struct plan_stage *p = &plan->stages[stage];
	struct judge judge = {.graph = plan->graph, .stamps = plan->stamps, .arena = &plan->arena};
	/* What never ran needs no look at its files to know that it will. */
	if (p->record.success.is_known) {
		struct verdict_files files;
		verdict_files(&judge, stage, &p->record, &files);
		stamps_look(plan->stamps, files.seen, files.seen_count, false);
		stamps_look(plan->stamps, files.content, files.content_count, true);
	}
	key_make(plan->graph, stage, NULL, &p->record, &p->key);
	verdict_make(&judge, stage, &p->record, &p->key, forced, p->is_interrupted, &p->verdict);
	p->cause = pending_maker(plan, stage);
	if (p->verdict.is_fresh)
		p->state = p->cause == NONE ? PLAN_FRESH : PLAN_MAY_RUN;
	else
		p->state = p->cause != NONE && is_up_to_makers(plan, &p->verdict) ? PLAN_MAY_RUN
										  : PLAN_RUN;
}

static void count(struct plan *plan, const struct plan_stage *p)
{
	bool is_known = p->record.success.is_known;
	double seconds = is_known ? p->record.success.duration_seconds : 0;
	switch (p->state) {
	case PLAN_FRESH:
		plan->fresh_count++;
		break;
	case PLAN_RUN:
	case PLAN_RUNNING:
		plan->run_count++;
		plan->run_seconds += seconds;
		plan->unknown_count += !is_known;
		break;
	case PLAN_MAY_RUN:
		plan->may_count++;
		plan->may_seconds += seconds;
		plan->unknown_count += !is_known;
		break;
	case PLAN_DISABLED:
		plan->disabled_count++;
		break;
	case PLAN_NOT_SELECTED:
		break;
	}
}

/* All files of the stages that have something to compare with: stat at once, spread over the processors. */
static void prefetch(struct plan *plan, const bool *wanted)
{
	const struct graph *graph = plan->graph;
	uint32_t *ids = mem_grow(NULL, (size_t)graph->use_count + 1, sizeof *ids);
	size_t n = 0;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *s = &graph->stages[i];
		if (!wanted[i] || !plan->stages[i].record.success.is_known)
			continue;
		for (uint32_t k = 0; k < s->input_count + s->output_count; k++)
			ids[n++] = graph->uses[s->first_use + k].file;
	}
	stamps_look(plan->stamps, ids, n, false);
	free(ids);
}

static int load(struct plan *plan, struct err *err)
{
	const struct graph *graph = plan->graph;
	const char **dirs = places_find(&plan->arena, graph, err);
	if (!dirs)
		return -1;
	bool is_unsure = fs_exists(places_open_mark(&plan->arena, graph)) ||
			 !fs_exists(places_index(&plan->arena, graph));
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		struct plan_stage *p = &plan->stages[i];
		struct fs_stat work;
		p->dir = dirs[i];
		p->cause = NONE;
		if (record_load(&plan->arena, graph, i, dirs[i], &p->record, err) < 0)
			return -1;
		if (!is_unsure)
			continue;
		const char *path = path_join(&plan->arena, dirs[i], WORK_DIR);
		bool has_work = fs_stat(path, &work, NULL) == 0 && work.type != 0;
		if (has_work && plan->is_job_running)
			p->state = PLAN_RUNNING;
		else
			p->is_interrupted = has_work;
	}
	return 0;
}

int plan_make(const struct graph *graph, const bool *wanted, const bool *forced, struct plan *plan,
	struct err *err)
{
	memset(plan, 0, sizeof *plan);
	plan->graph = graph;
	plan->stages = mem_alloc(((size_t)graph->stage_count + 1) * sizeof *plan->stages);
	plan->workers = workers_new(process_processors(), err);
	if (!plan->workers)
		goto fail;
	plan->stamps = stamps_new(graph, plan->workers);
	plan->is_job_running = job_lock_held(graph, plan->run_holder, sizeof plan->run_holder);
	stamps_load(plan->stamps, places_index(&plan->arena, graph), &plan->notice);
	if (load(plan, err) < 0)
		goto fail;
	prefetch(plan, wanted);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		uint32_t stage = graph->order[i];
		struct plan_stage *p = &plan->stages[stage];
		if (!wanted[stage]) {
			p->state = PLAN_NOT_SELECTED;
			continue;
		}
		if (p->state != PLAN_RUNNING) {
			if (graph->stages[stage].flags & STAGE_DISABLED)
				p->state = PLAN_DISABLED;
			else
				judge(plan, stage, forced && forced[stage]);
		}
		count(plan, p);
	}
	return 0;
fail:
	plan_free(plan);
	return -1;
}

void plan_free(struct plan *plan)
{
	stamps_free(plan->stamps);
	workers_free(plan->workers);
	free(plan->stages);
	arena_free(&plan->arena);
	memset(plan, 0, sizeof *plan);
}

/* A file inside the output directory of a stage that this one needs will be there when it runs. */
bool plan_makes_around(const struct graph *graph, uint32_t stage, uint32_t file)
{
	const struct stage *s = &graph->stages[stage];
	for (uint32_t i = 0; i < s->needs.count; i++) {
		const struct stage *m = &graph->stages[graph->edges[s->needs.first + i]];
		for (uint32_t k = 0; k < m->output_count + m->intermediate_count; k++) {
			uint32_t made = graph->uses[m->first_use + m->input_count + k].file;
			if (path_is_under(file_path(graph, made), file_path(graph, file)) ||
				path_is_under(file_path(graph, file), file_path(graph, made)))
				return true;
		}
	}
	return false;
}

void plan_missing_inputs(struct plan *plan, const bool *wanted,
	void (*missing)(void *ctx, uint32_t stage, uint32_t use), void *ctx)
{
	const struct graph *graph = plan->graph;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *s = &graph->stages[i];
		if (!wanted[i] || (s->flags & STAGE_DISABLED))
			continue;
		for (uint32_t k = 0; k < s->input_count; k++) {
			uint32_t use = s->first_use + k, file = graph->uses[use].file;
			bool is_optional =
				graph->labels[graph->uses[use].label].flags & LABEL_OPTIONAL;
			if (is_optional || graph->files[file].producer != NONE)
				continue;
			stamps_look(plan->stamps, &file, 1, false);
			if (stamps_get(plan->stamps, file)->stat.type == 0 &&
				!plan_makes_around(graph, i, file))
				missing(ctx, i, use);
		}
	}
}
