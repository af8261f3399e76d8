/* The order of stages, and cycles, by one walk: Tarjan's algorithm for strongly connected
 * components along `needs`, with a stack of its own. A component is complete after all that it
 * needs is: the order in which components are completed is the order of stages, and one of more
 * than one stage is a knot of cycles. Stages are visited in the order of the definition, so they
 * keep it wherever they can. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/graph/build_parts.h"

#define SHOWN_WHOLE 12 /* stages of a cycle that are named without leaving out the middle */
#define SHOWN_END 4    /* else: as many at both ends */

struct visit {
	uint32_t stage;
	uint32_t next; /* edge to look at */
};

struct walk {
	struct graph *graph;
	struct diags *diags;
	uint32_t *seen; /* stage -> when it was first visited, from 1 */
	uint32_t *low;  /* stage -> the earliest that is known to be in its component */
	bool *is_open;  /* stage -> is its component still incomplete? */
	uint32_t *open; /* those, as a stack */
	struct visit *visits;
	uint32_t open_count, visit_count, seen_count, order_count;
	uint32_t *from; /* for cycles: stage -> the one before it on the way, NONE */
};

static void tell_cycle(struct walk *walk, const uint32_t *path, uint32_t count)
{
	const struct graph *graph = walk->graph;
	struct buf text BUF_LOCAL = {0};

	for (uint32_t i = 0; i < count; i++) {
		if (count > SHOWN_WHOLE && i == SHOWN_END) {
			buf_fmt(&text, "… (%u more) -> ", count - 2 * SHOWN_END);
			i = count - SHOWN_END;
		}
		buf_fmt(&text, "%s -> ", stage_name(graph, path[i]));
	}
	build_mistake(graph, path[0], walk->diags, "cycle: %s%s", buf_text(&text),
		stage_name(graph, path[0]));
}

static uint32_t first_of(const uint32_t *members, uint32_t count)
{
	uint32_t first = members[0];

	for (uint32_t i = 1; i < count; i++) {
		if (members[i] < first)
			first = members[i];
	}
	return first;
}

/* The shortest way from the first stage of a component back to itself, breadth first. The stages of
 * the component are the open ones from `at` on; they alone have one `low`. */
static void find_cycle(struct walk *walk, uint32_t at)
{
	const struct graph *graph = walk->graph;
	uint32_t count = walk->open_count - at, head = 0, tail = 0, length = 0;
	uint32_t *queue MEM_LOCAL = mem_grow(NULL, count, sizeof *queue);
	uint32_t start = first_of(walk->open + at, count);

	if (!walk->from)
		walk->from = mem_alloc((size_t)graph->stage_count * sizeof *walk->from);
	for (uint32_t i = 0; i < count; i++)
		walk->from[walk->open[at + i]] = NONE;
	queue[tail++] = start;
	while (walk->from[start] == NONE && head < tail) {
		uint32_t stage = queue[head++];
		const struct span by = graph->stages[stage].needed_by;
		for (uint32_t i = 0; i < by.count && walk->from[start] == NONE; i++) {
			uint32_t next = graph->edges[by.first + i];
			bool is_member = walk->is_open[next] && walk->low[next] == walk->low[start];
			if (!is_member || walk->from[next] != NONE)
				continue;
			walk->from[next] = stage;
			if (next != start)
				queue[tail++] = next;
		}
	}

	/* backwards from the start; the queue is done and has room for them all */
	for (uint32_t stage = walk->from[start]; stage != start; stage = walk->from[stage])
		length++;
	uint32_t stage = start;
	queue[0] = start;
	for (uint32_t i = length; i > 0; i--) {
		stage = walk->from[stage];
		queue[i] = stage;
	}
	tell_cycle(walk, queue, length + 1);
}

static bool needs_itself(const struct graph *graph, uint32_t stage)
{
	const struct span needs = graph->stages[stage].needs;

	for (uint32_t i = 0; i < needs.count; i++) {
		if (graph->edges[needs.first + i] == stage)
			return true;
	}
	return false;
}

/* The component whose first visited stage is `root`: the open stages from it on. */
static void complete(struct walk *walk, uint32_t root)
{
	uint32_t at = walk->open_count;

	do {
		at--;
		walk->low[walk->open[at]] = walk->seen[root];
	} while (walk->open[at] != root);

	if (walk->open_count - at > 1 || needs_itself(walk->graph, root))
		find_cycle(walk, at);
	for (uint32_t i = at; i < walk->open_count; i++) {
		walk->is_open[walk->open[i]] = false;
		walk->graph->order[walk->order_count++] = walk->open[i];
	}
	walk->open_count = at;
}

static void enter(struct walk *walk, uint32_t stage)
{
	walk->seen[stage] = walk->low[stage] = ++walk->seen_count;
	walk->is_open[stage] = true;
	walk->open[walk->open_count++] = stage;
	walk->visits[walk->visit_count++] = (struct visit){.stage = stage};
}

static void visit_all_from(struct walk *walk, uint32_t start)
{
	const struct graph *graph = walk->graph;

	enter(walk, start);
	while (walk->visit_count > 0) {
		struct visit *visit = &walk->visits[walk->visit_count - 1];
		uint32_t stage = visit->stage;
		const struct span needs = graph->stages[stage].needs;
		if (visit->next < needs.count) {
			uint32_t needed = graph->edges[needs.first + visit->next++];
			if (!walk->seen[needed])
				enter(walk, needed);
			else if (walk->is_open[needed] && walk->seen[needed] < walk->low[stage])
				walk->low[stage] = walk->seen[needed];
			continue;
		}
		walk->visit_count--;
		if (walk->visit_count > 0) {
			uint32_t by = walk->visits[walk->visit_count - 1].stage;
			if (walk->low[stage] < walk->low[by])
				walk->low[by] = walk->low[stage];
		}
		if (walk->low[stage] == walk->seen[stage])
			complete(walk, stage);
	}
}

void build_order(struct graph *graph, struct diags *diags)
{
	size_t count = graph->stage_count;
	struct walk walk = {
		.graph = graph,
		.diags = diags,
		.seen = mem_alloc(count * sizeof *walk.seen),
		.low = mem_alloc(count * sizeof *walk.low),
		.is_open = mem_alloc(count * sizeof *walk.is_open),
		.open = mem_alloc(count * sizeof *walk.open),
		.visits = mem_alloc(count * sizeof *walk.visits),
	};

	graph->order = mem_alloc(count * sizeof *graph->order);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (!walk.seen[i])
			visit_all_from(&walk, i);
	}
	free(walk.seen);
	free(walk.low);
	free(walk.is_open);
	free(walk.open);
	free(walk.visits);
	free(walk.from);
}
