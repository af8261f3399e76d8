/* The files of {{STAGE.LABEL}}, as the stage that is being expanded sees them. */
#ifndef MODEL_EXPAND_UPSTREAM_H
#define MODEL_EXPAND_UPSTREAM_H

#include "model/load/loader.h"

struct upstream {
	const struct decl *decl;
	uint32_t *instances, *files; /* owned */
	uint32_t count, file_count;
};
/* The stage of {{STAGE.LABEL}}; NULL after telling that there is none. */
const struct decl *upstream_decl(
	struct expand *x, const struct def_line *at, const char *name, size_t len);
bool upstream_find(struct expand *x, const struct def_line *at, const char *name, size_t len,
	struct upstream *out);
void upstream_free(struct upstream *upstream);
/* The instances of `other` that belong to x's: those that agree on the keys that both have. */
bool upstream_instances(struct expand *x, const struct def_line *at, const struct decl *other,
	struct upstream *out);

#endif
