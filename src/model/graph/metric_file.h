/* Which outputs of a stage are metric files: what `metrics =` names. */
#ifndef MODEL_METRIC_FILE_H
#define MODEL_METRIC_FILE_H

#include "model/graph/graph.h"

/* Can numbers be read from a file of that name? */
bool metric_file_has_form(const char *path);
/* Does the word name an output of the stage, by its label or by its path (below the stage's
 * directory, or the root)? */
bool metric_file_is(const struct graph *graph, uint32_t stage, const char *word, const char *label,
	const char *path);
/* Does any word of the stage's `metrics`? */
bool metric_file_is_named(
	const struct graph *graph, uint32_t stage, const char *label, const char *path);

#endif
