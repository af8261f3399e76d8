/* The values of a key of foreach. */
#ifndef MODEL_EACH_LIST_H
#define MODEL_EACH_LIST_H

#include "model/load/loader.h"

#define EACH_MAX 1000000u /* instances */
#define EACH_KEYS_MAX 64u /* of a stage */

struct place_list {
	uint32_t *at;
	uint32_t count, cap;
};

/* Those of a list that names no key above it, which other stages may share; NULL: told. */
struct each_list *each_list_make(
	struct loader *loader, struct decl *decl, uint32_t key, struct line_ref ref);
/* Does it name keys above it? Then it begins empty, and for each combination of their values those
 * that it has there are added; their places go to `out`. False: told. */
bool each_list_is_dependent(const struct loader *loader, struct line_ref ref);
struct each_list *each_list_begin(struct loader *loader);
bool each_list_add(struct loader *loader, struct decl *decl, uint32_t key, struct line_ref ref,
	const uint32_t *tuple, struct place_list *out);
/* The first place of that name, NONE: none has it. Further ones are in list->same_name. Not while
 * values are added. */
uint32_t each_list_find(struct each_list *list, const char *name);
void each_lists_free(struct loader *loader);

#endif
