/* Lists over a table: its rows, or the values of a column, each with its rows. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/command/template.h"
#include "model/load/expand_hint.h"
#include "model/load/gather.h"
#include "model/load/sheet.h"

/* Rows by the place of their value, and the other way round. */
static void link_rows(struct each_list *list)
{
	uint32_t rows = list->sheet->row_count;

	list->first_row = mem_alloc(((size_t)list->count + 2) * sizeof *list->first_row);
	list->rows = mem_alloc(((size_t)rows + 1) * sizeof *list->rows);
	for (uint32_t i = 0; i < rows; i++) {
		if (list->places[i] != NONE)
			list->first_row[list->places[i] + 2]++;
	}
	for (uint32_t i = 2; i < list->count + 2; i++)
		list->first_row[i] += list->first_row[i - 1];
	for (uint32_t i = 0; i < rows; i++) {
		if (list->places[i] != NONE)
			list->rows[list->first_row[list->places[i] + 1]++] = i;
	}
}

/* The values of a column in order of first appearance; empty cells are none. */
static void add_column(struct gather *gather)
{
	struct each_list *list = gather->list;
	const struct sheet *sheet = list->sheet;
	struct map known = {0};

	for (uint32_t row = 0; row < sheet->row_count; row++) {
		const char *cell = sheet_cell(sheet, row, list->column);
		list->places[row] = *cell ? map_put(&known, cell, list->count) : NONE;
		if (*cell && list->places[row] == list->count)
			gather_value(gather, cell, strchr(cell, '/') != NULL);
		if (!gather->is_good)
			break;
	}
	map_free(&known);
}

static void add_rows(struct gather *gather)
{
	const struct sheet *sheet = gather->list->sheet;
	struct arena *arena = gather->x.loader->arena;

	for (uint32_t row = 0; row < sheet->row_count; row++) {
		const char *name = gather_safe_name(arena, sheet->names[row]);
		gather->list->places[row] = row;
		gather_named(gather, name, name);
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
	const struct sheet *sheet = sheet_find(loader, name, head);
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
	if (list->column == NONE)
		add_rows(gather);
	else
		add_column(gather);
	if (gather->is_good && !list->count && !gather->may_be_empty)
		gather->is_good = expand_mistake(&gather->x, gather->line, "table '%s' has no %s",
			list->sheet->name, list->column == NONE ? "rows" : "value in this column");
	if (gather->is_good)
		link_rows(list);
}
