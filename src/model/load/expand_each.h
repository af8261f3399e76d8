/* The instances of a stage. */
#ifndef MODEL_EXPAND_EACH_H
#define MODEL_EXPAND_EACH_H

#include "model/load/loader.h"

bool expand_each(struct loader *loader, struct decl *decl);
/* Of the stage in scope: may a line be a pattern? */
bool each_may_match(const struct loader *loader);
/* Tells patterns that match what came to be known only after they were looked at. */
void each_check_patterns(struct loader *loader);
void each_add_name(const struct decl *decl, uint32_t nth, struct buf *out);
const char *each_value(const struct decl *decl, uint32_t nth, const char *key, size_t len);
void each_free(struct loader *loader);

#endif
