/* Makes a stage's lines the scope. */
#ifndef MODEL_DEFINITION_SCOPE_H
#define MODEL_DEFINITION_SCOPE_H

#include "model/load/loader.h"

void scope_shared(struct loader *loader);
void scope_enter(struct loader *loader, const struct decl *decl, bool tell);
/* For definition_template.c: adds the lines of a section, and tells what no stage can mend in that
 * of a template. */
void scope_add_section(struct loader *loader, uint32_t id);
void scope_tell_template(struct loader *loader, const struct def_section *section);
/* The key of that name if it has a line in this scope, else NULL. */
struct def_key *scope_key(struct loader *loader, const char *name, size_t len);
void scope_free(struct scope *scope);

#endif
