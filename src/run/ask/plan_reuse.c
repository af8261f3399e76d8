/* The part of a plan that knows what exists already: stages that will run, but whose results are in
 * the directory of the shared cache. What such a stage would make is known by its entry, so that
 * those which read it are looked up as well. */
#include "run/ask/plan_reuse.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "model/graph/stage_finder.h"
#include "record/cache/cache.h"
#include "record/cache/cache_listing.h"
#include "record/cache/cache_now.h"
#include "record/manifest/attempt.h"
#include "record/manifest/key.h"
#include "record/stamp/stamp.h"
#include "run/ask/plan.h"
#include "run/ask/plan_again.h"
#include "run/ask/plan_ask.h"
#include "run/engine/tools.h"

/* Bytes of a file that is read for the name of its content; a run reads it as well. */
#define READ_MAX ((uint64_t)256 * 1024)

/* A file as the restored stage makes it. */
struct coming {
	bool is_known;
	struct cache_key_input is;
};

struct plan_reuse {
	struct plan *plan;
	const bool *forced; /* by stage, or NULL */
	struct cache *cache;
	struct coming *coming; /* by file of the graph */
	struct stage_finder finder;
	bool asks;
};

/* Is the name of what lies there known, or made at little cost? Then it is known by its stamp. */
static bool has_name(const struct plan_reuse *reuse, uint32_t id)
{
	struct stamps *stamps = reuse->plan->stamps;
	struct stamp_name name;
	struct content content;

	stamps_look(stamps, &id, 1, false);
	if (stamps_is_spent(stamps, id))
		return stamps_spent_name(stamps, id, &name);
	const struct fs_stat *stat = &stamps_get(stamps, id)->stat;
	if (stat->type == 0 || stamps_knows_content(stamps, id))
		return true;
	if (!reuse->asks && (stat->type != 'f' || stat->size > READ_MAX))
		return false;
	(void)stamps_content(stamps, id, &content);
	stamps_look(stamps, &id, 1, true);
	return stamps_knows_content(stamps, id);
}

/* What is or will be there when the stage begins; false: that is not known. */
static bool input_is(
	const struct plan_reuse *reuse, uint32_t stage, uint32_t use, struct cache_key_input *out)
{
	const struct plan *plan = reuse->plan;
	uint32_t file = plan->graph->uses[use].file;

	if (plan_pending_maker_of(plan, stage, file) != NONE) {
		*out = reuse->coming[file].is;
		return reuse->coming[file].is_known;
	}
	return has_name(reuse, file) && cache_now_input(plan->graph, plan->stamps, stage, use, out);
}

/* Is it known that what will be there is another than what lies there now? */
static bool is_another(const struct plan_reuse *reuse, uint32_t stage, uint32_t use)
{
	const struct plan *plan = reuse->plan;
	uint32_t file = plan->graph->uses[use].file;
	struct cache_key_input now;

	if (plan_pending_maker_of(plan, stage, file) == NONE || !has_name(reuse, file) ||
		!cache_now_input(plan->graph, plan->stamps, stage, use, &now))
		return false;
	return now.kind != reuse->coming[file].is.kind ||
	       !content_eq(&now.content, &reuse->coming[file].is.content);
}

/* Is it sure that a stage which may run does, since it is up to date, and an input comes out
 * different? What views make of that is not known. */
static bool is_sure(const struct plan_reuse *reuse, uint32_t stage)
{
	const struct plan *plan = reuse->plan;
	const struct stage *s = &plan->graph->stages[stage];
	struct verdict *verdict = &plan->stages[stage].verdict;
	struct reason *reason;

	if (plan->stages[stage].state == PLAN_RUN)
		return true;
	for (uint32_t i = 0; i < s->input_count && verdict->is_fresh && !plan->views; i++) {
		if (!is_another(reuse, stage, s->first_use + i))
			continue;
		const char *path = file_path(plan->graph, plan->graph->uses[s->first_use + i].file);
		reason = arena_alloc(&reuse->plan->arena, sizeof *reason);
		*reason = (struct reason){
			.code = REASON_INPUT_CHANGED,
			.about = path,
			.message = arena_fmt(
				&reuse->plan->arena, "input %s comes out different", path),
		};
		*verdict = (struct verdict){.reasons = reason, .reason_count = 1};
		return true;
	}
	return false;
}

static bool find_key(const struct plan_reuse *reuse, uint32_t stage, struct sha256 *out)
{
	const struct plan *plan = reuse->plan;
	const struct stage *s = &plan->graph->stages[stage];
	const char *const *versions = plan->tools ? tools_versions(plan->tools, stage) : NULL;
	struct cache_key_input *inputs = mem_grow(NULL, (size_t)s->input_count + 1, sizeof *inputs);
	bool is_known = !plan_has_unasked_versions(plan, stage) &&
			cache_key_has_image(plan->graph, stage, versions);
	struct record_key_set set;

	for (uint32_t i = 0; i < s->input_count && is_known; i++)
		is_known = input_is(reuse, stage, s->first_use + i, &inputs[i]);
	if (is_known) {
		key_make(plan->graph, stage, versions, plan->stages[stage].record, &set);
		*out = cache_key_make(plan->graph, stage, &set, versions, inputs);
	}
	free(inputs);
	return is_known;
}

static bool input_fits(struct plan_reuse *reuse, uint32_t stage, const struct entry_input *input)
{
	const struct plan *plan = reuse->plan;
	struct buf path BUF_LOCAL = {0};

	if (!cache_key_path(&reuse->finder, input->path, &path))
		return false;
	uint32_t id = stamps_id(plan->stamps, buf_text(&path));
	if (plan_pending_maker_of(plan, stage, id) == NONE)
		return has_name(reuse, id) &&
		       cache_now_fits(&reuse->finder, plan->stamps, input, &id) == CACHE_FITS;
	const struct coming *coming = id < plan->graph->file_count ? &reuse->coming[id] : NULL;
	return coming && coming->is_known && coming->is.kind == *input->path &&
	       (*input->path == '0' || content_eq(&coming->is.content, &input->content));
}

static bool variant_fits(
	struct plan_reuse *reuse, uint32_t stage, const struct entry_variant *variant)
{
	for (uint32_t i = 0; i < variant->input_count; i++) {
		if (!input_fits(reuse, stage, &variant->inputs[i]))
			return false;
	}
	return cache_has(reuse->cache, variant);
}

/* The output of a variant at that place, or the directory in which it lies. */
static const struct entry_output *find_output(
	const struct entry_variant *variant, const char *place)
{
	for (uint32_t i = 0; i < variant->output_count; i++) {
		if (path_is_under(variant->outputs[i].path, place))
			return &variant->outputs[i];
	}
	return NULL;
}

/* Files in a directory that the stage makes, as far as stages read them. */
static void note_inside(const struct plan_reuse *reuse, uint32_t stage, uint32_t dir,
	const struct cache_listing *list)
{
	const struct graph *graph = reuse->plan->graph;
	struct span by = graph->stages[stage].needed_by;

	for (uint32_t i = 0; i < by.count; i++) {
		const struct stage *s = &graph->stages[graph->edges[by.first + i]];
		for (uint32_t k = s->first_use; k < s->first_use + s->input_count; k++) {
			uint32_t file = graph->uses[k].file;
			const char *rel = path_below(file_path(graph, dir), file_path(graph, file));
			const struct listing_item *item =
				rel && *rel ? cache_listing_file(list, rel) : NULL;
			if (!item)
				continue;
			reuse->coming[file] = (struct coming){
				.is_known = true,
				.is.kind = item->is_executable ? 'x' : 'f',
				.is.content = list->names[item - list->listing.items],
			};
		}
	}
}

static void note_dir(const struct plan_reuse *reuse, uint32_t stage, uint32_t file,
	const struct entry_output *output)
{
	struct cache_listing list;

	if (!cache_take_listing(reuse->cache, output, 0, &list))
		return;
	reuse->coming[file] = (struct coming){.is_known = true, .is = {'d', list.name}};
	note_inside(reuse, stage, file, &list);
	cache_listing_free(&list);
}

/* What it makes is known from now on, as far as its entry tells. */
static void note_coming(
	const struct plan_reuse *reuse, uint32_t stage, const struct entry_variant *variant)
{
	const struct graph *graph = reuse->plan->graph;
	const struct stage *s = &graph->stages[stage];
	struct buf place BUF_LOCAL = {0};

	for (uint32_t i = s->input_count; i < stage_use_count(s); i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		struct coming *coming = &reuse->coming[use->file];
		buf_reset(&place);
		stage_made_place(graph, stage, file_path(graph, use->file), ".", &place);
		const struct entry_output *output = find_output(variant, buf_text(&place) + 2);
		coming->is_known = !output || output->type == 'f';
		coming->is = (struct cache_key_input){.kind = '0'};
		if (output && output->type == 't' &&
			strcmp(output->path, buf_text(&place) + 2) == 0)
			note_dir(reuse, stage, use->file, output);
		if (!output || output->type != 'f')
			continue;
		coming->is.kind = output->is_executable ? 'x' : 'f';
		coming->is.content = output->content;
	}
}

static const struct attempt_origin *origin_of(
	struct arena *arena, const struct entry_variant *variant)
{
	struct attempt_origin *origin = arena_alloc(arena, sizeof *origin);

	*origin = (struct attempt_origin){
		.run = variant->run,
		.job = variant->job,
		.host = variant->host,
		.completed_at = variant->when,
		.seconds = variant->seconds,
	};
	return origin;
}

static bool look_up(struct plan_reuse *reuse, uint32_t stage)
{
	struct arena *arena = &reuse->plan->arena;
	struct entry *entry = arena_alloc(arena, sizeof *entry);
	struct plan_stage *p = &reuse->plan->stages[stage];
	uint32_t found = 0;
	struct sha256 key;

	if (!find_key(reuse, stage, &key) || !cache_find(reuse->cache, arena, &key, entry))
		return false;
	while (found < entry->count && !variant_fits(reuse, stage, &entry->variants[found]))
		found++;
	if (found == entry->count || !is_sure(reuse, stage))
		return false;
	p->restored = origin_of(arena, &entry->variants[found]);
	p->state = PLAN_RUN;
	note_coming(reuse, stage, &entry->variants[found]);
	return true;
}

struct plan_reuse *plan_reuse_begin(struct plan *plan, const struct plan_request *request)
{
	struct err err = {0};
	struct plan_reuse *reuse;

	if (!request->cache || plan->run_count == 0)
		return NULL;
	reuse = mem_alloc(sizeof *reuse);
	reuse->plan = plan;
	reuse->finder.graph = plan->graph;
	reuse->forced = request->forced;
	reuse->asks = request->asks;
	reuse->coming = mem_alloc(((size_t)plan->graph->file_count + 1) * sizeof *reuse->coming);
	reuse->cache = cache_open_to_look(request->cache, &err);
	if (!reuse->cache)
		plan->notice = arena_fmt(&plan->arena, "no cache is used: %s", err.text);
	if (reuse->cache && cache_reads(reuse->cache))
		return reuse;
	plan_reuse_end(reuse);
	return NULL;
}

bool plan_reuse_look(struct plan_reuse *reuse)
{
	bool has_any = false;

	for (uint32_t i = 0; reuse && i < reuse->plan->graph->stage_count; i++) {
		uint32_t stage = reuse->plan->graph->order[i];
		const struct plan_stage *p = &reuse->plan->stages[stage];
		if ((p->state == PLAN_RUN || p->state == PLAN_MAY_RUN) && !p->restored &&
			!(reuse->forced && reuse->forced[stage]) &&
			cache_key_may(reuse->plan->graph, stage))
			has_any |= look_up(reuse, stage);
	}
	return has_any;
}

void plan_reuse_end(struct plan_reuse *reuse)
{
	if (!reuse)
		return;
	cache_close(reuse->cache);
	stage_finder_end(&reuse->finder);
	free(reuse->coming);
	free(reuse);
}
