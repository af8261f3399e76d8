/* The files of {{STAGE.LABEL}}, as the stage that is being expanded sees them. */
#ifndef MODEL_EXPAND_UPSTREAM_H
#define MODEL_EXPAND_UPSTREAM_H

#include "model/load/loader.h"

struct upstream {
	uint32_t *files; /* owned */
	uint32_t file_count;
};

/* The stage of {{STAGE.LABEL}}; NULL after telling that there is none. */
const struct decl *upstream_decl(
	struct expand *x, const struct def_line *at, const char *name, size_t len);
/* False: told. That no instance is meant is a mistake unless its files may be absent. */
bool upstream_find(struct expand *x, const struct def_line *at, const char *name, size_t len,
	bool may_be_absent, struct upstream *out);
void upstream_free(struct upstream *upstream);

#endif
