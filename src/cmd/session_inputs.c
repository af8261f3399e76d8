#include <stdint.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/mem.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "record/stamp/stamp.h"
#include "run/ask/plan.h"

struct missing {
	uint32_t stage, file;
	bool is_shared; /* by several instances of the stage */
};

struct search {
	const struct graph *graph;
	struct stamps *stamps;
	struct missing *items; /* owned */
	uint32_t *last;        /* by file: number of its last item, from 1 */
	size_t count, cap;
	struct diags diags;
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
	search->items[search->count++] = (struct missing){stage, file, false};
	search->last[file] = (uint32_t)search->count;
}

static void tell(struct search *search, const struct missing *item)
{
	const struct graph *graph = search->graph;
	const struct stage *s = &graph->stages[item->stage];
	const char *place = graph_text(graph, graph->sources[s->source].name);
	const char *name = graph_text(graph, item->is_shared ? s->decl : s->name);
	const char *path = file_path(graph, item->file);

	if (stamps_get(search->stamps, item->file)->state == STAMP_FAILED)
		diag_add(&search->diags, place, s->line, "stage '%s': input '%s': %s", name, path,
			stamps_error(search->stamps, item->file));
	else
		diag_add(&search->diags, place, s->line,
			"stage '%s': input '%s' is made by no stage and does not exist", name,
			path);
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

	plan_missing_inputs(graph, search.stamps, call->wanted, missing, &search);
	for (size_t i = 0; i < search.count; i++)
		tell(&search, &search.items[i]);
	if (search.diags.error_count) {
		session_diags(&search.diags);
		code = EXIT_USAGE;
	}
	diag_free(&search.diags);
	free(search.items);
	free(search.last);
	stamps_free(own);
	return code;
}
