#include <stdlib.h>

#include "model/graph/build_parts.h"

/* Of one stage in the order of the stages whose instances they make. */
static int by_stage(const void *a, const void *b)
{
	const struct made_list *x = a, *y = b;

	if (x->stage != y->stage)
		return x->stage < y->stage ? -1 : 1;
	if (x->decl != y->decl)
		return x->decl < y->decl ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->path != y->path)
		return x->path < y->path ? -1 : 1;
	return (x->pattern > y->pattern) - (x->pattern < y->pattern);
}

void build_lists(struct graph *graph)
{
	if (graph->list_count)
		qsort(graph->lists, graph->list_count, sizeof *graph->lists, by_stage);
	for (uint32_t i = 0; i < graph->list_count; i++) {
		struct span *lists = &graph->stages[graph->lists[i].stage].lists;
		if (!lists->count++)
			lists->first = i;
	}
}
