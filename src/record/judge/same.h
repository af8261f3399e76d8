/* Sameness: is a file what was recorded of it? One function and one table of rules, which everybody
 * asks who compares a file with a record: judging, the index, verify, clean, replay, accept, what
 * an attempt collects. */
#ifndef RECORD_SAME_H
#define RECORD_SAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "record/index/index.h"
#include "record/manifest/record.h"

struct attempt_file;
struct stamp;

/* What is recorded of a file. */
enum version_kind {
	VERSION_CONTENT,   /* the digest of its content */
	VERSION_TIME,      /* its time stamp */
	VERSION_THERE,     /* that it was there */
	VERSION_MISSING,   /* that it was not */
	VERSION_UNREAD,    /* nothing that could be compared */
	VERSION_UNSETTLED, /* it changed while the stage ran: no file is the same */
	VERSION_OWN,       /* the stage itself changes it: every file is the same */
};

/* Whether a file of which the content is recorded could be executed by its owner. */
enum version_mode {
	MODE_UNKNOWN, /* a record of key format 1 does not say */
	MODE_PLAIN,
	MODE_EXECUTABLE,
};

/* How a file differs from what was recorded. */
enum difference {
	SAME,
	DIFF_UNREADABLE,
	DIFF_GONE,
	DIFF_APPEARED,
	DIFF_TIME,
	DIFF_UNREAD,
	DIFF_CONTENT,
	DIFF_MODE,
	DIFF_UNSETTLED,
	DIFF_COUNT,
};

const char *difference_text(enum difference difference); /* "is gone"; NULL for SAME */

/* A recorded file as a version; `file` is the id of its stamp. */
struct version version_of(const struct record_file *file, uint32_t id);
/* The same of what is made, after an attempt that was no success (`is_after_failure`): where only
 * existence counts, the attempt may have changed it, unless its time is what it was. */
struct version version_made(const struct record_file *file, uint32_t id, bool is_after_failure);
/* Compares it with the file as it is now: it was seen, and its content was read if
 * track_reads(version->track). */
enum difference version_compare(const struct version *version, const struct stamp *now);
/* The same of a recorded file. */
enum difference same_as_recorded(const struct record_file *file, const struct stamp *now);

/* Was it changed, or put there, after the manifest was written that the record was read from? What
 * is of the same step of the file system's clock counts as younger with `if_alike`. */
bool same_is_younger(const struct record *record, const struct fs_stat *now, bool if_alike);

/* The way in which a file is tracked that nobody declared: a device or a FIFO has no content. */
uint8_t same_track(const struct stamp *now);
/* RECORD_FILE_EXECUTABLE or RECORD_FILE_PLAIN. */
uint8_t same_mode(const struct fs_stat *now);
/* Takes what is to be recorded of a file as it is now: digest, size, time, and the flags that say
 * what is missing. */
void same_take(struct attempt_file *file, const struct stamp *now);

#endif
