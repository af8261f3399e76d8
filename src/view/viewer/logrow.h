/* A line of a log as a row of a terminal, from some column on. Colours in it (SGR sequences) are
 * understood and written anew, so that nothing but colour reaches the terminal; any other escape, control
 * byte, invalid byte, and what turns the writing direction, is shown as text ("\x1b"). Tabs reach to the next
 * multiple of eight columns. */
#ifndef VIEW_LOGROW_H
#define VIEW_LOGROW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/logline.h"

struct buf;
struct logmatch;

struct logrow_look {
	bool color;
	bool is_marked;               /* bold */
	enum log_level level;         /* errors red, warnings yellow, debug faint */
	const struct logmatch *match; /* shown in reverse; NULL: none */
};

/* Appends what of the line is seen in `columns` columns from column `left` on; returns the columns that
 * were used. *has_more: the line goes on to the right. */
size_t logrow_add(struct buf *out, const struct logrow_look *look, const char *text, size_t len,
	size_t left, size_t columns, bool *has_more);
/* Columns of the line up to a byte of its plain text; SIZE_MAX: of all of it. */
size_t logrow_columns(const char *text, size_t len, size_t plain);
/* Appends the plain text: without the colours, otherwise as it is. What a search looks at. */
void logrow_plain(struct buf *out, const char *text, size_t len);

#endif
