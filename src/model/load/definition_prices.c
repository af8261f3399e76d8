/* What costs money: [prices], and [pipeline] budget.
 *
 * A price is a number, with a currency behind it or that of `currency`. STAGE.gpu_hour = 2.40 is
 * that of one stage and its instances. */
#include <string.h>

#include "base/money.h"
#include "model/load/definition_steps.h"
#include "model/load/expand_hint.h"
#include "model/load/loader.h"

#define CURRENCY "currency"

#define NAME(name, unit) name,

static const char *const names[] = {CURRENCY, GRAPH_PRICES(NAME)};
#define NAME_COUNT (sizeof names / sizeof *names)

static bool is_price(const char *name)
{
	for (size_t i = 1; i < NAME_COUNT; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* Behind the stage's name, if there is one: it may hold dots. */
static const char *price_of(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

static bool check_name(struct loader *loader, const struct def_line *line, const char *key)
{
	const char *price = price_of(key);
	size_t head = price == key ? 0 : (size_t)(price - key) - 1;
	const char *stage = arena_strndup(loader->arena, key, head);

	if (!is_price(price)) {
		def_mistake(&loader->text, line, "[prices]: unknown key '%s'%s", key,
			hint_nearest(loader, price, names, NAME_COUNT));
		return false;
	}
	if (!head || def_find(&loader->text, &loader->decl_ids, line, stage, head) != NONE)
		return true;
	def_mistake(&loader->text, line, "[prices]: there is no stage '%s'%s", stage,
		expand_stage_hint(loader, line, stage));
	return false;
}

static void add_price(struct loader *loader, uint32_t at)
{
	const struct def_line *line = &loader->text.lines[at];
	const char *key = loader->text.keys[line->key].text, *currency;
	double amount;

	if (strcmp(key, CURRENCY) != 0) {
		if (!check_name(loader, line, key))
			return;
		if (!money_parse(line->value, &amount, &currency) || amount < 0) {
			def_mistake(&loader->text, line,
				"'%s' is '%s': it takes a price such as 0.05, or 0.05 EUR", key,
				line->value);
			return;
		}
	}
	build_set_pair(&loader->build, &loader->build.graph->prices, key, line->value);
}

void definition_prices(struct loader *loader)
{
	struct graph *graph = loader->build.graph;
	const struct def_line *line;
	const char *budget = definition_head_value(loader, HEAD_BUDGET, &line), *currency;

	definition_each_line(loader, SECTION_PRICES, add_price);
	if (!budget)
		return;
	if (!money_parse(budget, &graph->budget, &currency) || !(graph->budget > 0)) {
		def_mistake(&loader->text, line,
			"'budget' is '%s': it takes what a run may cost, such as 5 EUR", budget);
		return;
	}
	if (!*currency)
		currency = graph_pair(graph, graph->prices, CURRENCY);
	graph->budget_currency = build_text(&loader->build, currency ? currency : "");
}
