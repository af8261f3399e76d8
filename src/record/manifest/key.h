/* The identity of a stage as it is judged: the definition's part and what the surroundings add. */
#ifndef RECORD_KEY_H
#define RECORD_KEY_H

#include "model/graph/graph.h"
#include "record/manifest/record.h"

/* Digest of one variable's value as the manifest's `env` records it; value NULL: not set. */
struct digest key_env_value(const char *name, const char *value);

/* Fills the set: static parts from the graph, env with the values in pass_env as `getenv` gives
 * them, tools from outputs[] of the version commands in order of stage.versions (NULL: the recorded
 * tools part is taken as it is, for commands that start no process). */
void key_make(const struct graph *graph, uint32_t stage, const char *const *version_outputs,
	const struct record *record, struct record_key_set *out);

struct digest key_all(const struct record_key_set *set); /* one digest of all parts */

#endif
