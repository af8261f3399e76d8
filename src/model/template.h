/* Placeholders: {{name | filter | filter}}. "{{{{" is a literal "{{". */
#ifndef MODEL_TEMPLATE_H
#define MODEL_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum template_filter {
	FILTER_STEM = 1, /* base name without its last extension */
	FILTER_NAME = 2, /* base name */
	FILTER_DIR = 3,
	FILTER_EXT = 4, /* without the dot */
	FILTER_RAW = 5, /* not quoted for the shell */
};

struct template_hole {
	const char *name; /* "input.video", trimmed, not terminated */
	size_t name_len;
	size_t offset, len; /* of the whole "{{...}}" in the text */
	enum template_filter filters[8];
	size_t filter_count;
};

/* What is between two holes, and the holes, in order. Returns 1 and fills *hole for the next hole at or
 * after *pos (text before it goes to `before`, with "{{{{" unescaped if unescape is set; before may be
 * NULL), 0 at the end, -1 for a mistake ("}}" missing, empty name, unknown filter): *mistake says what,
 * in the buffer given, and *pos stands behind it. */
int template_next(const char *text, size_t *pos, struct template_hole *hole, struct buf *before,
	bool unescape, struct buf *mistake);

/* Applies one filter to one value. */
void template_filter(struct buf *out, const char *value, enum template_filter filter);

/* Appends value so that it stands for itself in a template: "{{" becomes "{{{{". */
void template_add_literal(struct buf *out, const char *value);

#endif
