#include "view/screen/top.h"

#include "base/map.h"
#include "model/graph/graph.h"

bool top_is_running(const struct top *top)
{
	return top->who && top->log && top->log->has_begun && !top->log->has_ended && top->is_alive;
}

static bool is_settled(enum past_state state)
{
	return state != PAST_WAITING && state != PAST_RUNNING;
}

struct estimate {
	double sum, longest;
	uint32_t waiting; /* stages that are not settled and do not run */
	bool is_known;
};

static void add_stage(struct estimate *estimate, double seconds, double spent)
{
	if (seconds < 0) {
		estimate->is_known = false;
		return;
	}
	seconds = seconds > spent ? seconds - spent : 0;
	estimate->sum += seconds;
	if (seconds > estimate->longest)
		estimate->longest = seconds;
}

static void add_running(struct estimate *estimate, const struct top *top)
{
	const struct past_run *log = top->log;

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		if (log->attempts[i].state == PAST_RUNNING)
			add_stage(estimate, log->attempts[i].before_seconds,
				top->now - log->attempts[i].start);
	}
}

static void add_waiting(struct estimate *estimate, const struct top *top)
{
	const struct past_run *log = top->log;
	struct map states MAP_LOCAL = {0};

	for (uint32_t i = 0; i < log->stage_count; i++)
		map_put(&states, log->stages[i].name, (uint32_t)log->stages[i].state);
	for (uint32_t i = 0; i < top->graph->stage_count; i++) {
		uint32_t state = map_get(&states, stage_name(top->graph, i));

		if (state != NONE && (is_settled((enum past_state)state) || state == PAST_RUNNING))
			continue;
		estimate->waiting++;
		add_stage(estimate, top->before ? top->before[i] : -1, 0);
	}
}

void top_count(const struct top *top, struct row_counts *counts)
{
	const struct past_run *log = top->log;
	struct estimate estimate = {.is_known = true};
	double spread;

	*counts = (struct row_counts){
		.selected = log->selected,
		.hashed = log->hashed_bytes,
		.to_hash = log->hashing_bytes,
		.eta_seconds = -1,
	};
	for (uint32_t i = 0; i < log->stage_count; i++) {
		enum past_state state = log->stages[i].state;

		counts->done += is_settled(state);
		counts->running += state == PAST_RUNNING;
		counts->queued += log->stages[i].is_queued;
		counts->failed += state == PAST_FAILED;
	}
	add_running(&estimate, top);
	if (counts->done + counts->running < counts->selected) {
		add_waiting(&estimate, top);
		/* else it is not clear which of them the run is about */
		if (estimate.waiting + counts->done + counts->running != counts->selected)
			return;
	}
	if (!estimate.is_known || !counts->running)
		return;
	spread = estimate.sum / counts->running;
	counts->eta_seconds = spread > estimate.longest ? spread : estimate.longest;
}
