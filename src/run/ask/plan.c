#include "run/ask/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/process.h"
#include "base/workers.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/index/index.h"
#include "record/judge/absent.h"
#include "record/judge/lent.h"
#include "record/judge/spent.h"
#include "record/judge/views.h"
#include "record/manifest/attempt.h"
#include "record/manifest/key.h"
#include "record/stamp/stamp.h"
#include "run/ask/plan_again.h"
#include "run/ask/plan_ask.h"
#include "run/ask/plan_reuse.h"
#include "run/engine/tools.h"
#include "run/engine/viewer.h"
#include "run/job/lock.h"
#include "run/job/stage_dirs.h"

/* Does it make a directory around the path, or something in it? */
static bool makes_around(const struct graph *graph, uint32_t maker, const char *path)
{
	const struct stage *m = &graph->stages[maker];

	for (uint32_t k = 0; k < m->output_count + m->intermediate_count; k++) {
		uint32_t file = graph->uses[m->first_use + m->input_count + k].file;
		const char *made = file_path(graph, file);
		if (path_is_under(made, path) || path_is_under(path, made))
			return true;
	}
	return false;
}

static bool is_pending(const struct plan_stage *stage)
{
	return stage->state == PLAN_RUN || stage->state == PLAN_MAY_RUN ||
	       stage->state == PLAN_RUNNING;
}

uint32_t plan_pending_maker_of(const struct plan *plan, uint32_t stage, uint32_t file)
{
	const struct graph *graph = plan->graph;
	const struct stage *s = &graph->stages[stage];
	uint32_t maker = file < graph->file_count ? graph->files[file].producer : NONE;

	if (maker != NONE)
		return is_pending(&plan->stages[maker]) ? maker : NONE;
	for (uint32_t i = 0; i < s->needs.count; i++) {
		maker = graph->edges[s->needs.first + i];
		if (is_pending(&plan->stages[maker]) &&
			makes_around(graph, maker, stamps_path(plan->stamps, file)))
			return maker;
	}
	return NONE;
}

/* A stage that will or may run, whose list decides which instances this one is about; NONE. */
static uint32_t pending_list(const struct plan *plan, uint32_t stage)
{
	const struct graph *graph = plan->graph;
	struct span needs = graph->stages[stage].needs;

	for (uint32_t i = 0; graph->list_count && i < needs.count; i++) {
		uint32_t need = graph->edges[needs.first + i];
		if (graph->stages[need].lists.count && is_pending(&plan->stages[need]))
			return need;
	}
	return NONE;
}

uint32_t plan_pending_maker(const struct plan *plan, uint32_t stage)
{
	const struct stage *s = &plan->graph->stages[stage];
	const struct record_success *success = &plan->stages[stage].record->success;
	const struct index *index = plan->stages[stage].is_from_index ? plan->known.index : NULL;
	uint32_t maker = NONE;

	if (plan->run_count + plan->may_count == 0)
		return NONE;
	for (uint32_t i = 0; i < s->input_count && maker == NONE; i++)
		maker = plan_pending_maker_of(
			plan, stage, plan->graph->uses[s->first_use + i].file);
	for (uint32_t i = 0; index && i < index->stages[stage].further && maker == NONE; i++) {
		uint32_t use = index->stages[stage].first + s->input_count + i;
		maker = plan_pending_maker_of(plan, stage, index->versions[index->uses[use]].file);
	}
	for (uint32_t i = 0; i < success->file_count && maker == NONE; i++) {
		const struct record_file *file = &success->files[i];
		if (file->role == ROLE_INPUT && file->origin >= ORIGIN_DEPFILE)
			maker = plan_pending_maker_of(
				plan, stage, stamps_id(plan->stamps, file->path));
	}
	return maker == NONE ? pending_list(plan, stage) : maker;
}

/* Are all reasons about files that a pending stage makes? Then its run may well put them right;
 * that an attempt failed or was interrupted meanwhile is no reason of its own. */
static bool is_up_to_makers(const struct plan *plan, uint32_t stage)
{
	const struct plan_stage *p = &plan->stages[stage];

	for (uint32_t i = 0; i < p->verdict.reason_count; i++) {
		const struct reason *reason = &p->verdict.reasons[i];
		bool is_past =
			reason->code == REASON_FAILED_BEFORE || reason->code == REASON_INTERRUPTED;
		if (is_past && p->record->success.is_known)
			continue;
		if ((reason->code == REASON_INPUT_ADDED || reason->code == REASON_INPUT_REMOVED) &&
			pending_list(plan, stage) != NONE)
			continue;
		if (reason->code != REASON_INPUT_CHANGED && reason->code != REASON_UPSTREAM_RAN)
			return false;
		if (plan_pending_maker_of(plan, stage, stamps_id(plan->stamps, reason->about)) ==
			NONE)
			return false;
	}
	return true;
}

/* The graph of the plan with its places as they are; NULL with err. */
static const struct graph *follow(struct plan *plan, struct err *err)
{
	plan->has_dir = arena_alloc(&plan->arena, (size_t)plan->graph->stage_count + 1);
	return stage_dirs_follow(&plan->arena, plan->graph, plan->has_dir, err);
}

/* From its manifest. */
static int load_record(struct plan *plan, uint32_t stage, struct err *err)
{
	struct plan_stage *p = &plan->stages[stage];

	if (!plan->has_dir && !follow(plan, err))
		return -1;
	p->dir = graph_text(plan->graph, plan->graph->stages[stage].dir);
	p->is_from_index = false;
	p->record = &record_none;
	if (plan->has_dir[stage])
		p->record = record_get(&plan->arena, plan->graph, stage, p->dir, err);
	return p->record ? 0 : -1;
}

/* Up to date by the index, and nothing before it will run: then its manifest is not read. */
static bool is_known_fresh(struct plan *plan, const struct judge *judge, uint32_t stage)
{
	const struct basis basis = {.index = plan->known.index};
	const struct plan_stage *p = &plan->stages[stage];
	struct record_key_set key;
	struct judge_files files;

	if (!p->is_from_index || p->cause != NONE || !known_is_current(&plan->known, stage))
		return false;
	judge_files(judge, stage, &basis, &files);
	stamps_look(plan->stamps, files.seen, files.seen_count, false);
	stamps_look(plan->stamps, files.content, files.content_count, true);
	key_make(plan->graph, stage, NULL, NULL, &key);
	return judge_is_same(judge, stage, &basis, &key);
}

/* What stages before this one do not make is absent, whatever lies there. */
static void note_absent(struct plan *plan, uint32_t stage)
{
	const struct graph *graph = plan->graph;
	struct span needs = graph->stages[stage].needs;

	for (uint32_t i = 0; i < needs.count; i++) {
		uint32_t maker = graph->edges[needs.first + i];
		const struct plan_stage *p = &plan->stages[maker];
		bool is_absent =
			p->is_from_index
				? plan->known.index->stages[maker].flags & INDEX_STAGE_SKIPPED
				: absent_is_maker(graph, maker, p->record, p->state == PLAN_FRESH);
		if (is_absent)
			absent_set(graph, plan->stamps, maker, stage);
	}
}

static struct basis basis_of(void *ctx, uint32_t stage)
{
	const struct plan *plan = ctx;

	if (plan->stages[stage].is_from_index && known_has(&plan->known, stage))
		return (struct basis){.index = plan->known.index};
	return (struct basis){.record = plan->stages[stage].record};
}

/* What it makes or reads that is temporary and gone counts as it was. */
static void note_spent(struct plan *plan, uint32_t stage)
{
	const struct graph *graph = plan->graph;
	struct span needs = graph->stages[stage].needs;

	for (uint32_t i = 0; i <= needs.count; i++) {
		uint32_t maker = i < needs.count ? graph->edges[needs.first + i] : stage;
		struct basis basis = basis_of(plan, maker);
		spent_note(graph, plan->stamps, maker, stage, &basis);
	}
}

static int judge(
	struct plan *plan, const struct plan_request *request, uint32_t stage, struct err *err)
{
	bool is_named = request->named && request->named[stage];
	bool forced = request->forced && request->forced[stage];
	struct plan_stage *p = &plan->stages[stage];
	struct judge judge = {
		.graph = plan->graph,
		.stamps = plan->stamps,
		.version_outputs = plan->tools ? tools_versions(plan->tools, stage) : NULL,
		.made_for = is_named ? "this run, which names it" : NULL,
		.views = plan->views,
		.see = plan->sight ? viewer_see : NULL,
		.see_ctx = plan->sight,
		.may_hope = !plan->sight,
		.now_ns = plan->now_ns,
		.arena = &plan->arena,
	};
	struct record_key_set key;

	/* of what it made the index tells nothing once its manifest is another, or lost */
	if (p->is_from_index && known_has(&plan->known, stage) &&
		!known_is_current(&plan->known, stage) && load_record(plan, stage, err) < 0)
		return -1;
	note_absent(plan, stage);
	note_spent(plan, stage);
	p->cause = plan_pending_maker(plan, stage);
	if (is_known_fresh(plan, &judge, stage)) {
		p->verdict.is_fresh = true;
		p->state = PLAN_FRESH;
		return 0;
	}
	if (p->is_from_index && load_record(plan, stage, err) < 0)
		return -1;
	judge_now(&judge, stage, p->record, forced, p->is_interrupted, &key, &p->verdict);
	if (plan->sight && plan->sight->err->code)
		return -1;
	bool may = p->verdict.is_fresh && plan_is_unasked(plan, stage);
	if (p->verdict.is_fresh)
		p->state = p->cause == NONE && !may ? PLAN_FRESH : PLAN_MAY_RUN;
	else
		p->state =
			p->cause != NONE && is_up_to_makers(plan, stage) ? PLAN_MAY_RUN : PLAN_RUN;
	return 0;
}

/* The failed stage in front of one that would run: the next run begins with that. */
static void find_failure(struct plan *plan, uint32_t stage)
{
	const struct graph *graph = plan->graph;
	struct plan_stage *p = &plan->stages[stage];

	for (uint32_t i = 0; is_pending(p) && i < graph->stages[stage].needs.count; i++) {
		uint32_t need = graph->edges[graph->stages[stage].needs.first + i];
		const struct plan_stage *before = &plan->stages[need];
		bool is_allowed = stage_settings(graph, need)->flags & SET_ALLOW_FAILURE;
		if (!is_pending(before))
			continue;
		if (before->state == PLAN_RUN && !before->restored &&
			before->record->status == RECORD_FAILED && !is_allowed)
			p->failure = need;
		else if (before->failure != NONE)
			p->failure = before->failure;
	}
}

static void count(struct plan *plan, const struct plan_stage *p)
{
	bool is_known = p->record->success.is_known;
	uint32_t reasons = p->verdict.reason_count;
	double seconds = is_known ? p->record->success.duration_seconds : 0;

	if (reasons && p->verdict.reasons[reasons - 1].code == REASON_FORMAT_CHANGED)
		plan->notice = REASON_FORMAT_NOTICE;
	if (p->restored) {
		plan->restored_count++;
		plan->restored_seconds += p->restored->seconds > 0 ? p->restored->seconds : 0;
		return;
	}
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

/* All files of the stages that have something to compare with: stat at once, spread over the
 * processors. */
static void prefetch(struct plan *plan, const bool *wanted)
{
	const struct graph *graph = plan->graph;
	uint32_t *ids = mem_grow(NULL, (size_t)graph->use_count + 1, sizeof *ids);
	size_t n = 0;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *s = &graph->stages[i];
		if (!wanted[i] || !plan->stages[i].record->success.is_known)
			continue;
		for (uint32_t k = 0; k < s->input_count + s->output_count; k++)
			ids[n++] = graph->uses[s->first_use + k].file;
	}
	known_look(&plan->known, wanted, ids, n);
	free(ids);
}

/* What the index knows of a stage's record. */
static void take_entry(struct plan *plan, const struct index_stage *entry, uint32_t stage)
{
	struct plan_stage *p = &plan->stages[stage];
	struct record *record;

	p->is_from_index = true;
	p->dir = graph_text(plan->graph, plan->graph->stages[stage].dir);
	p->record = &record_none;
	if (entry->seconds < 0)
		return;
	p->record = record = arena_alloc(&plan->arena, sizeof *record);
	record->status = RECORD_SUCCESS;
	record->success.is_known = true;
	record->success.duration_seconds = entry->seconds;
}

/* A stage whose warnings are shown, or whose tools are known only by its record, is not for the
 * index alone. */
static bool is_for_index(
	const struct plan *plan, const struct plan_request *request, uint32_t stage)
{
	if (!plan->known.index)
		return false;
	if (!request->wanted[stage])
		return true;
	return known_has(&plan->known, stage) && !(request->forced && request->forced[stage]) &&
	       (plan->known.index->stages[stage].flags & INDEX_STAGE_NO_WARNINGS) &&
	       plan->graph->stages[stage].versions.count == 0;
}

static int load(
	struct plan *plan, const struct plan_request *request, bool is_unsure, struct err *err)
{
	const struct graph *graph = plan->graph;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		struct plan_stage *p = &plan->stages[i];
		struct fs_stat work;
		p->cause = p->failure = NONE;
		if (is_for_index(plan, request, i)) {
			take_entry(plan, &plan->known.index->stages[i], i);
			continue;
		}
		if (load_record(plan, i, err) < 0)
			return -1;
		if (!is_unsure || !plan->has_dir[i])
			continue;
		const char *path = stage_path(&plan->arena, p->dir, WORK_DIR);
		bool has_work = fs_stat(path, &work, NULL) == 0 && work.type != 0;
		if (has_work && plan->is_job_running)
			p->state = PLAN_RUNNING;
		else
			p->is_interrupted = has_work;
	}
	return 0;
}

static void count_again(struct plan *plan)
{
	plan->run_count = plan->may_count = plan->fresh_count = plan->disabled_count = 0;
	plan->unknown_count = plan->restored_count = 0;
	plan->run_seconds = plan->may_seconds = plan->restored_seconds = 0;
	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		plan->stages[plan->graph->order[i]].failure = NONE;
		find_failure(plan, plan->graph->order[i]);
		count(plan, &plan->stages[plan->graph->order[i]]);
	}
}

/* Of those that are not up to date more is told than the index has. */
static int load_pending(struct plan *plan, struct err *err)
{
	int status = 0;

	for (uint32_t i = 0; i < plan->graph->stage_count && status == 0; i++) {
		if (is_pending(&plan->stages[i]) && plan->stages[i].is_from_index)
			status = load_record(plan, i, err);
	}
	return status;
}

/* What follows from the verdicts of all. A reader of what is temporary and gone is restored without
 * it: what has to be made again is looked for then. */
static int conclude(struct plan *plan, const struct plan_request *request, struct err *err)
{
	struct plan_reuse *reuse = plan_reuse_begin(plan, request);
	bool has_changed = plan_reuse_look(reuse);
	int status = 0;

	if (plan_make_again(plan)) {
		status = load_pending(plan, err);
		plan_reuse_look(reuse);
		has_changed = true;
	}
	plan_reuse_end(reuse);
	if (status == 0 && has_changed)
		count_again(plan);
	return status;
}

static int judge_all(struct plan *plan, const struct plan_request *request, struct err *err)
{
	const struct graph *graph = plan->graph;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		uint32_t stage = graph->order[i];
		struct plan_stage *p = &plan->stages[stage];
		if (!request->wanted[stage]) {
			p->state = PLAN_NOT_SELECTED;
			continue;
		}
		if (p->state != PLAN_RUNNING) {
			if (graph->stages[stage].flags & STAGE_DISABLED)
				p->state = PLAN_DISABLED;
			else if (judge(plan, request, stage, err) < 0)
				return -1;
		}
		find_failure(plan, stage);
		count(plan, p);
	}
	return conclude(plan, request, err);
}

int plan_make(const struct plan_request *request, struct plan *plan, struct err *err)
{
	const struct graph *graph = request->graph;
	struct plan_request by_records = *request;

	memset(plan, 0, sizeof *plan);
	plan->graph = graph;
	plan->now_ns = clock_wall_ns();
	bool is_unsure = fs_exists(job_path(&plan->arena, graph, JOB_OPEN_MARK)) ||
			 !fs_exists(job_path(&plan->arena, graph, JOB_INDEX));
	if (!request->with_records && !is_unsure)
		plan->known.index = request->index;
	if (!plan->known.index)
		plan->graph = follow(plan, err);
	plan->stages = mem_alloc(((size_t)graph->stage_count + 1) * sizeof *plan->stages);
	mem_touch(plan->stages, graph->stage_count * sizeof *plan->stages);
	plan->workers = plan->graph ? workers_new(process_processors(), err) : NULL;
	if (!plan->workers)
		goto fail;
	plan->stamps = stamps_new(plan->graph, plan->workers);
	plan->known.graph = plan->graph;
	plan->known.stamps = plan->stamps;
	plan->is_job_running = job_lock_held(graph, plan->run_holder, sizeof plan->run_holder);
	if (request->index)
		stamps_adopt(plan->stamps, request->index, true);
	else
		stamps_load(plan->stamps, job_path(&plan->arena, graph, JOB_INDEX), &plan->notice);
	if (load(plan, request, is_unsure, err) < 0)
		goto fail;
	prefetch(plan, request->wanted);
	lent_note(plan->graph, plan->stamps, basis_of, plan);
	if (known_is_astray(&plan->known, request->wanted) && follow(plan, err) != graph) {
		plan_free(plan);
		by_records.index = NULL;
		return plan_make(&by_records, plan, err);
	}
	plan->views = views_new(plan->graph);
	if (request->asks && plan_ask(plan, request->wanted, err) < 0)
		goto fail;
	if (!err->code && judge_all(plan, request, err) == 0)
		return 0;
fail:
	plan_free(plan);
	return -1;
}

void plan_free(struct plan *plan)
{
	known_end(&plan->known);
	tools_free(plan->tools);
	if (plan->sight)
		viewer_sight_end(plan->sight);
	views_free(plan->views);
	stamps_free(plan->stamps);
	workers_free(plan->workers);
	free(plan->stages);
	arena_free(&plan->arena);
	memset(plan, 0, sizeof *plan);
}
