/* Sheets of comma- or tab-separated values as RFC 4180 has them, by libcsv: cells in quotes may
 * hold separators, line ends and doubled quotes; lines end with LF or CR LF; a byte order mark is
 * none of the first cell. Blanks around a cell that has no quotes are none of it. Empty lines are
 * left out. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stddef.h>
#include <stdint.h>

struct buf;

struct csv_handlers {
	/* of the row that is read; not terminated */
	void (*cell)(void *ctx, const char *text, size_t len);
	/* its cells are all told; line: where it began, from 1 */
	void (*row)(void *ctx, uint32_t line);
	void *ctx;
};

/* Returns 0, or the line of what is no such sheet; *mistake is then what is wrong, a static text,
 * and the rows before it were told. */
uint32_t csv_read(const char *text, size_t len, char separator, const struct csv_handlers *handlers,
	const char **mistake);

/* Appends a cell, in quotes if it needs them. */
void csv_add(struct buf *out, const char *text);

#endif
