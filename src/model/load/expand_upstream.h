/* The files of {{STAGE.LABEL}}, as the stage that is being expanded sees them. */
#ifndef MODEL_EXPAND_UPSTREAM_H
#define MODEL_EXPAND_UPSTREAM_H

#include "model/load/loader.h"

struct upstream {
	uint32_t *files; /* owned */
	uint32_t *made;  /* by file: its place in the loader's list of what is made; owned */
	uint32_t file_count;
	/* stages whose lists decide which instances there are; owned */
	struct list_maker *waits;
	uint32_t wait_count;
	bool is_open; /* one of the lists is not known: there may be more files */
};

/* The stage of {{STAGE.LABEL}}; NULL after telling that there is none. */
const struct decl *upstream_decl(
	struct expand *x, const struct def_line *at, const char *name, size_t len);
/* False: told. That no instance is meant is a mistake unless its files may be absent, or the
 * instances are made by lists: then the stage that reads them lacks them when it comes to it. The
 * instance that is expanded waits for these lists. */
bool upstream_find(struct expand *x, const struct def_line *at, const char *name, size_t len,
	bool may_be_absent, struct upstream *out);
void upstream_free(struct upstream *upstream);

#endif
