/* The table for people, for other programs, and for spreadsheets. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/csv.h"
#include "base/json_write.h"
#include "base/name.h"
#include "base/text.h"
#include "view/answer/metrics_table.h"
#include "view/words/words.h"

#define COLUMNS_MAX 12 /* of metrics in a text */
#define PARAM_WIDTH 30

static void add_number(struct buf *out, double value)
{
	if (isnan(value))
		buf_char(out, '-');
	else
		buf_fmt(out, "%.6g", value);
}

/* A column of the table: its head and the cells of all rows, as they are shown. */
struct shown {
	const char *head;
	const char **cells; /* in the arena */
	bool is_right;
	size_t width;
};

static struct shown begin_column(
	struct arena *arena, const struct metrics_table *table, const char *head, bool is_right)
{
	return (struct shown){
		.head = head,
		.cells = arena_alloc(arena, (table->row_count + 1) * sizeof(char *)),
		.is_right = is_right,
		.width = width_of(head, strlen(head)),
	};
}

static void put_cell(
	struct arena *arena, struct shown *column, uint32_t row, const char *text, size_t most)
{
	struct buf clean BUF_LOCAL = {0}, cut BUF_LOCAL = {0};

	style_text(&clean, text);
	size_t used = width_cut(&cut, buf_text(&clean), clean.len, most);
	column->cells[row] = arena_strdup(arena, buf_text(&cut));
	if (used > column->width)
		column->width = used;
}

static struct shown name_column(struct arena *arena, const struct metrics_table *table)
{
	struct shown column = begin_column(arena, table, table->of_runs ? "run" : "job", false);

	for (uint32_t i = 0; i < table->row_count; i++)
		put_cell(arena, &column, i, table->rows[i].name, 200);
	return column;
}

static struct shown param_column(
	struct arena *arena, const struct metrics_table *table, uint32_t param)
{
	struct shown column = begin_column(arena, table, table->params[param], false);

	for (uint32_t i = 0; i < table->row_count; i++) {
		const char *value = metrics_param(&table->rows[i], param);
		put_cell(arena, &column, i, value ? value : "-", PARAM_WIDTH);
	}
	return column;
}

static struct shown value_column(
	struct arena *arena, const struct metrics_table *table, uint32_t at)
{
	struct shown column = begin_column(arena, table, table->columns[at].name, true);
	struct buf text BUF_LOCAL = {0};

	for (uint32_t i = 0; i < table->row_count; i++) {
		buf_reset(&text);
		add_number(&text, metrics_value(&table->rows[i], at));
		put_cell(arena, &column, i, buf_text(&text), 40);
	}
	return column;
}

static void add_cell(
	struct buf *out, const struct shown *column, const char *text, bool color, bool is_head)
{
	size_t used = width_of(text, strlen(text));
	size_t pad = used < column->width ? column->width - used : 0;

	buf_fmt(out, "%*s", column->is_right ? (int)pad : 0, "");
	style_add(out, color, is_head ? TONE_STRONG : TONE_PLAIN, text);
	buf_fmt(out, "%*s", column->is_right ? 0 : (int)pad, "");
}

static void add_line(struct buf *out, const struct shown *columns, uint32_t count, uint32_t row,
	bool is_head, bool color)
{
	for (uint32_t i = 0; i < count; i++) {
		buf_str(out, i ? "  " : "");
		add_cell(out, &columns[i], is_head ? columns[i].head : columns[i].cells[row], color,
			is_head || i == 0);
	}
	while (out->len && out->data[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
}

/* One row has nothing beside it: a line a number. */
static void add_list(struct buf *out, const struct metrics_table *table, bool color)
{
	size_t widest = 0;

	for (uint32_t i = 0; i < table->column_count; i++)
		widest = width_widest(widest, table->columns[i].name);
	for (uint32_t i = 0; i < table->column_count; i++) {
		const char *name = table->columns[i].name;
		double value = metrics_value(&table->rows[0], i);
		if (isnan(value))
			continue;
		style_add(out, color, TONE_STRONG, name);
		width_pad(out, width_of(name, strlen(name)), widest + 2);
		add_number(out, value);
		buf_char(out, '\n');
	}
}

uint32_t metrics_text(struct buf *out, const struct metrics_table *table, bool color)
{
	struct arena arena ARENA_LOCAL = {0};
	uint32_t shown = table->column_count < COLUMNS_MAX ? table->column_count : COLUMNS_MAX;
	uint32_t count = 0;

	if (table->row_count == 1) {
		add_list(out, table, color);
		return 0;
	}
	struct shown *columns =
		arena_alloc(&arena, ((size_t)table->param_count + shown + 1) * sizeof *columns);
	columns[count++] = name_column(&arena, table);
	for (uint32_t i = 0; i < table->param_count; i++) {
		if (metrics_param_differs(table, i))
			columns[count++] = param_column(&arena, table, i);
	}
	for (uint32_t i = 0; i < shown; i++)
		columns[count++] = value_column(&arena, table, i);
	add_line(out, columns, count, 0, true, color);
	for (uint32_t i = 0; i < table->row_count; i++)
		add_line(out, columns, count, i, false, color);
	return table->column_count - shown;
}

void metrics_csv(struct buf *out, const struct metrics_table *table)
{
	buf_str(out, table->of_runs ? "run" : "job");
	for (uint32_t i = 0; i < table->param_count; i++) {
		if (metrics_param_differs(table, i)) {
			buf_char(out, ',');
			csv_add(out, table->params[i]);
		}
	}
	for (uint32_t i = 0; i < table->column_count; i++) {
		buf_char(out, ',');
		csv_add(out, table->columns[i].name);
	}
	buf_str(out, "\r\n");
	for (uint32_t i = 0; i < table->row_count; i++) {
		const struct metrics_row *row = &table->rows[i];
		csv_add(out, row->name);
		for (uint32_t k = 0; k < table->param_count; k++) {
			const char *value = metrics_param(row, k);
			if (!metrics_param_differs(table, k))
				continue;
			buf_char(out, ',');
			csv_add(out, value ? value : "");
		}
		for (uint32_t k = 0; k < table->column_count; k++) {
			struct json_writer number = {.out = out};
			buf_char(out, ',');
			if (!isnan(metrics_value(row, k)))
				json_write_num(&number, NULL, metrics_value(row, k));
		}
		buf_str(out, "\r\n");
	}
}

static bool differs(double a, double b)
{
	return isnan(a) || isnan(b) ? isnan(a) != isnan(b) : a < b || a > b;
}

static const struct metrics_row *from_end(const struct metrics_table *table, uint32_t place)
{
	return &table->rows[table->row_count - place];
}

static void write_changes(struct json_writer *w, const struct metrics_table *table)
{
	const struct metrics_row *before = from_end(table, 2), *after = from_end(table, 1);

	json_write_rows(w, "changes");
	for (uint32_t i = 0; i < table->param_count; i++) {
		const char *old = metrics_param(before, i), *new = metrics_param(after, i);
		if (text_eq(old, new))
			continue;
		json_write_object(w, NULL);
		json_write_str(w, "param", table->params[i]);
		json_write_str(w, "before", old);
		json_write_str(w, "after", new);
		json_write_end(w);
	}
	for (uint32_t i = 0; i < table->column_count; i++) {
		double old = metrics_value(before, i), new = metrics_value(after, i);
		if (!differs(old, new))
			continue;
		json_write_object(w, NULL);
		json_write_name(w, "metric", table->columns[i].name);
		json_write_num(w, "before", old);
		json_write_num(w, "after", new);
		json_write_num(w, "change", new - old);
		json_write_end(w);
	}
	json_write_end(w);
}

void metrics_rows_json(struct json_writer *w, const struct metrics_table *table)
{
	json_write_rows(w, "rows");
	for (uint32_t i = 0; i < table->row_count; i++) {
		const struct metrics_row *row = &table->rows[i];
		json_write_object(w, NULL);
		json_write_name(w, table->of_runs ? "run" : "job", row->name);
		json_write_object(w, "params");
		for (uint32_t k = 0; k < table->param_count; k++) {
			if (metrics_param(row, k))
				json_write_str(w, table->params[k], metrics_param(row, k));
		}
		json_write_end(w);
		json_write_object(w, "metrics");
		for (uint32_t k = 0; k < table->column_count; k++) {
			struct buf name BUF_LOCAL = {0};
			if (isnan(metrics_value(row, k)))
				continue;
			name_to_json(&name, table->columns[k].name);
			json_write_num(w, buf_text(&name), metrics_value(row, k));
		}
		json_write_end(w);
		json_write_end(w);
	}
	json_write_end(w);
}

void metrics_json(struct buf *out, const struct metrics_table *table, bool has_changes)
{
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.metrics/1");
	json_write_str(&w, "of", table->of_runs ? "runs" : "jobs");
	if (table->of_runs)
		json_write_name(&w, "job", table->of_runs);
	metrics_rows_json(&w, table);
	if (has_changes)
		write_changes(&w, table);
	json_write_finish(&w);
}

static void add_change(struct buf *out, double before, double after)
{
	add_number(out, before);
	buf_str(out, " -> ");
	add_number(out, after);
	if (isnan(before) || isnan(after))
		return;
	buf_fmt(out, "  %+.6g", after - before);
	if (fabs(before) > 0)
		buf_fmt(out, " (%+.3g%%)", 100 * (after - before) / fabs(before));
}

void metrics_changes_text(struct buf *out, const struct metrics_table *table, bool color)
{
	const struct metrics_row *before = from_end(table, 2), *after = from_end(table, 1);
	size_t widest = 0;

	for (uint32_t i = 0; i < table->column_count; i++)
		widest = width_widest(widest, table->columns[i].name);
	for (uint32_t i = 0; i < table->param_count; i++)
		widest = width_widest(widest, table->params[i]);
	style_add(out, color, TONE_STRONG, before->name);
	buf_str(out, " -> ");
	style_add(out, color, TONE_STRONG, after->name);
	buf_char(out, '\n');
	for (uint32_t i = 0; i < table->param_count; i++) {
		const char *old = metrics_param(before, i), *new = metrics_param(after, i);
		if (text_eq(old, new))
			continue;
		style_text(out, table->params[i]);
		width_pad(out, width_of(table->params[i], strlen(table->params[i])), widest + 2);
		style_text(out, old ? old : "-");
		buf_str(out, " -> ");
		style_text(out, new ? new : "-");
		buf_char(out, '\n');
	}
	uint32_t count = 0;
	for (uint32_t i = 0; i < table->column_count; i++) {
		const char *name = table->columns[i].name;
		double old = metrics_value(before, i), new = metrics_value(after, i);
		if (!differs(old, new))
			continue;
		count++;
		style_add(out, color, TONE_STRONG, name);
		width_pad(out, width_of(name, strlen(name)), widest + 2);
		add_change(out, old, new);
		buf_char(out, '\n');
	}
	if (!count)
		buf_str(out, "no metric differs\n");
}
