/* The page of `report` and `serve`: src/report/page.html, which is part of the program. */
#ifndef VIEW_REPORT_PAGE_H
#define VIEW_REPORT_PAGE_H

#include <stddef.h>

struct buf;

/* Appends the page with this JSON document (restage.report/1, see report_data.h) as its data. */
void report_page(struct buf *out, const char *data, size_t len);

#endif
