#include <stdint.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/mem.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "model/graph/missing.h"
#include "record/stamp/stamp.h"
#include "run/ask/plan.h"

struct missing {
	uint32_t stage, file, use;
	bool is_shared; /* by several instances of the stage */
};

struct search {
	const struct graph *graph;
	struct stamps *stamps;
	struct missing *items; /* owned */
	uint32_t *last;        /* by file: number of its last item, from 1 */
	size_t count, cap;
	struct definition_places places; /* if the session has none */
	struct diags own, *diags;
	struct arena arena;
};

/* What all instances of a stage miss is one mistake. */
static void missing(void *ctx, uint32_t stage, uint32_t use)
{
	struct search *search = ctx;
	const struct graph *graph = search->graph;
	uint32_t file = graph->uses[use].file;

	struct missing *known = search->last[file] ? &search->items[search->last[file] - 1] : NULL;

	if (known && graph->stages[known->stage].decl == graph->stages[stage].decl) {
		known->is_shared = known->is_shared || known->stage != stage;
		return;
	}
	MEM_ROOM(search->items, search->count, search->cap);
	search->items[search->count++] = (struct missing){stage, file, use, false};
	search->last[file] = (uint32_t)search->count;
}

/* Where things stand is not kept with a graph: the definition is read once more for it. */
static void read_places(const struct call *call, struct search *search)
{
	const struct graph *graph = search->graph;
	struct definition_request request = session_request(call);
	struct diags told DIAGS_LOCAL = {0};

	request.file = graph_text(graph, graph->sources[0].path);
	request.places = &search->places;
	graph_free(definition_load(&request, &told, NULL));
}

static void tell(
	struct search *search, const struct definition_places *places, const struct missing *item)
{
	const struct graph *graph = search->graph;
	const struct stage *s = &graph->stages[item->stage];
	const char *place = graph_text(graph, graph->sources[s->source].name);
	const char *name = graph_text(graph, item->is_shared ? s->decl : s->name);
	const char *path = file_path(graph, item->file);
	uint32_t line = places_of_use(places, graph, item->use, &place);

	if (!line)
		line = s->line;
	if (stamps_get(search->stamps, item->file)->state == STAMP_FAILED)
		diag_add(search->diags, place, line, "stage '%s': input '%s': %s", name, path,
			stamps_error(search->stamps, item->file));
	else
		diag_add(search->diags, place, line,
			"stage '%s': input '%s' is made by no stage and does not exist%s", name,
			path, missing_near(&search->arena, graph, path));
}

static void tell_all(const struct call *call, struct search *search)
{
	const struct definition_places *places = &call->session.places;

	if (!places->text.file_count) {
		read_places(call, search);
		places = &search->places;
	}
	for (size_t i = 0; i < search->count; i++)
		tell(search, places, &search->items[i]);
	if (!call->diags)
		session_diags(search->diags);
	places_free(&search->places);
	arena_free(&search->arena);
}

int session_inputs(const struct call *call, struct stamps *stamps)
{
	const struct graph *graph = call->session.graph;
	struct stamps *own = stamps ? NULL : stamps_new(graph, NULL);
	struct search search = {
		.graph = graph,
		.stamps = stamps ? stamps : own,
		.last = mem_alloc((graph->file_count + 1) * sizeof *search.last),
	};
	int code = EXIT_OK;

	search.diags = call->diags ? call->diags : &search.own;
	plan_missing_inputs(graph, search.stamps, call->wanted, missing, &search);
	if (search.count) {
		tell_all(call, &search);
		code = EXIT_USAGE;
	}
	diag_free(&search.own);
	free(search.items);
	free(search.last);
	stamps_free(own);
	return code;
}
