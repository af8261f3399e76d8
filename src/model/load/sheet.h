/* [table:NAME]: rows of cells, from a file of comma- or tab-separated values or in place. */
#ifndef MODEL_SHEET_H
#define MODEL_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct def_line;
struct loader;

/* Texts lie in the arena. */
struct sheet {
	const char *name;
	const char *file; /* as the user named it, for messages */
	const char **columns;
	uint32_t column_count;
	const char **cells; /* row by row; "" is absent; owned */
	uint32_t row_count;
	uint32_t *lines;     /* by row: its line in the file; owned */
	const uint32_t *key; /* columns that tell a row from all others */
	uint32_t key_count;
	const char **names; /* by row: its key cells joined by '_' */
	bool is_broken;     /* its mistakes were told */
};

static inline const char *sheet_cell(const struct sheet *sheet, uint32_t row, uint32_t column)
{
	return sheet->cells[(uint64_t)row * sheet->column_count + column];
}

/* Reads all tables; mistakes are told at their lines in the sheets. */
void sheets_load(struct loader *loader);
/* The one that is called so in that line; NULL: there is none. */
const struct sheet *sheet_find(
	const struct loader *loader, const struct def_line *at, const char *name, size_t len);
/* NONE: it has none of that name. */
uint32_t sheet_column(const struct sheet *sheet, const char *name);
void sheets_free(struct loader *loader);

#endif
