/* What CPU and memory of an attempt cost, by the section [prices]. */
#include <string.h>

#include "base/text.h"
#include "run/engine/context.h"

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
	const char *currency = graph_pair(graph, graph->prices, "currency");
	bool is_measured = r->cpu_user_seconds >= 0;
	double cpu_hours = (r->cpu_user_seconds + r->cpu_system_seconds) / 3600;
	double memory_gb_hours = r->memory_mb / 1024 * attempt->duration_seconds / 3600;

	add(running, "cpu_hour", graph_pair(graph, graph->prices, "cpu_hour"),
		is_measured ? cpu_hours : -1, currency);
	add(running, "memory_gb_hour", graph_pair(graph, graph->prices, "memory_gb_hour"),
		is_measured ? memory_gb_hours : -1, currency);
}
