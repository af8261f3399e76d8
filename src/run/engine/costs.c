/* What attempts and the run cost: what stages reported, and what [prices] makes of their use. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "run/engine/context.h"

#define LISTED 100 /* further ones are added to the last of their kind */

static const char *copy(struct running *running, const char *text)
{
	return text ? arena_strdup(&running->arena, text) : NULL;
}

static bool is_same_kind(const struct attempt_cost *a, const struct attempt_cost *b)
{
	return strcmp(a->currency, b->currency) == 0 && strcmp(a->what, b->what) == 0 &&
	       text_eq(a->unit, b->unit);
}

/* A stage may pay for each of a million calls. */
static struct attempt_cost *find_kind(struct attempt *attempt, const struct attempt_cost *cost)
{
	if (attempt->cost_count < LISTED)
		return NULL;
	for (uint32_t i = attempt->cost_count; i-- > 0;) {
		if (is_same_kind(&attempt->costs[i], cost))
			return &attempt->costs[i];
	}
	return NULL;
}

void costs_add(struct running *running, const struct attempt_cost *cost)
{
	struct attempt *attempt = &running->attempt;
	struct attempt_cost *known = find_kind(attempt, cost);

	money_add(&attempt->money, cost->currency, cost->amount);
	if (known) {
		known->amount += cost->amount;
		known->quantity += cost->quantity;
		return;
	}
	MEM_ROOM(attempt->costs, attempt->cost_count, running->cost_cap);
	attempt->costs[attempt->cost_count++] = (struct attempt_cost){
		.amount = cost->amount,
		.currency = copy(running, cost->currency),
		.what = copy(running, cost->what),
		.quantity = cost->quantity,
		.unit = copy(running, cost->unit),
	};
}

/* As written: the instance's, the stage's, or that of all. NULL: there is none. */
static const char *find_price(struct running *running, const struct graph *graph, const char *name)
{
	const struct stage *stage = &graph->stages[running->stage];
	const char *const whose[] = {
		stage_name(graph, running->stage), graph_text(graph, stage->decl)};
	struct arena *arena = &running->arena;
	const char *price = NULL;

	for (size_t i = 0; !price && i < sizeof whose / sizeof *whose; i++)
		price = graph_pair(graph, graph->prices, arena_fmt(arena, "%s.%s", whose[i], name));
	return price ? price : graph_pair(graph, graph->prices, name);
}

static void add_price(struct running *running, const struct graph *graph, const char *name,
	const char *unit, double used)
{
	const char *text = find_price(running, graph, name), *currency;
	double price;

	if (!text || used < 0 || !money_parse(text, &price, &currency) || !(price > 0))
		return;
	if (!*currency)
		currency = graph_pair(graph, graph->prices, "currency");
	costs_add(running, &(struct attempt_cost){
				   .amount = used * price,
				   .currency = currency ? currency : "",
				   .what = name,
				   .quantity = used,
				   .unit = unit,
			   });
}

static void add_prices(struct run *run, struct running *running)
{
	static const struct {
		const char *name, *unit;
	} prices[] = {
#define ROW(name, unit) {name, unit},
		GRAPH_PRICES(ROW)};
	const struct attempt *attempt = &running->attempt;
	const struct attempt_resources *r = &attempt->resources;
	double hours = attempt->duration_seconds / 3600;
	uint32_t gpus = stage_settings(run->graph, running->stage)->gpu;
	bool is_measured = r->cpu_user_seconds >= 0;
	const double used[] = {
		is_measured ? (r->cpu_user_seconds + r->cpu_system_seconds) / 3600 : -1,
		is_measured ? r->memory_mb / 1024 * hours : -1,
		gpus ? gpus * hours : -1,
		hours,
	};

	_Static_assert(sizeof used / sizeof *used == sizeof prices / sizeof *prices,
		"a quantity for each price");
	for (size_t i = 0; i < sizeof used / sizeof *used; i++)
		add_price(running, run->graph, prices[i].name, prices[i].unit, used[i]);
}

/* Once for each currency. */
static void tell_other(struct run *run, const struct running *running)
{
	const struct graph *graph = run->graph;
	const char *currency = graph_text(graph, graph->budget_currency);
	const struct money *money = &running->attempt.money;

	for (uint32_t i = 0; *currency && i < money->count; i++) {
		const char *other = money->sums[i].currency;
		if (!*other || strcmp(other, currency) == 0 || money_has(&run->totals.costs, other))
			continue;
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING,
			"costs in %s do not count towards the budget, which is in %s", other,
			currency);
	}
}

void costs_end(struct run *run, struct running *running)
{
	if (run->graph->prices.count)
		add_prices(run, running);
	money_settle(&running->attempt.money);
	if (run->graph->budget > 0)
		tell_other(run, running);
	money_add_all(&run->totals.costs, &running->attempt.money);
}

/* What counts towards the budget: its own currency, and what has none. A budget without one is in
 * the only one that there is. */
static double spent(const struct money *costs, const char *currency)
{
	const struct money_sum *only = money_only(costs);

	if (only && (!*currency || !*only->currency))
		return only->amount;
	return money_in(costs, currency) + (*currency ? money_in(costs, "") : 0);
}

static void tell_spent(struct run *run, double amount)
{
	const char *currency = graph_text(run->graph, run->graph->budget_currency);
	struct buf text BUF_LOCAL = {0};

	buf_str(&text, "this run has cost ");
	money_text_of(&text, amount, currency);
	buf_str(&text, " and its budget is ");
	money_text_of(&text, run->graph->budget, currency);
	buf_str(&text, ": nothing more starts. 'restage run' goes on from here with as much again; "
		       "[pipeline] budget says how much");
	notify_text(run, RUN_NOTICE, NONE, LOG_ERROR, "%s", buf_text(&text));
}

bool costs_are_spent(struct run *run)
{
	const char *currency = graph_text(run->graph, run->graph->budget_currency);
	struct money costs;

	if (!(run->graph->budget > 0) || !sched_count(run->sched, SCHED_QUEUED) ||
		sched_is_stopped(run->sched))
		return false;
	costs = run->totals.costs;
	for (const struct running *a = run->running; a; a = a->next)
		money_add_all(&costs, &a->attempt.money);
	double amount = spent(&costs, currency);
	if (amount < run->graph->budget)
		return false;
	run->totals.is_over_budget = true;
	sched_stop(run->sched);
	tell_spent(run, amount);
	return true;
}
