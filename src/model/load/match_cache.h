/* What match.c looks up again and again: made when first asked, for the loader's life. */
#ifndef MODEL_MATCH_CACHE_H
#define MODEL_MATCH_CACHE_H

#include "model/load/loader.h"

/* Of a list over a table: the rows by their cell in a column. */
struct match_column {
	const struct sheet *sheet;
	uint32_t column;
	struct map first; /* cell -> row */
	uint32_t *next;   /* by row, NONE */
};

/* The instances of a stage by their values of some keys, for stages that are no whole product. */
struct match_tuples {
	const struct decl *decl;
	uint64_t mask; /* of keys */
	struct table table;
	uint32_t *next; /* by instance: another one with the same values, NONE */
};

const struct match_column *match_column(
	struct loader *loader, const struct sheet *sheet, uint32_t column);
const struct match_tuples *match_tuples(
	struct loader *loader, const struct decl *decl, uint64_t mask);
/* The first instance with these values of the keys that the index is of, NONE; then by `next`. */
uint32_t match_first(const struct match_tuples *index, const uint32_t *tuple);
void match_caches_free(struct loader *loader);

#endif
