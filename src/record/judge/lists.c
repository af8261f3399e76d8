#include "record/judge/lists.h"

#include "base/arena.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "model/load/made_list.h"
#include "record/manifest/made.h"

static bool find_names(struct arena *arena, const struct graph *graph, const struct made_list *list,
	struct made_names *out)
{
	const struct stage *s = &graph->stages[list->stage];
	const struct made_place place = {
		.job_dir = graph_text(graph, graph->job_dir),
		.decl = graph_text(graph, s->decl),
		.instance = graph_text(graph, s->instance),
		.dir = graph_text(graph, s->dir),
		.path = graph_text(graph, list->path),
		.is_lines = list->kind == LIST_LINES,
		.may_fail = stage_settings(graph, list->stage)->flags & SET_ALLOW_FAILURE,
	};

	return record_made_names(arena, &place, out);
}

bool lists_are_current(const struct graph *graph, uint32_t stage)
{
	struct span lists = graph->stages[stage].lists;
	bool is_same = true, is_empty;

	for (uint32_t i = lists.first; i < lists.first + lists.count && is_same; i++) {
		const struct made_list *list = &graph->lists[i];
		struct arena arena ARENA_LOCAL = {0};
		struct made_names names;
		if (list->kind == LIST_BEFORE)
			continue;
		bool is_known = find_names(&arena, graph, list, &names);
		is_same = is_known == (bool)(list->flags & LIST_KNOWN);
		if (is_same && is_known) {
			struct digest now = made_list_digest(graph, list, &names, &is_empty);
			is_same = digest_eq(&now, &list->names);
		}
	}
	return is_same;
}

int lists_look(const struct graph *graph, uint32_t id, const struct digest *sum, const char *at)
{
	const struct made_list *list = &graph->lists[id];
	const char *trees = NULL;
	struct arena arena ARENA_LOCAL = {0};
	struct made_names names = {0};
	bool is_empty = true, is_found = true;

	if (at) {
		trees = job_path(&arena, graph, JOB_TREES);
		is_found = made_names_at(&arena, trees, at, sum, list->kind == LIST_LINES, &names);
	}
	if (is_found)
		made_list_digest(graph, list, &names, &is_empty);
	return is_found ? !is_empty : -1;
}

uint32_t lists_find_wrong(
	const struct graph *graph, uint32_t stage, uint32_t *unknown, uint32_t *refused)
{
	struct span lists = graph->stages[stage].lists;
	uint32_t found = NONE;
	bool is_empty;

	for (uint32_t i = lists.first; i < lists.first + lists.count; i++) {
		const struct made_list *list = &graph->lists[i];
		struct arena arena ARENA_LOCAL = {0};
		struct made_names names;
		if (list->kind == LIST_BEFORE)
			continue;
		if (!find_names(&arena, graph, list, &names)) {
			*unknown = i;
		} else if (list->flags & LIST_REFUSED) {
			*refused = i;
		} else if (!(list->flags & LIST_MAY_BE_EMPTY)) {
			made_list_digest(graph, list, &names, &is_empty);
			found = is_empty ? i : found;
		}
	}
	return found;
}

const char *lists_path(const struct graph *graph, uint32_t list)
{
	return graph_text(graph, graph->lists[list].path);
}
