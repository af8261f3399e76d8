#include "view/graph/graph_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"

#define MANY (NONE - 1)

/* The group that alone uses each source file, MANY if there are several. */
static uint32_t *only_users(const struct graph_view *view, const struct graph_layout *layout)
{
	const struct graph *graph = view->graph;
	uint32_t *only = mem_alloc(((size_t)graph->file_count + 1) * sizeof *only);

	memset(only, 0xff, (graph->file_count + 1) * sizeof *only);
	for (uint32_t s = 0; s < graph->stage_count; s++) {
		const struct stage *stage = &graph->stages[s];
		uint32_t group = layout->group_of[s];

		for (uint32_t u = 0; group != NONE && u < stage_use_count(stage); u++) {
			uint32_t file = graph->uses[stage->first_use + u].file;

			if (only[file] == NONE)
				only[file] = group;
			else if (only[file] != group)
				only[file] = MANY;
		}
	}
	return only;
}

/* The foreach with which a file is drawn, NONE if it is drawn by itself. */
static uint32_t shared_group(const struct graph *graph, const struct graph_layout *layout,
	const uint32_t *only, uint32_t file)
{
	uint32_t producer = graph->files[file].producer;
	uint32_t group = producer != NONE ? layout->group_of[producer] : only[file];

	if (group == NONE || group == MANY || layout->groups[group].count == 1)
		return NONE;
	return group;
}

void graph_files_make(
	const struct graph_view *view, const struct graph_layout *layout, struct graph_files *out)
{
	const struct graph *graph = view->graph;
	uint32_t *only MEM_LOCAL = only_users(view, layout);
	struct map shared = {0}; /* "group/role/label" -> node */
	struct arena arena ARENA_LOCAL = {0};

	*out = (struct graph_files){
		.nodes = mem_alloc(((size_t)graph->file_count + 1) * sizeof *out->nodes),
		.node_of = mem_alloc(((size_t)graph->file_count + 1) * sizeof *out->node_of),
	};
	memset(out->node_of, 0xff, (graph->file_count + 1) * sizeof *out->node_of);
	for (uint32_t s = 0; s < graph->stage_count; s++) {
		const struct stage *stage = &graph->stages[s];

		if (layout->group_of[s] == NONE)
			continue;
		for (uint32_t u = 0; u < stage_use_count(stage); u++) {
			const struct use *use = &graph->uses[stage->first_use + u];
			const struct label *label = &graph->labels[use->label];
			uint32_t group, node = out->count;

			if (out->node_of[use->file] != NONE ||
				(!view->with_programs && graph_is_tool(graph, use)))
				continue;
			group = shared_group(graph, layout, only, use->file);
			if (group != NONE)
				node = map_put(&shared,
					arena_fmt(&arena, "%u/%u/%s", group, label->role,
						graph_text(graph, label->name)),
					out->count);
			if (node == out->count)
				out->nodes[out->count++] = (struct graph_file_node){
					.file = use->file,
					.label = label->name,
					.group = group,
					.is_source = graph->files[use->file].producer == NONE,
					.is_intermediate = label->role == ROLE_INTERMEDIATE,
				};
			out->nodes[node].count++;
			out->node_of[use->file] = node;
		}
	}
	for (uint32_t i = 0; i < out->count; i++) {
		if (out->nodes[i].count == 1)
			out->nodes[i].group = NONE;
	}
	map_free(&shared);
}

void graph_files_free(struct graph_files *files)
{
	free(files->nodes);
	free(files->node_of);
	*files = (struct graph_files){0};
}

void graph_files_edges(const struct graph_view *view, const struct graph_layout *layout,
	const struct graph_files *files, graph_file_edge *edge, void *ctx)
{
	const struct graph *graph = view->graph;
	/* group + 1 that was last connected, for each node and direction */
	uint32_t *seen MEM_LOCAL = mem_alloc(((size_t)files->count + 1) * 2 * sizeof *seen);

	for (uint32_t g = 0; g < layout->group_count; g++) {
		for (uint32_t s = layout->groups[g].first; s < layout->groups[g].end; s++) {
			const struct stage *stage = &graph->stages[s];
			bool is_in = layout->group_of[s] == g;

			for (uint32_t u = 0; is_in && u < stage_use_count(stage); u++) {
				bool is_input = u < stage->input_count;
				uint32_t node =
					files->node_of[graph->uses[stage->first_use + u].file];

				if (node == NONE || seen[2 * (size_t)node + is_input] == g + 1)
					continue;
				seen[2 * (size_t)node + is_input] = g + 1;
				edge(ctx, node, g, is_input);
			}
		}
	}
}

/* Which stages the one depends on through files: marked with its number + 1. */
static void mark_producers(const struct graph *graph, uint32_t stage, uint32_t *by_file)
{
	const struct stage *at = &graph->stages[stage];

	for (uint32_t u = 0; u < at->input_count; u++) {
		uint32_t producer = graph->files[graph->uses[at->first_use + u].file].producer;

		if (producer != NONE)
			by_file[producer] = stage + 1;
	}
}

void graph_files_orders(const struct graph_view *view, const struct graph_layout *layout,
	void (*edge)(void *ctx, uint32_t from, uint32_t to), void *ctx)
{
	const struct graph *graph = view->graph;
	uint32_t *by_file MEM_LOCAL = mem_alloc(((size_t)graph->stage_count + 1) * sizeof *by_file);
	uint32_t *seen MEM_LOCAL = mem_alloc(((size_t)layout->group_count + 1) * sizeof *seen);

	for (uint32_t g = 0; g < layout->group_count; g++) {
		for (uint32_t s = layout->groups[g].first; s < layout->groups[g].end; s++) {
			struct span needs = graph->stages[s].needs;
			bool is_in = layout->group_of[s] == g;

			mark_producers(graph, s, by_file);
			for (uint32_t n = 0; is_in && n < needs.count; n++) {
				uint32_t need = graph->edges[needs.first + n];
				uint32_t from = layout->group_of[need];

				if (by_file[need] == s + 1 || from == NONE || from == g ||
					seen[from] == g + 1)
					continue;
				seen[from] = g + 1;
				edge(ctx, from, g);
			}
		}
	}
}
