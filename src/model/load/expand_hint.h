/* "; did you mean ...?" for a name that there is not, "" if nothing is near. In the arena. */
#ifndef MODEL_EXPAND_HINT_H
#define MODEL_EXPAND_HINT_H

#include "model/load/loader.h"

const char *expand_hint(struct expand *x, const char *name);
const char *expand_stage_hint(struct loader *loader, const struct def_line *at, const char *name);
const char *hint_nearest(
	struct loader *loader, const char *word, const char *const *names, size_t count);

#endif
