/* What `verify` found. */
#ifndef VIEW_VERIFY_REPORT_H
#define VIEW_VERIFY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "model/graph.h"

struct buf;

enum verify_kind {
	VERIFY_MISSING,    /* recorded, not there */
	VERIFY_CHANGED,    /* there, with other content */
	VERIFY_UNTRACKED,  /* lies in a stage's directory, recorded nowhere */
	VERIFY_UNREADABLE, /* could not be read, or the manifest could not: text says why */
	VERIFY_NO_RECORD,  /* the stage has no manifest of a success */
	VERIFY_KIND_COUNT,
};

struct verify_finding {
	enum verify_kind kind;
	uint32_t stage;
	const char *path; /* NULL if the finding is about the stage as a whole */
	enum file_role role; /* of missing and changed ones */
	struct digest recorded, found; /* of changed ones; zero: none */
	const char *text; /* more about it, or NULL */
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

const char *verify_kind_name(enum verify_kind kind); /* "missing" ... as in JSON */
/* A line a finding, "changed: 01_demux/audio.wav (output of demux)", then a line with the counts. */
void verify_text(struct buf *out, const struct verify_report *report, bool color);
/* The same as JSON, schema restage.verify/1 (described in json_verify.c). */
void json_verify(struct buf *out, const struct verify_report *report);

#endif
