/* What the last success of a stage made, by its manifest alone: for lists of foreach. */
#ifndef RECORD_MADE_H
#define RECORD_MADE_H

#include "base/digest.h"
#include "model/load/definition.h"

/* A made_names_find. What lies in a directory is told by the listing that was kept when it was made
 * (record/stamp/trees.h), or by what lies there now if that is what the manifest says; so are the
 * lines of a file. */
bool record_made_names(struct arena *arena, const struct made_place *place, struct made_names *out);

/* The same of a place that holds this content. `trees`: where listings are kept. */
bool made_names_at(struct arena *arena, const char *trees, const char *path,
	const struct digest *sum, bool is_lines, struct made_names *out);

#endif
