/* Manifests as they are on disk: what record.h, and whoever takes more of a manifest than a record,
 * reads them with. */
#ifndef RECORD_MANIFEST_READ_H
#define RECORD_MANIFEST_READ_H

#include "base/json.h"
#include "base/manifest_members.h"
#include "record/manifest/record.h"

/* by enum file_role: "inputs" ... */
extern const char *const manifest_file_lists[ROLE_INTERMEDIATE + 1];
/* by enum record_status, enum file_origin, enum record_key */
extern const char *const manifest_statuses[], *const manifest_origins[];
extern const char *const manifest_key_parts[RECORD_KEY_COUNT];

/* The text of the manifest in the directory of a stage. -1 with err (sys ENOENT: there is none). */
int manifest_text(const char *dir, struct buf *out, struct err *err);
/* The same, parsed; an object, or NULL. Caller frees. */
json *manifest_tree(const char *dir, struct err *err);
/* What the stage is judged by: the manifest itself if it tells of a success (or a stage that is
 * skipped), else its last_success; NULL if there is neither. */
const json *manifest_judged(const json *manifest);
/* Is it the manifest of that stage: of its name, or of an instance with its values that was called
 * otherwise? */
bool manifest_is_of(
	struct arena *arena, const struct graph *graph, uint32_t stage, const json *manifest);
/* The foreach values of a manifest as one text, equal for equal ones; false: it has none. */
bool manifest_values(struct arena *arena, const json *manifest, struct buf *out);
/* The same of a stage. */
void stage_values(const struct graph *graph, uint32_t stage, struct buf *out);
enum record_status manifest_status(const json *manifest); /* RECORD_UNREADABLE: none that we know */
/* A file of one of the lists, with its path as it is there. False if it has none. */
bool manifest_file(
	struct arena *arena, const json *node, enum file_role role, struct record_file *out);

/* The reasons that a list of them has, in the arena; those that are not known are left out. */
const struct reason *manifest_reasons(struct arena *arena, const json *list, uint32_t *count);

/* Calls visit with each directory of a stage or an instance in job_dir that holds a manifest, also
 * of stages that are defined no more. A non-zero return stops and is returned; -1 with err if a
 * directory cannot be read. `dir` is borrowed. */
int manifest_each(
	const char *job_dir, int (*visit)(void *ctx, const char *dir), void *ctx, struct err *err);

#endif
