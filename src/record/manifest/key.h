/* The identity of a stage as it is judged: the definition's part and what the surroundings add.
 *
 * A manifest says by which idea of identity its key was made: key.format. The number is raised,
 * once between two releases, when a stage whose definition stays the same gets another key, or
 * another digest of a file that stays the same. What the idea was before is then told in
 * key_old.c: where the stage was given the same as now its record goes on counting; where it was
 * not, it runs with the reason format_changed. */
#ifndef RECORD_KEY_H
#define RECORD_KEY_H

#include "model/graph/graph.h"
#include "record/manifest/record.h"

#define KEY_FORMAT 2u /* of keys that are made now; 1: of manifests that do not say */

/* Digest of one variable's value as the manifest's `env` records it; value NULL: not set. */
struct digest key_env_value(const char *name, const char *value);

/* `defined`, the part that the definition fixes, with the values in pass_env. */
struct digest key_env_part(const struct graph *graph, uint32_t stage, const struct digest *defined);

/* Is the nth of the stage's versions the image of its container? */
bool key_is_image(const struct graph *graph, uint32_t stage, uint32_t nth);
/* What it says now: of outputs[], or what an image's reference itself says; NULL: not known. */
const char *key_version(
	const struct graph *graph, uint32_t stage, uint32_t nth, const char *const *outputs);

/* Fills the set: static parts from the graph, env with the values in pass_env as `getenv` gives
 * them, tools from outputs[] of the version commands in order of stage.versions. NULL, or one of
 * them: not asked, for those who start no process, or not to be known, of an image that is not
 * here; taken to say what the record has of them. */
void key_make(const struct graph *graph, uint32_t stage, const char *const *version_outputs,
	const struct record *record, struct record_key_set *out);

struct digest key_all(const struct record_key_set *set); /* one digest of all parts */

/* Brings a recorded key of another format to this one: parts that are what that format makes of the
 * stage as it is now become what this one makes of it. */
void key_adopt(const struct graph *graph, uint32_t stage, struct record_success *success);
/* Would another format have read them as the same, so that a difference is its doing? */
bool key_read_alike(const char *was, const char *now);
/* The same of a variable, of whose value then there is a digest. */
bool key_env_read_alike(const char *name, const char *was, const char *now);

#endif
