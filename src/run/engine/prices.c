/* What CPU and memory of an attempt cost, by the section [prices]. */
#include "base/text.h"
#include "run/engine/context.h"

/* used: negative if it was not measured */
static void add(struct running *running, const struct graph *graph, const char *what, double used)
{
	const char *text = graph_pair(graph, graph->prices, what);
	const char *currency = graph_pair(graph, graph->prices, "currency");
	double price;

	if (text && used >= 0 && text_to_double(text, &price))
		stage_event_cost(running, used * price, currency ? currency : "", what);
}

void prices_add(struct run *run, struct running *running)
{
	const struct attempt *attempt = &running->attempt;
	const struct attempt_resources *r = &attempt->resources;
	bool is_measured = r->cpu_user_seconds >= 0;
	double cpu_hours = (r->cpu_user_seconds + r->cpu_system_seconds) / 3600;
	double memory_gb_hours = r->memory_mb / 1024 * attempt->duration_seconds / 3600;

	add(running, run->graph, "cpu_hour", is_measured ? cpu_hours : -1);
	add(running, run->graph, "memory_gb_hour", is_measured ? memory_gb_hours : -1);
}
