/* Does what lies there agree with the manifests? Every tracked file is hashed again, whatever the
 * stat cache says; writes nothing and starts no process. */
#ifndef RUN_VERIFY_H
#define RUN_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "model/graph/graph.h"

struct arena;

enum verify_kind {
	VERIFY_MISSING,    /* recorded, not there */
	VERIFY_CHANGED,    /* there, with other content */
	VERIFY_UNTRACKED,  /* lies in a stage's directory, recorded nowhere */
	VERIFY_UNREADABLE, /* could not be read, or the manifest could not: text says why */
	VERIFY_NO_RECORD,  /* the stage has no manifest of a success */
	VERIFY_NO_SUM,     /* is there, but no checksum was recorded to compare with */
	VERIFY_ORPHAN,     /* made by a stage that the definition does not have any more */
	VERIFY_INVALID,    /* the manifest is not what its schema says */
	VERIFY_PRACTICE,   /* with is_strict: it could say more */
	VERIFY_KIND_COUNT,
};

struct verify_finding {
	enum verify_kind kind;
	uint32_t stage; /* NONE: of a stage that the definition does not have */
	/* NULL if the finding is about the stage as a whole; a directory ends in '/' */
	const char *path;
	enum file_role role;           /* of those that are recorded */
	struct digest recorded, found; /* of changed ones; zero: none */
	/* more about it, or NULL; of untracked ones the line that would declare it */
	const char *text;
};

struct verify_report {
	const struct graph *graph;
	const struct verify_finding *findings;
	uint32_t finding_count;
	uint32_t stage_count; /* looked at */
	uint32_t file_count;  /* hashed */
	uint64_t bytes;       /* hashed */
	double seconds;
};

/* Looks at the wanted stages, and if all are wanted also for what stages left that are gone. A
 * file that several stages use is reported once for each content that was recorded. is_strict: the
 * best practices of the logging architecture, too. Everything is in the arena; -1 only if the job
 * cannot be looked at. */
int verify_job(const struct graph *graph, const bool *wanted, bool is_strict, struct arena *arena,
	struct verify_report *out, struct err *err);

/* Is there anything but stages that never ran, and what cannot be compared? */
bool verify_differs(const struct verify_report *report);

#endif
