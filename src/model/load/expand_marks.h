/* Which instance used a file last, and as what. */
#ifndef MODEL_EXPAND_MARKS_H
#define MODEL_EXPAND_MARKS_H

#include "model/load/loader.h"

/* Does the instance use that file already, and did the label at slot name it last? */
bool is_used(const struct loader *loader, uint32_t file, uint32_t instance);
bool is_used_as(const struct loader *loader, uint32_t file, uint32_t instance, uint32_t slot);
void mark_used(struct loader *loader, uint32_t file, uint32_t instance, uint32_t slot);

#endif
