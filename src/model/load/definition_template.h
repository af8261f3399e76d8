/* [template:NAME]: keys of a stage for all stages that `use` them. */
#ifndef MODEL_DEFINITION_TEMPLATE_H
#define MODEL_DEFINITION_TEMPLATE_H

#include "model/load/loader.h"

/* Finds them, and tells unknown keys, unknown names and circles. */
void templates_find(struct loader *loader);
/* Adds the lines of those that the stage uses to the scope, where so far the lines of all stages
 * are; those that are used by others first, each once. tell: also unknown names. */
void templates_use(struct loader *loader, const struct decl *decl, bool tell);
void templates_free(struct loader *loader);

#endif
