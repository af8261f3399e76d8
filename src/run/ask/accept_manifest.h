/* The manifest of a stage whose present state is accepted. */
#ifndef RUN_ACCEPT_MANIFEST_H
#define RUN_ACCEPT_MANIFEST_H

#include <stdint.h>

#include "record/judge/judge.h"
#include "record/manifest/record.h"

struct viewer_sight;

struct acceptance {
	const struct graph *graph;
	uint32_t stage;
	const struct record *record; /* its success is known, but for adopt_manifest */
	const struct record_key_set *key;
	const char *const *version_outputs; /* in order of its versions; NULL without any */
	const struct verdict *verdict;
	struct views *views;
	struct viewer_sight *sight; /* asks for those that are not known */
	struct stamps *stamps;      /* all files of the verdict were looked at */
	struct arena *arena;
};

/* Makes the new text of the manifest in dir from the old one: identity, files and their checksums
 * are those of now, `accepted` says what was taken for granted and when; everything else stays,
 * also what we do not know. EXIT_USAGE if a file that must be there is not. */
int accept_manifest(
	const struct acceptance *acceptance, const char *dir, struct buf *out, struct err *err);
/* Makes the text of the manifest of a stage that never succeeded: what lies at the places of its
 * outputs is what it made, in no run. An attempt that failed is kept as last_failure. */
int adopt_manifest(
	const struct acceptance *acceptance, const char *dir, struct buf *out, struct err *err);

#endif
