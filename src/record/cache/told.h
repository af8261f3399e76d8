/* What an attempt told beside the bytes of its outputs, as it goes with them into the shared cache:
 * what it reported of files, its config, metrics and further fields, warnings, and what it cost.
 * Made for manifests elsewhere, in another job: paths are names free of places (cache_key.h), those
 * of made files places in the work directory. Nothing is in it that is not in a manifest. */
#ifndef RECORD_TOLD_H
#define RECORD_TOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "record/manifest/attempt.h"

struct stage_finder;

#define TOLD_MAX ((size_t)64 << 20) /* bytes */

/* A file of which something is told. */
struct told_file {
	const char *name;         /* of an input; of a made file its place */
	struct attempt_file file; /* without a path; `reported` is owned */
};

struct told {
	struct told_file *files;
	uint32_t file_count;
	json *config, *extra, *resources, *all_resources; /* objects or NULL; owned */
	struct attempt_note *errors, *warnings;           /* arena */
	uint32_t error_count, warnings_kept;
	uint64_t warning_count;
	const char *stage, *pipeline; /* whose it was */
};

/* resources: that it used; NULL: those of the attempt. False: a file has no such name. */
bool told_write(const struct attempt *attempt, struct stage_finder *finder, const json *resources,
	struct buf *out);
/* An attempt again, as far as told_write and the names of its files need it, from the manifest of a
 * success as it lies there; its trees are for attempt_free_json, its files for free(), and what it
 * used for json_free. False: that cannot be. */
bool told_attempt(struct arena *arena, const struct graph *graph, uint32_t stage,
	const struct record *record, struct attempt *out, json **resources);
/* Texts lie in the arena. False: it is none. */
bool told_read(struct arena *arena, const char *text, size_t len, struct told *out);
void told_free(struct told *told);

#endif
