/* What counts for a result of the shared cache, as files are now: for the key of a stage, and for
 * what a variant says that it read beside its declared inputs. Both go by stamps. A content whose
 * name is not known is asked for by that (stamps_content): it is read when content is looked at
 * next. */
#ifndef RECORD_CACHE_NOW_H
#define RECORD_CACHE_NOW_H

#include <stdbool.h>
#include <stdint.h>

#include "record/cache/cache_key.h"

struct entry_input;
struct stamps;

/* The declared input (an index in graph->uses). False: its name is not known, or it has none. */
bool cache_now_input(const struct graph *graph, struct stamps *stamps, uint32_t stage, uint32_t use,
	struct cache_key_input *out);

enum cache_fit {
	CACHE_FITS,
	CACHE_FITS_NOT,
	CACHE_FITS_PERHAPS, /* the name of *id's content is not known */
};
/* An input of a variant; *id: of the stamp, if it is looked at. */
enum cache_fit cache_now_fits(struct stage_finder *finder, struct stamps *stamps,
	const struct entry_input *input, uint32_t *id);

#endif
