#include "record/manifest/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/csv.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/json_write.h"
#include "base/manifest_members.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/metric_file.h"
#include "model/load/params_file.h"
#include "record/manifest/attempt.h"

#define FILE_MAX ((size_t)1 << 20)
#define NAME_MAX_BYTES 200
#define DEPTH_MAX 8

static void add(struct metrics *metrics, const char *name, double value)
{
	if (!isfinite(value) || strlen(name) > NAME_MAX_BYTES ||
		map_get(&metrics->names, name) != NONE)
		return;
	if (metrics->count == METRICS_MAX) {
		metrics->is_full = true;
		return;
	}
	MEM_ROOM(metrics->items, metrics->count, metrics->cap);
	name = arena_strdup(metrics->arena, name);
	map_put(&metrics->names, name, metrics->count);
	metrics->items[metrics->count++] = (struct metric){name, value};
}

static const char *joined(struct metrics *metrics, const char *prefix, const char *name)
{
	return prefix ? arena_fmt(metrics->arena, "%s.%s", prefix, name) : name;
}

/* A text that is a number as people write one. */
static bool is_number(const char *text, double *value)
{
	return *text && strspn(text, "+-.0123456789eE") == strlen(text) &&
	       text_to_double(*text == '+' ? text + 1 : text, value);
}

struct reading {
	struct metrics *metrics;
	const char *prefix; /* NULL: none */
	struct arena cells; /* of a sheet */
	struct row {
		const char **cells;
		uint32_t count, cap;
	} header, row, last;
	uint32_t row_count;   /* the header, too */
	struct metrics named; /* of rows whose first cell names them */
};

static void take_value(void *ctx, const char *name, const char *value)
{
	struct reading *reading = ctx;
	double number;

	if (is_number(value, &number))
		add(reading->metrics, joined(reading->metrics, reading->prefix, name), number);
}

static void take_cell(void *ctx, const char *text, size_t len)
{
	struct reading *reading = ctx;
	struct row *row = reading->row_count ? &reading->row : &reading->header;

	MEM_ROOM(row->cells, row->count, row->cap);
	row->cells[row->count++] = arena_strndup(&reading->cells, len ? text : "", len);
}

/* Two columns are a name and its value. */
static void take_row(void *ctx, uint32_t line)
{
	struct reading *reading = ctx;
	struct row full = reading->row;
	double number;

	(void)line;
	if (!reading->row_count++)
		return;
	for (uint32_t i = 1; i < full.count && i < reading->header.count; i++) {
		const char *name = full.cells[0];
		if (is_number(name, &number) || !is_number(full.cells[i], &number))
			continue;
		if (reading->header.count > 2)
			name = joined(reading->metrics, name, reading->header.cells[i]);
		add(&reading->named, joined(reading->metrics, reading->prefix, name), number);
	}
	reading->row = reading->last;
	reading->row.count = 0;
	reading->last = full;
}

static void take_rows(struct reading *reading)
{
	struct metrics *metrics = reading->metrics;
	double number;

	for (uint32_t i = 0; reading->row_count > 2 && i < reading->named.count; i++)
		add(metrics, reading->named.items[i].name, reading->named.items[i].value);
	if (reading->row_count > 2 && reading->named.count)
		return;
	for (uint32_t i = 0; i < reading->last.count && i < reading->header.count; i++) {
		if (is_number(reading->last.cells[i], &number))
			add(metrics, joined(metrics, reading->prefix, reading->header.cells[i]),
				number);
	}
}

static void read_sheet(
	struct reading *reading, struct diags *diags, const char *path, const struct buf *content)
{
	const struct csv_handlers handlers = {.cell = take_cell, .row = take_row, .ctx = reading};
	const char *why;
	uint32_t line = csv_read(buf_text(content), content->len,
		text_ends(path, ".tsv") ? '\t' : ',', &handlers, &why);

	if (line)
		diag_add(diags, path, line, "%s", why);
	else
		take_rows(reading);
	free(reading->header.cells);
	free(reading->row.cells);
	free(reading->last.cells);
	metrics_free(&reading->named);
	arena_free(&reading->cells);
}

static void tell(metrics_mistake *mistake, void *ctx, const char *path, const char *why)
{
	struct buf text BUF_LOCAL = {0};

	buf_fmt(&text, "metrics of '%s' are not recorded: %s", path, why);
	mistake(ctx, buf_text(&text));
}

static void read_file(struct metrics *metrics, const char *path, const char *prefix,
	metrics_mistake *mistake, void *ctx)
{
	struct reading reading = {
		.metrics = metrics, .prefix = prefix, .named.arena = metrics->arena};
	struct buf content BUF_LOCAL = {0}, told BUF_LOCAL = {0};
	struct diags diags DIAGS_LOCAL = {0};
	struct err err = {0};
	uint32_t before = metrics->count;

	if (fs_read(path, FILE_MAX, &content, &err) < 0)
		buf_str(&told, err.text);
	else if (text_ends(path, ".csv") || text_ends(path, ".tsv"))
		read_sheet(&reading, &diags, path, &content);
	else
		params_file_read(metrics->arena, &diags, path, &content, take_value, &reading);
	if (diags.count) {
		const struct diag **sorted MEM_LOCAL = diag_sorted(&diags);
		buf_fmt(&told, "line %u: %s", sorted[0]->line, sorted[0]->text);
	} else if (!told.len && metrics->count == before && !metrics->is_full) {
		buf_str(&told, "it holds no numbers");
	}
	if (told.len)
		tell(mistake, ctx, path, buf_text(&told));
}

static void add_nodes(
	struct metrics *metrics, const char *prefix, const json *object, uint32_t depth)
{
	for (const json *node = json_is(object, JSON_OBJECT) ? json_first(object) : NULL; node;
		node = json_next(node)) {
		const char *name = joined(metrics, prefix, json_key(node));
		if (json_is(node, JSON_NUMBER))
			add(metrics, name, json_num(node, 0));
		else if (depth < DEPTH_MAX)
			add_nodes(metrics, name, node, depth + 1);
	}
}

void metrics_of_object(struct metrics *metrics, const json *object)
{
	add_nodes(metrics, NULL, object, 0);
}

static bool has_numbers(const json *object)
{
	for (const json *node = json_first(object); node; node = json_next(node)) {
		if (json_is(node, JSON_NUMBER))
			return true;
	}
	return false;
}

static const char *kind_of(const struct attempt_file *file)
{
	return file->label && *file->label ? file->label : file->type;
}

/* What stages tell of many files are no numbers of the stage: only their sum would be. */
static void add_reported(struct metrics *metrics, const struct attempt *attempt)
{
	struct map kinds MAP_LOCAL = {0};

	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];
		if (file->role == ROLE_OUTPUT && has_numbers(file->reported)) {
			bool is_first = map_get(&kinds, kind_of(file)) == NONE;
			map_set(&kinds, kind_of(file), is_first);
		}
	}
	for (uint32_t i = 0; i < attempt->file_count && !metrics->is_full; i++) {
		const struct attempt_file *file = &attempt->files[i];
		if (file->role != ROLE_OUTPUT || !has_numbers(file->reported))
			continue;
		bool is_only = map_get(&kinds, kind_of(file));
		for (const json *node = json_first(file->reported); node; node = json_next(node)) {
			if (json_is(node, JSON_NUMBER))
				add(metrics,
					joined(metrics,
						is_only ? kind_of(file) : path_base(file->path),
						json_key(node)),
					json_num(node, 0));
		}
	}
}

static void add_extra(struct metrics *metrics, const json *extra)
{
	for (const json *node = json_first(extra); node; node = json_next(node)) {
		if (json_is(node, JSON_NUMBER) && !manifest_is_member(json_key(node)))
			add(metrics, json_key(node), json_num(node, 0));
	}
}

struct named_file {
	const char *path, *label;
};

static void read_files(struct metrics *metrics, const struct named_file *files, uint32_t count,
	metrics_mistake *mistake, void *ctx)
{
	for (uint32_t i = 0; i < count; i++)
		read_file(metrics, files[i].path, count > 1 ? files[i].label : NULL, mistake, ctx);
}

void metrics_of_attempt(
	struct metrics *metrics, const struct attempt *attempt, metrics_mistake *mistake, void *ctx)
{
	const struct graph *graph = attempt->graph;
	struct named_file files[METRICS_FILES_MAX];
	uint32_t count = 0;

	for (uint32_t i = 0; i < attempt->file_count && count < METRICS_FILES_MAX; i++) {
		const struct attempt_file *file = &attempt->files[i];
		if (file->role == ROLE_OUTPUT && !(file->flags & RECORD_FILE_MISSING) &&
			metric_file_is_named(graph, attempt->stage, file->label, file->path))
			files[count++] = (struct named_file){file->path, file->label};
	}
	read_files(metrics, files, count, mistake, ctx);
	metrics_of_object(metrics, json_get(attempt->extra, METRICS_MEMBER));
	add_extra(metrics, attempt->extra);
	add_reported(metrics, attempt);
	if (metrics->is_full)
		mistake(ctx,
			"it has more numbers than are recorded of a stage: the others are not");
}

void metrics_of_record(struct metrics *metrics, const struct graph *graph, uint32_t stage,
	const struct record *record, metrics_mistake *mistake, void *ctx)
{
	const struct record_success *success = &record->success;
	struct named_file files[METRICS_FILES_MAX];
	uint32_t count = 0;

	for (uint32_t i = 0; i < success->file_count && count < METRICS_FILES_MAX; i++) {
		const struct record_file *file = &success->files[i];
		if (file->role == ROLE_OUTPUT && !(file->flags & RECORD_FILE_MISSING) &&
			metric_file_is_named(graph, stage, file->label, file->path))
			files[count++] = (struct named_file){file->path, file->label};
	}
	read_files(metrics, files, count, mistake, ctx);
}

void metrics_write(struct json_writer *w, const struct metrics *metrics)
{
	if (!metrics->count)
		return;
	json_write_object(w, METRICS_MEMBER);
	for (uint32_t i = 0; i < metrics->count; i++)
		json_write_num(w, metrics->items[i].name, metrics->items[i].value);
	json_write_end(w);
}

const struct metric *metrics_find(const struct metrics *metrics, const char *name)
{
	uint32_t at = map_get(&metrics->names, name);

	return at == NONE ? NULL : &metrics->items[at];
}

void metrics_free(struct metrics *metrics)
{
	free(metrics->items);
	map_free(&metrics->names);
	*metrics = (struct metrics){.arena = metrics->arena};
}
