#include "base/money.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/text.h"

bool money_parse(const char *text, double *amount, const char **currency)
{
	size_t len = strcspn(text, " \t");
	char number[32];

	*currency = text + len + strspn(text + len, " \t");
	if (len >= sizeof number || strlen(*currency) >= MONEY_NAME)
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	return text_to_double(number, amount) && isfinite(*amount);
}

static struct money_sum *find(struct money *money, const char *currency)
{
	struct money_sum *sum = money->sums;

	while (sum < money->sums + money->count &&
		strncmp(sum->currency, currency, MONEY_NAME - 1) != 0)
		sum++;
	return sum;
}

void money_add(struct money *money, const char *currency, double amount)
{
	struct money_sum *sum = find(money, currency);

	if (sum == money->sums + money->count) {
		if (money->count == MONEY_CURRENCIES) {
			money->has_more = true;
			return;
		}
		money->count++;
		*sum = (struct money_sum){.amount = 0};
		snprintf(sum->currency, sizeof sum->currency, "%s", currency);
	}
	sum->amount += amount;
}

void money_add_all(struct money *money, const struct money *more)
{
	for (uint32_t i = 0; i < more->count; i++)
		money_add(money, more->sums[i].currency, more->sums[i].amount);
	money->has_more |= more->has_more;
}

const struct money *money_kept(struct arena *arena, const struct money *money)
{
	struct money *kept = money->count ? arena_alloc(arena, sizeof *kept) : NULL;

	if (kept)
		*kept = *money;
	return kept;
}

bool money_has(const struct money *money, const char *currency)
{
	return find((struct money *)money, currency) < money->sums + money->count;
}

double money_in(const struct money *money, const char *currency)
{
	const struct money_sum *sum = find((struct money *)money, currency);

	return sum == money->sums + money->count ? 0 : sum->amount;
}

void money_settle(struct money *money)
{
	struct money_sum *nameless = find(money, "");
	struct money_sum *other = &money->sums[nameless == money->sums];

	if (money->count != 2 || nameless == money->sums + 2)
		return;
	other->amount += nameless->amount;
	*nameless = *other;
	money->count = 1;
	money->sums[0] = *nameless;
}

const struct money_sum *money_only(const struct money *money)
{
	return money->count == 1 && !money->has_more ? money->sums : NULL;
}

/* Cents, and below one what tells something. */
void money_text_of(struct buf *out, double amount, const char *currency)
{
	char text[64];

	snprintf(text, sizeof text, "%.*f", fabs(amount) < 1 ? 6 : 2, amount);
	for (size_t len = strlen(text), dot = strcspn(text, "."); len > dot + 3; len--) {
		if (text[len - 1] != '0')
			break;
		text[len - 1] = '\0';
	}
	buf_str(out, text);
	if (*currency) {
		buf_char(out, ' ');
		text_add_printable(out, currency, strlen(currency));
	}
}

void money_text(struct buf *out, const struct money *money)
{
	for (uint32_t i = 0; i < money->count; i++) {
		if (i)
			buf_str(out, ", ");
		money_text_of(out, money->sums[i].amount, money->sums[i].currency);
	}
	if (money->has_more)
		buf_str(out, " and more currencies");
}

static double rounded(double amount)
{
	return round(amount * 1e9) / 1e9;
}

void money_write(struct json_writer *w, const struct money *money)
{
	static const struct money none;
	const struct money_sum *only;

	money = money ? money : &none;
	only = money_only(money);
	if (money->count && !only)
		json_write_null(w, "cost");
	else
		json_write_num(w, "cost", only ? rounded(only->amount) : 0);
	json_write_str(w, "currency", only && *only->currency ? only->currency : NULL);
	if (!money->count)
		return;
	json_write_object(w, "costs");
	for (uint32_t i = 0; i < money->count; i++)
		json_write_num(w, money->sums[i].currency, rounded(money->sums[i].amount));
	json_write_end(w);
}

void money_read(struct money *money, const json *object)
{
	const json *costs = json_get(object, "costs");
	double cost = json_get_num(object, "cost", 0);

	for (const json *node = json_is(costs, JSON_OBJECT) ? json_first(costs) : NULL; node;
		node = json_next(node))
		money_add(money, json_key(node), json_num(node, 0));
	if (!costs && (cost > 0 || cost < 0))
		money_add(money, json_get_str(object, "currency", ""), cost);
}
