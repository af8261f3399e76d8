/* Which instance used a file last, and as what. */
#ifndef MODEL_EXPAND_MARKS_H
#define MODEL_EXPAND_MARKS_H

#include "model/load/loader.h"

/* Does the instance use that file already, and did the label at slot name it last? */
bool is_used(const struct loader *loader, uint32_t file, uint32_t instance);
bool is_used_as(const struct loader *loader, uint32_t file, uint32_t instance, uint32_t slot);
void mark_used(struct loader *loader, uint32_t file, uint32_t instance, uint32_t slot);

/* Notes which files disabled instances would make: they count as absent, whatever lies there. */
void mark_absent(struct loader *loader);
/* The disabled instance that would make the file, or a directory around it, + 1; 0: none. */
uint32_t absent_of(const struct loader *loader, uint32_t file);

#endif
