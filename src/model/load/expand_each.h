/* The instances of a stage. */
#ifndef MODEL_EXPAND_EACH_H
#define MODEL_EXPAND_EACH_H

#include "model/load/loader.h"

bool expand_each(struct loader *loader, struct decl *decl);
/* Of the stage in scope: may a line be a pattern? */
bool each_may_match(const struct loader *loader);
/* Tells patterns that match what came to be known only after they were looked at. */
void each_check_patterns(struct loader *loader);
/* The nth instance's name; as identities have it, is_plain. */
void each_add_name(const struct decl *decl, uint32_t nth, bool is_plain, struct buf *out);
/* Do the two differ for any? */
bool each_has_plain(const struct decl *decl);
/* The nth instance's value of a key. */
const char *each_nth(const struct decl *decl, uint32_t nth, uint32_t key);
/* The key of that name, and the place of its value in its list; NULL: it has no value here. */
const struct each_key *each_value(
	const struct expand *x, const char *name, size_t len, uint32_t *place);
void each_free(struct loader *loader);

#endif
