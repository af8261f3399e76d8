/* What CPU and memory of an attempt cost, by the section [prices]. */
#include <string.h>

#include "base/text.h"
#include "run/engine/context.h"

static const char *price_of(const struct graph *graph, const char *name)
{
	for (uint32_t i = 0; i < graph->prices.count; i++) {
		const struct pair *pair = &graph->pairs[graph->prices.first + i];
		if (strcmp(graph_text(graph, pair->name), name) == 0)
			return graph_text(graph, pair->value);
	}
	return NULL;
}

static void add(struct running *running, const char *what, const char *price_text, double used,
	const char *currency)
{
	double price;

	if (!price_text || used < 0 || !text_to_double(price_text, &price))
		return;
	json *cost = json_object();
	json_put_num(cost, "amount", used * price);
	json_put_str(cost, "currency", currency ? currency : "");
	json_put_str(cost, "what", what);
	if (!running->attempt.costs)
		running->attempt.costs = json_array();
	json_push(running->attempt.costs, cost);
	stage_event_cost(running, used * price, currency);
}

void prices_add(struct run *run, struct running *running)
{
	const struct graph *graph = run->graph;
	const struct attempt *attempt = &running->attempt;
	const struct attempt_resources *r = &attempt->resources;
	const char *currency = price_of(graph, "currency");
	bool is_measured = r->cpu_user_seconds >= 0;
	double cpu_hours = (r->cpu_user_seconds + r->cpu_system_seconds) / 3600;
	double memory_gb_hours = r->memory_mb / 1024 * attempt->duration_seconds / 3600;

	add(running, "cpu_hour", price_of(graph, "cpu_hour"), is_measured ? cpu_hours : -1,
		currency);
	add(running, "memory_gb_hour", price_of(graph, "memory_gb_hour"),
		is_measured ? memory_gb_hours : -1, currency);
}
