/* The parts of keeping a manifest, for its own files only: manifest.c has the document, entry.c
 * what it lists, finish.c what is done when the stage ends. */
#ifndef STAGEIO_MANIFEST_PART_H
#define STAGEIO_MANIFEST_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json_write.h"
#include "stageio/error.h"
#include "stageio/place.h"

/* The tree of a text that was written, which is freed; NULL with error_code(). */
json *entry_made(struct buf *text);
/* A file (type, path, size_bytes, custom metadata, label, origin, checksum, mtime_ns) from its
 * report. The caller's; NULL with error_code(). */
json *entry_new(const char *kind, const json *event, const struct place *place);
/* Puts in what is there now: size and time, and the checksum if with_content. Gives a code. */
int entry_measure(json *entry, const struct place *place, bool with_content);
bool entry_is_missing(const json *entry);
/* Where the file lies: absolute, allocated; NULL with error_code(). */
char *entry_path(const json *entry, const struct place *place);
/* Adds to the manifest's "errors" or "warnings". event: has exception_type and exception_detail, or
 * NULL. Gives a code. */
int entry_add_note(
	json *manifest, const char *list, const char *time, const char *message, const json *event);

/* Looks at what the stage made, removes what need not be kept, and puts status, duration and
 * completed_at into the manifest. status: "success", "failed" or "skipped"; a success whose outputs
 * cannot all be found becomes failed, and the code says so. begun_mono_ns 0: the beginning is what
 * the manifest's timestamp says. */
int finish_manifest(
	json *manifest, const struct place *place, const char *status, int64_t begun_mono_ns);

#endif
