/* Sums of money by currency: amounts in different ones have no sum. */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

#define MONEY_CURRENCIES 8 /* kept apart; of further ones it is only known that they are there */
#define MONEY_NAME 16      /* of a currency, with its NUL; a longer one is cut */

struct arena;
struct json_writer;

struct money {
	struct money_sum {
		char currency[MONEY_NAME]; /* "": none was said */
		double amount;
	} sums[MONEY_CURRENCIES];
	uint32_t count;
	bool has_more;
};

/* "5 EUR", "0.05": the number, and where the currency is in the text; "" if it has none. */
bool money_parse(const char *text, double *amount, const char **currency);
void money_add(struct money *money, const char *currency, double amount);
void money_add_all(struct money *money, const struct money *more);
/* A copy in the arena; NULL of nothing. */
const struct money *money_kept(struct arena *arena, const struct money *money);
/* The sum in that currency; 0: there is none. */
double money_in(const struct money *money, const char *currency);
bool money_has(const struct money *money, const char *currency);
/* What was said without a currency is in the only other one, if there is one. */
void money_settle(struct money *money);
/* The only sum; NULL: there is none, or there are several. */
const struct money_sum *money_only(const struct money *money);
/* "1.20 EUR, 0.000042 USD" */
void money_text(struct buf *out, const struct money *money);
void money_text_of(struct buf *out, double amount, const char *currency);
/* The members cost and currency, both null where there are several (NULL: nothing was paid), and
 * costs, {"EUR": 1.2}, if anything was. */
void money_write(struct json_writer *w, const struct money *money);
/* And back: adds them, also of an object that knows one currency only. */
void money_read(struct money *money, const json *object);

#endif
