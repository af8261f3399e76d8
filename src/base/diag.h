/* The user's mistakes, collected with their places and shown together. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"

struct buf;
struct err;
struct diag_note;

struct diag {
	const char *file; /* as the user named it; in the list's arena */
	uint32_t line;    /* from 1; 0: the whole file */
	bool is_warning;
	const char *text;
};

struct diags {
	struct arena arena;
	struct diag *items;
	size_t count, cap;
	size_t error_count;     /* those that are no warnings */
	struct map seen, files; /* each message; the first message about each file */
	struct diag_note *notes;
	size_t note_count, note_cap;
	bool is_of_machine; /* see diag_cause */
};

/* Messages about the file of that very pointer, which outlives them, end with the note. Who has
 * only the file's number puts what diag_note_of gives ("" for none) at the end. */
void diag_note(struct diags *diags, const char *file, uint32_t source, const char *note);
const char *diag_note_of(const struct diags *diags, uint32_t source);

/* Equal messages at the same place are kept once. */
void diag_add(struct diags *diags, const char *file, uint32_t line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void diag_warn(struct diags *diags, const char *file, uint32_t line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Why what is told next went wrong: where the machine has no more of something (files, memory) or a
 * disk fails, what was written is no mistake. */
void diag_cause(struct diags *diags, const struct err *err);
/* By file (in order of first mention) and line. Caller frees the list, not what is in it. */
const struct diag **diag_sorted(const struct diags *diags);
/* "file:line: message" each on a line ("file:line: warning: message" for warnings), sorted. Control
 * bytes and invalid UTF-8 are shown as text_add_printable does. */
void diag_print(const struct diags *diags, struct buf *out);
void diag_free(struct diags *diags);
#define DIAGS_LOCAL __attribute__((cleanup(diag_free))) /* freed where its block ends */

#endif
