/* Lists over a table: its rows, or the values of a column, each with its rows. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/command/template.h"
#include "model/load/expand_hint.h"
#include "model/load/gather.h"
#include "model/load/sheet.h"

/* The rows of each of so many places. */
static void link_rows(struct each_list *list, uint32_t count)
{
	uint32_t rows = list->sheet->row_count;

	list->first_row = mem_alloc(((size_t)count + 2) * sizeof *list->first_row);
	list->rows = mem_alloc(((size_t)rows + 1) * sizeof *list->rows);
	for (uint32_t i = 0; i < rows; i++) {
		if (list->places[i] != NONE)
			list->first_row[list->places[i] + 2]++;
	}
	for (uint32_t i = 2; i < count + 2; i++)
		list->first_row[i] += list->first_row[i - 1];
	for (uint32_t i = 0; i < rows; i++) {
		if (list->places[i] != NONE)
			list->rows[list->first_row[list->places[i] + 1]++] = i;
	}
}

/* Gives each row the place of its value: its own, or that of its cell in the column, in order of
 * first appearance; empty cells are none. Returns the number of places. */
static uint32_t place_rows(struct each_list *list)
{
	const struct sheet *sheet = list->sheet;
	struct map known MAP_LOCAL = {0};

	for (uint32_t row = 0; row < sheet->row_count; row++) {
		const char *cell = list->column == NONE ? "" : sheet_cell(sheet, row, list->column);
		list->places[row] = list->column == NONE ? row
				    : *cell              ? map_put(&known, cell, known.count)
							 : NONE;
	}
	return list->column == NONE ? sheet->row_count : known.count;
}

static void add_values(struct gather *gather, uint32_t count)
{
	const struct each_list *list = gather->list;
	const struct sheet *sheet = list->sheet;

	for (uint32_t i = 0; i < count && gather->is_good; i++) {
		uint32_t row = list->rows[list->first_row[i]];
		if (list->column == NONE) {
			const char *name =
				gather_safe_name(gather->x.loader->arena, sheet->names[row]);
			gather_named(gather, name, name);
		} else {
			const char *cell = sheet_cell(sheet, row, list->column);
			gather_value(gather, cell, strchr(cell, '/') != NULL);
		}
	}
}

bool gather_names_table(
	const struct gather *gather, struct line_ref ref, const char **name, size_t *len)
{
	const char *value = gather->x.loader->text.lines[ref.line].value;
	struct template_hole hole;
	size_t pos = 0, head = strlen("tables.");

	if (!text_starts(value, "{{") ||
		template_next(value, &pos, &hole, NULL, false, NULL) != 1 || value[pos] ||
		hole.filter_count || hole.other ||
		placeholder_find(hole.name, hole.name_len) != PLACEHOLDER_TABLE ||
		def_value_lines(&gather->x.loader->text, ref.line) > 1)
		return false;
	*name = hole.name + head;
	*len = hole.name_len - head;
	return true;
}

static const struct sheet *find_sheet(
	struct gather *gather, const char *name, size_t len, uint32_t *column)
{
	struct loader *loader = gather->x.loader;
	const char *dot = memchr(name, '.', len);
	size_t head = dot ? (size_t)(dot - name) : len;
	const struct sheet *sheet = sheet_find(loader, gather->line, name, head);
	const char *word = arena_strndup(loader->arena, name, head);

	*column = NONE;
	if (!sheet) {
		expand_mistake(&gather->x, gather->line,
			loader->sheet_count ? "there is no table '%s'"
					    : "there is no table '%s': add [table:%s]",
			word, word);
		return NULL;
	}
	if (!dot || sheet->is_broken)
		return sheet->is_broken ? NULL : sheet;
	word = arena_strndup(loader->arena, dot + 1, len - head - 1);
	*column = sheet_column(sheet, word);
	if (*column != NONE)
		return sheet;
	expand_mistake(&gather->x, gather->line, "table '%s' has no column '%s'%s", sheet->name,
		word, hint_nearest(loader, word, sheet->columns, sheet->column_count));
	return NULL;
}

void gather_table(struct gather *gather, const char *name, size_t len)
{
	struct each_list *list = gather->list;

	list->sheet = find_sheet(gather, name, len, &list->column);
	if (!list->sheet) {
		gather->is_good = false;
		return;
	}
	list->places = mem_alloc(((size_t)list->sheet->row_count + 1) * sizeof *list->places);
	uint32_t count = place_rows(list);
	link_rows(list, count);
	add_values(gather, count);
	if (gather->is_good && !count && !gather->may_be_empty)
		gather->is_good = expand_mistake(&gather->x, gather->line, "table '%s' has no %s",
			list->sheet->name, list->column == NONE ? "rows" : "value in this column");
}
