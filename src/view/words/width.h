/* How many columns of a terminal a text takes. Independent of the user's locale: UTF-8, with the
 * wide characters of East Asia and emoji as two columns, combining marks as none, as the C
 * library's C.UTF-8 has it; where that is not installed each character takes one. */
#ifndef VIEW_WIDTH_H
#define VIEW_WIDTH_H

#include <stddef.h>

struct buf;

/* Columns of a printable text (no control bytes); an invalid byte counts one. */
size_t width_of(const char *text, size_t len);

/* Appends as much of the text as fits into `columns`; what does not fit is cut, with "…" in its
 * last column. Returns the columns that were used. */
size_t width_cut(struct buf *out, const char *text, size_t len, size_t columns);

/* Appends blanks until `used` columns have become `columns`. */
void width_pad(struct buf *out, size_t used, size_t columns);

#endif
