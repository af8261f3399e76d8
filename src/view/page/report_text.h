/* The ends of files, and JSON inside of a page. */
#ifndef VIEW_REPORT_TEXT_H
#define VIEW_REPORT_TEXT_H

#include <stddef.h>

struct buf;

/* JSON that stands in a script element: '<', '>', '&' and the two line separators of Unicode become
 * \u escapes. They occur in strings only, so it says the same, and no name or log can end the
 * element. */
void report_add_inert(struct buf *out, const char *text, size_t len);

/* Appends the last `limit` bytes of a file, from the beginning of a line on if it was cut. A
 * missing or unreadable file is empty. Returns how much of the file lies before what was added. */
size_t report_read_tail(const char *path, size_t limit, struct buf *out);

#endif
