/* Placeholders: {{name | filter | filter}}. "{{{{" is a literal "{{".
 *
 * {{name | else VALUE}} is VALUE where the name has no value: a word, a quoted text (\ before a
 * quote and before itself), one more placeholder, or nothing. Filters before it are not for VALUE.
 *
 * A placeholder's name may hold others in brackets: {{align[{{each.sample}}].bam}}.
 *
 * Of a run of opening braces, fours are taken from the left, each a literal "{{"; of what is left,
 * two open a placeholder, one is a brace, three are a brace and a placeholder. So every text can be
 * written, whatever stands beside it. "}}" that closes nothing is text. A placeholder ends on its
 * line. */
#ifndef MODEL_TEMPLATE_H
#define MODEL_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define TEMPLATE_FILTERS 8

/* X(id, name, words behind it); template_filter has a case for each. A word with blanks, '|' or
 * quotes in it stands in quotes. */
#define FILTERS(X) \
	X(STEM, "stem", 0) /* base name without its last extension */ \
	X(NAME, "name", 0) /* base name */ \
	X(DIR, "dir", 0) \
	X(EXT, "ext", 0)         /* without the dot */ \
	X(RAW, "raw", 0)         /* not quoted for the shell */ \
	X(LIST, "list", 0)       /* in commands, of files: a file that names them */ \
	X(STRIP, "strip", 1)     /* without this at its end */ \
	X(REPLACE, "replace", 2) /* the one wherever it stands by the other */

#define FILTER_ID(id, ...) FILTER_##id,

enum template_filter {
	FILTERS(FILTER_ID) FILTER_COUNT
};

struct template_hole {
	const char *name; /* "input.video", trimmed, not terminated */
	size_t name_len;
	size_t offset, len; /* of the whole "{{...}}" in the text */
	enum template_filter filters[TEMPLATE_FILTERS];
	struct template_words { /* what stands behind a filter, quotes and all */
		const char *text;
		size_t len;
	} words[TEMPLATE_FILTERS];
	size_t filter_count;
	const char *other; /* what stands behind `else`, quotes and all; NULL: there is none */
	size_t other_len;
	size_t other_at; /* the filters from here on are for it, too */
};

/* What is between two holes, and the holes, in order. Returns 1 and fills *hole for the next hole
 * at or after *pos (text before it is appended to `before`, with "{{{{" unescaped if unescape is
 * set; before may be NULL), 0 at the end, -1 for a mistake ("}}" missing, empty name, unknown
 * filter): *mistake, if it is not NULL, gets what it is, and *pos stands behind it, so that the
 * search can go on. */
int template_next(const char *text, size_t *pos, struct template_hole *hole, struct buf *before,
	bool unescape, struct buf *mistake);

bool template_hole_has(const struct template_hole *hole, enum template_filter filter);

/* Applies one filter that takes no words to one value. */
void template_filter(struct buf *out, const char *value, enum template_filter filter);
/* Applies all of them, or those from that one on, to *value, in place. */
void template_filter_from(struct buf *value, const struct template_hole *hole, size_t first);
static inline void template_filter_all(struct buf *value, const struct template_hole *hole)
{
	template_filter_from(value, hole, 0);
}
/* What stands behind `else` is a placeholder: it, with the filters that are for it. False: it is a
 * text, and appended to `text` with these filters applied. */
bool template_other(
	const struct template_hole *hole, struct template_hole *nested, struct buf *text);
/* Appends a text as `else` takes it. */
void template_add_other(struct buf *out, const char *text);
/* Appends the placeholder itself, in its one form. */
void template_add_hole(struct buf *out, const struct template_hole *hole);

/* Appends value so that it stands for itself in a template: "{{" becomes "{{{{". `out` must be what
 * was made so far of this very template: braces at its end and at the start of value are seen as
 * one run. So all text goes in by this, and only holes as they are. */
void template_add_literal(struct buf *out, const char *value);

#endif
