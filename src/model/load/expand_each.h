/* The instances of a stage. */
#ifndef MODEL_EXPAND_EACH_H
#define MODEL_EXPAND_EACH_H

#include "model/load/loader.h"

bool expand_each(struct loader *loader, struct decl *decl);
void each_add_name(const struct decl *decl, uint32_t nth, struct buf *out);
const char *each_value(const struct decl *decl, uint32_t nth, const char *key, size_t len);
void each_free(struct loader *loader);

#endif
