/* The scheduler of a graph, before anything is judged. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/engine/sched_part.h"

void sched_find_away(struct sched *s, uint32_t first)
{
	for (uint32_t i = first; i < s->graph->settings_count; i++) {
		s->classes[i].is_away = settings_executor(s->graph, &s->graph->settings[i],
						s->limits.executor) != EXECUTOR_LOCAL;
		s->has_away |= s->classes[i].is_away;
	}
}

struct sched *sched_new(const struct graph *graph, const bool *wanted, const double *remaining,
	const struct sched_limits *limits, bool keep_going)
{
	struct sched *s = mem_alloc(sizeof *s);
	uint32_t n = graph->stage_count;

	s->graph = graph;
	s->stage_count = n;
	s->settings_count = graph->settings_count;
	s->pool_count = graph->pool_count;
	s->limits = *limits;
	s->keep_going = keep_going;
	s->states = mem_alloc(n + 1);
	s->waits = mem_alloc((n + 1) * sizeof *s->waits);
	s->tries = mem_alloc((n + 1) * sizeof *s->tries);
	s->remaining = mem_alloc((n + 1) * sizeof *s->remaining);
	s->ready = mem_alloc((n + 1) * sizeof *s->ready);
	s->classes = mem_alloc((graph->settings_count + 1) * sizeof *s->classes);
	s->pools = mem_alloc((graph->pool_count + 1) * sizeof *s->pools);
	sched_find_away(s, 0);
	if (remaining && n)
		memcpy(s->remaining, remaining, n * sizeof *remaining);
	s->counts[SCHED_IDLE] = n;
	for (uint32_t i = 0; i < n; i++) {
		if (wanted[i])
			sched_put(s, i, SCHED_WANTED);
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct stage *stage = &graph->stages[i];
		if (!wanted[i])
			continue;
		for (uint32_t k = 0; k < stage->needs.count; k++)
			s->waits[i] += wanted[graph->edges[stage->needs.first + k]];
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t stage = graph->order[i];
		if (wanted[stage] && s->waits[stage] == 0)
			sched_make_ready(s, stage);
	}
	return s;
}

void sched_free(struct sched *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->settings_count; i++)
		free(s->classes[i].queue.items);
	free(s->classes);
	free(s->states);
	free(s->waits);
	free(s->tries);
	free(s->again);
	free(s->alone);
	free(s->remaining);
	free(s->ready);
	free(s->pools);
	free(s->delayed);
	free(s);
}
