#include "view/answer/metrics_table.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/text.h"
#include "record/manifest/metrics.h"

void metrics_table_row(struct metrics_table *table, const char *name, bool goes_on)
{
	struct metrics_row row = {.name = arena_strdup(table->arena, name)};

	if (goes_on && table->row_count) {
		const struct metrics_row *before = &table->rows[table->row_count - 1];
		row.value_cap = before->value_cap;
		row.values = mem_grow(NULL, row.value_cap + 1, sizeof *row.values);
		if (row.value_cap)
			memcpy(row.values, before->values, row.value_cap * sizeof *row.values);
	}
	MEM_PUSH(table->rows, table->row_count, table->row_cap, row);
}

static struct metrics_row *last(struct metrics_table *table)
{
	return &table->rows[table->row_count - 1];
}

static double *value_at(struct metrics_row *row, uint32_t column)
{
	uint32_t before = row->value_cap;

	MEM_ROOM(row->values, column, row->value_cap);
	for (; before < row->value_cap; before++)
		row->values[before] = NAN;
	return &row->values[column];
}

void metrics_table_param(struct metrics_table *table, const char *name, const char *value)
{
	uint32_t at = map_get(&table->param_ids, name);
	struct metrics_row *row = last(table);

	if (at == NONE) {
		at = table->param_count;
		MEM_ROOM(table->params, at, table->param_cap);
		table->params[at] = arena_strdup(table->arena, name);
		map_put(&table->param_ids, table->params[at], at);
		table->param_count++;
	}
	MEM_ROOM_ZEROED(row->params, at, row->param_cap);
	row->params[at] = arena_strdup(table->arena, value);
}

static void set_value(struct metrics_table *table, const char *stage, const char *own, double value)
{
	const char *name = arena_fmt(table->arena, "%s.%s", stage, own);
	uint32_t at = map_get(&table->column_ids, name);

	if (at == NONE) {
		at = table->column_count;
		MEM_ROOM(table->columns, at, table->column_cap);
		table->columns[at] = (struct metrics_column){name, name + strlen(stage) + 1};
		map_put(&table->column_ids, name, at);
		table->column_count++;
	}
	*value_at(last(table), at) = value;
}

bool metrics_table_stage(
	struct metrics_table *table, const char *stage, const struct metrics *metrics)
{
	struct metrics_row *row = last(table);
	bool has_news = metrics->count != 0;
	size_t len = strlen(stage);

	for (uint32_t i = 0; i < table->column_count && i < row->value_cap; i++) {
		const struct metrics_column *column = &table->columns[i];
		if ((size_t)(column->own - column->name) != len + 1 ||
			strncmp(column->name, stage, len) != 0)
			continue;
		has_news |= !isnan(row->values[i]);
		row->values[i] = NAN;
	}
	for (uint32_t i = 0; i < metrics->count; i++)
		set_value(table, stage, metrics->items[i].name, metrics->items[i].value);
	return has_news;
}

void metrics_table_drop_row(struct metrics_table *table)
{
	struct metrics_row *row = last(table);

	free(row->values);
	free(row->params);
	table->row_count--;
}

void metrics_table_keep_last(struct metrics_table *table, uint32_t count)
{
	uint32_t gone = table->row_count > count ? table->row_count - count : 0;

	for (uint32_t i = 0; i < gone; i++) {
		free(table->rows[i].values);
		free(table->rows[i].params);
	}
	if (gone)
		memmove(table->rows, table->rows + gone,
			(table->row_count - gone) * sizeof *table->rows);
	table->row_count -= gone;
}

static void number_columns(struct metrics_table *table)
{
	map_free(&table->column_ids);
	for (uint32_t i = 0; i < table->column_count; i++)
		map_put(&table->column_ids, table->columns[i].name, i);
}

void metrics_table_only(struct metrics_table *table, const char *pattern)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < table->column_count; i++) {
		const struct metrics_column column = table->columns[i];
		if (fnmatch(pattern, column.name, 0) != 0 && fnmatch(pattern, column.own, 0) != 0)
			continue;
		for (uint32_t k = 0; k < table->row_count; k++) {
			double value = *value_at(&table->rows[k], i);
			*value_at(&table->rows[k], kept) = value;
		}
		table->columns[kept++] = column;
	}
	table->column_count = kept;
	number_columns(table);
}

void metrics_table_order_columns(struct metrics_table *table)
{
	double *sorted MEM_LOCAL = mem_grow(NULL, (size_t)table->column_count + 1, sizeof *sorted);

	if (table->column_count)
		qsort(table->columns, table->column_count, sizeof *table->columns, order_natural);
	for (uint32_t k = 0; k < table->row_count; k++) {
		struct metrics_row *row = &table->rows[k];
		for (uint32_t i = 0; i < table->column_count; i++)
			sorted[i] = metrics_value(
				row, map_get(&table->column_ids, table->columns[i].name));
		for (uint32_t i = 0; i < table->column_count; i++)
			*value_at(row, i) = sorted[i];
	}
	number_columns(table);
}

double metrics_value(const struct metrics_row *row, uint32_t column)
{
	return column < row->value_cap ? row->values[column] : NAN;
}

const char *metrics_param(const struct metrics_row *row, uint32_t param)
{
	return param < row->param_cap ? row->params[param] : NULL;
}

bool metrics_param_differs(const struct metrics_table *table, uint32_t param)
{
	for (uint32_t i = 1; i < table->row_count; i++) {
		if (!text_eq(metrics_param(&table->rows[0], param),
			    metrics_param(&table->rows[i], param)))
			return true;
	}
	return false;
}

struct key {
	const char *text; /* NULL: none */
	double number;
	bool is_number, is_down;
	struct metrics_row row;
	uint32_t place;
};

static int compare(const void *a, const void *b)
{
	const struct key *left = a, *right = b;
	int order = 0;

	if (!left->text || !right->text)
		order = !left->text - !right->text;
	else if (left->is_number && right->is_number)
		order = (left->number > right->number) - (left->number < right->number);
	else
		order = text_natural(left->text, right->text);
	if (left->text && right->text && left->is_down)
		order = -order;
	return order ? order : (left->place > right->place) - (left->place < right->place);
}

/* The metric of that name or of that name behind its stage's; NONE. */
static uint32_t find_column(const struct metrics_table *table, const char *name, bool *is_several)
{
	uint32_t at = map_get(&table->column_ids, name), found = 0;

	for (uint32_t i = 0; at == NONE && i < table->column_count; i++)
		found += text_eq(table->columns[i].own, name);
	*is_several = found > 1;
	for (uint32_t i = 0; at == NONE && found == 1 && i < table->column_count; i++) {
		if (text_eq(table->columns[i].own, name))
			at = i;
	}
	return at;
}

static int tell_unknown(
	const struct metrics_table *table, const char *name, bool is_several, struct err *err)
{
	const char **names = mem_grow(
		NULL, (size_t)table->column_count * 2 + table->param_count + 1, sizeof *names);
	uint32_t count = 0;

	if (is_several) {
		free(names);
		return err_set(err, EXIT_USAGE,
			"several stages have a metric '%s': write the stage's name in front, STAGE.%s",
			name, name);
	}
	for (uint32_t i = 0; i < table->column_count; i++) {
		names[count++] = table->columns[i].name;
		names[count++] = table->columns[i].own;
	}
	for (uint32_t i = 0; i < table->param_count; i++)
		names[count++] = table->params[i];
	const char *near = text_nearest(name, names, count);
	err_set(err, EXIT_USAGE, "there is no metric or parameter '%s'%s%s%s", name,
		near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	free(names);
	return -1;
}

int metrics_table_sort(struct metrics_table *table, const char *by, struct err *err)
{
	bool is_down = *by == '-', is_several;
	uint32_t column = find_column(table, by + is_down, &is_several);
	uint32_t param = column == NONE ? map_get(&table->param_ids, by + is_down) : NONE;

	if (column == NONE && param == NONE)
		return tell_unknown(table, by + is_down, is_several, err);
	struct key *keys MEM_LOCAL = mem_grow(NULL, (size_t)table->row_count + 1, sizeof *keys);
	for (uint32_t i = 0; i < table->row_count; i++) {
		struct metrics_row *row = &table->rows[i];
		struct key *key = &keys[i];
		*key = (struct key){.is_down = is_down, .row = *row, .place = i};
		if (column != NONE) {
			key->number = metrics_value(row, column);
			key->is_number = true;
			key->text = isnan(key->number) ? NULL : "";
		} else {
			key->text = metrics_param(row, param);
			key->is_number = key->text && text_to_double(key->text, &key->number);
		}
	}
	qsort(keys, table->row_count, sizeof *keys, compare);
	for (uint32_t i = 0; i < table->row_count; i++)
		table->rows[i] = keys[i].row;
	return 0;
}

void metrics_table_free(struct metrics_table *table)
{
	while (table->row_count)
		metrics_table_drop_row(table);
	free(table->rows);
	free(table->columns);
	free(table->params);
	map_free(&table->column_ids);
	map_free(&table->param_ids);
	*table = (struct metrics_table){0};
}
