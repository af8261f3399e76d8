/* What a manifest lists: files (type, path, size_bytes, custom metadata, label, origin, checksum,
 * mtime_ns), errors and warnings. */
#ifndef STAGEIO_ENTRY_H
#define STAGEIO_ENTRY_H

#include <stdbool.h>

#include "base/json.h"

struct place;

/* From a report (event input, output or intermediate). *out is the caller's; a code is returned. */
int entry_new(json **out, const json *event, const struct place *place);
/* Puts in what is there now: size and time, and the checksum if with_content. */
int entry_measure(json *entry, const struct place *place, bool with_content);
bool entry_is_missing(const json *entry);
/* Where the file lies: absolute, allocated. */
int entry_path(char **out, const json *entry, const struct place *place);

struct entry_error {
	const char *type, *detail; /* may be NULL */
};

/* Adds a warning, or with `error` an error. */
int entry_add_note(
	json *list, const char *time, const char *message, const struct entry_error *error);

#endif
