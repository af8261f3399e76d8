#include "view/graph/graph_view.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/path.h"
#include "base/text.h"
#include "run/ask/plan.h"
#include "view/words/words.h"

#define PARTS_A_LINE 3 /* of a group's label */

void graph_view_critical(const struct graph *graph, const double *seconds, bool *on)
{
	uint32_t count = graph->stage_count;
	double *known MEM_LOCAL = mem_alloc(((size_t)count + 1) * sizeof *known);
	uint32_t *path MEM_LOCAL = mem_alloc(((size_t)count + 1) * sizeof *path);
	double sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		on[i] = false;
		known[i] = seconds[i] > 0 ? seconds[i] : 0;
		sum += known[i];
	}
	if (sum > 0) {
		uint32_t steps = graph_critical_path(graph, known, path);

		for (uint32_t i = 0; i < steps; i++)
			on[path[i]] = true;
	}
}

void graph_view_rank(const struct graph *graph, uint32_t *rank)
{
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		uint32_t stage = graph->order[i];
		struct span needs = graph->stages[stage].needs;

		rank[stage] = 0;
		for (uint32_t n = 0; n < needs.count; n++) {
			uint32_t before = rank[graph->edges[needs.first + n]];

			if (rank[stage] <= before)
				rank[stage] = before + 1;
		}
	}
}

void graph_view_from_plan(const struct plan *plan, struct arena *arena, struct graph_view *view)
{
	size_t count = (size_t)plan->graph->stage_count + 1;
	uint8_t *state = arena_alloc(arena, count * sizeof *state);
	double *seconds = arena_alloc(arena, count * sizeof *seconds);
	bool *critical = arena_alloc(arena, count * sizeof *critical);

	for (uint32_t i = 0; i < plan->graph->stage_count; i++) {
		const struct record_success *success = &plan->stages[i].record->success;

		state[i] = (uint8_t)plan_view_state(&plan->stages[i]);
		seconds[i] = success->is_known ? success->duration_seconds : -1;
	}
	graph_view_critical(plan->graph, seconds, critical);
	view->state = state;
	view->seconds = seconds;
	view->on_critical_path = critical;
}

static bool is_included(const struct graph_view *view, uint32_t stage)
{
	return !view->include || view->include[stage];
}

static void count_in(struct graph_group *group, const struct graph_view *view, uint32_t stage)
{
	double seconds = view->seconds ? view->seconds[stage] : -1;

	group->count++;
	group->end = stage + 1;
	group->states[view->state ? view->state[stage] : STATE_UNKNOWN]++;
	if (seconds >= 0)
		group->seconds = (group->seconds < 0 ? 0 : group->seconds) + seconds;
	if (view->on_critical_path && view->on_critical_path[stage])
		group->is_critical = true;
}

/* The stages of one section, which lie together, from `first` to before `end`. Many instances of a
 * foreach become one group; a few get a frame around theirs. */
static void add_section(
	const struct graph_view *view, struct graph_layout *out, uint32_t first, uint32_t end)
{
	const struct stage *stage = &view->graph->stages[first];
	uint32_t count = 0, group = NONE, cluster = NONE;
	bool is_one;

	for (uint32_t i = first; i < end; i++)
		count += is_included(view, i);
	is_one = count > GRAPH_FEW && !view->with_instances;
	if (stage->instance && count > 1 && count <= GRAPH_FEW) {
		cluster = out->cluster_count++;
		out->clusters[cluster] = (struct graph_cluster){
			.decl = stage->decl, .first = out->group_count, .count = count};
	}
	for (uint32_t i = first; i < end; i++) {
		out->group_of[i] = NONE;
		if (!is_included(view, i))
			continue;
		if (group == NONE || !is_one) {
			group = out->group_count++;
			out->groups[group] = (struct graph_group){
				.first = i,
				.cluster = cluster,
				.seconds = -1,
				.critical_before = NONE,
			};
		}
		out->group_of[i] = group;
		count_in(&out->groups[group], view, i);
	}
}

static void chain_critical(const struct graph_view *view, struct graph_layout *out)
{
	uint32_t before = NONE;

	if (!view->on_critical_path)
		return;
	for (uint32_t i = 0; i < view->graph->stage_count; i++) {
		uint32_t stage = view->graph->order[i];
		uint32_t group = out->group_of[stage];

		if (group == NONE || !view->on_critical_path[stage] || group == before)
			continue;
		out->groups[group].critical_before = before;
		before = group;
	}
}

void graph_layout_make(const struct graph_view *view, struct graph_layout *out)
{
	const struct stage *stages = view->graph->stages;
	uint32_t count = view->graph->stage_count;
	size_t size = (size_t)count + 1;

	*out = (struct graph_layout){
		.groups = mem_alloc(size * sizeof *out->groups),
		.clusters = mem_alloc(size * sizeof *out->clusters),
		.group_of = mem_alloc(size * sizeof *out->group_of),
	};
	for (uint32_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count && stages[end].decl == stages[first].decl;)
			end++;
		add_section(view, out, first, end);
	}
	chain_critical(view, out);
}

void graph_layout_free(struct graph_layout *layout)
{
	free(layout->groups);
	free(layout->clusters);
	free(layout->group_of);
	*layout = (struct graph_layout){0};
}

const char *graph_group_name(const struct graph *graph, const struct graph_group *group)
{
	const struct stage *stage = &graph->stages[group->first];

	return graph_text(graph, group->count > 1 ? stage->decl : stage->name);
}

void graph_group_note(struct buf *out, const struct graph_group *group, const char *line_end)
{
	uint32_t parts = 0;

	if (group->count > 1)
		buf_fmt(out, " × %u", group->count);
	for (int state = 1; state < STATE_COUNT; state++) {
		if (!group->states[state])
			continue;
		buf_str(out, parts++ % PARTS_A_LINE ? ", " : line_end);
		if (group->count > 1)
			buf_fmt(out, "%u ", group->states[state]);
		buf_str(out, state_looks[state].text);
	}
	if (group->seconds >= 0) {
		buf_str(out, parts % PARTS_A_LINE ? ", " : line_end);
		text_add_duration(out, group->seconds);
	}
}

const char *graph_file_label(const struct graph *graph, uint32_t file)
{
	const char *path = file_path(graph, file);
	const char *below = path_below(graph_text(graph, graph->job_dir), path);

	return below && *below ? below : path;
}

enum view_state graph_group_state(const struct graph_group *group)
{
	static const enum view_state by_weight[] = {STATE_FAILED, STATE_RUNNING, STATE_BLOCKED,
		STATE_STALE, STATE_NEW, STATE_MAY, STATE_DONE, STATE_RESTORED, STATE_FRESH,
		STATE_DISABLED};

	for (size_t i = 0; i < sizeof by_weight / sizeof *by_weight; i++) {
		if (group->states[by_weight[i]])
			return by_weight[i];
	}
	return STATE_UNKNOWN;
}

void graph_layout_edges(const struct graph_view *view, const struct graph_layout *layout,
	void (*edge)(void *ctx, uint32_t from, uint32_t to), void *ctx)
{
	const struct graph *graph = view->graph;
	/* group + 1 */
	uint32_t *seen MEM_LOCAL = mem_alloc(((size_t)layout->group_count + 1) * sizeof *seen);
	uint32_t *from MEM_LOCAL = mem_alloc(((size_t)layout->group_count + 1) * sizeof *from);

	for (uint32_t to = 0; to < layout->group_count; to++) {
		uint32_t count = 0;

		for (uint32_t s = layout->groups[to].first; s < layout->groups[to].end; s++) {
			struct span needs = graph->stages[s].needs;

			for (uint32_t n = 0; layout->group_of[s] == to && n < needs.count; n++) {
				uint32_t group = layout->group_of[graph->edges[needs.first + n]];

				if (group == NONE || group == to || seen[group] == to + 1)
					continue;
				seen[group] = to + 1;
				from[count++] = group;
			}
		}
		qsort(from, count, sizeof *from, order_u32);
		for (uint32_t i = 0; i < count; i++)
			edge(ctx, from[i], to);
	}
}
