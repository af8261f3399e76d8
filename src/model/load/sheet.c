/* Tables. A sheet is read whole when the definition is loaded, and is a source of the graph; of
 * what it holds only the cells that a stage names come into the stage. So everything that is wrong
 * with it is told here, whoever names it. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/csv.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/missing.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_path.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"
#include "model/load/sheet.h"

#define FILE_MAX ((size_t)1 << 30)
#define ROWS_MAX 1000000u

#define NAME(id, name) name,

struct filling {
	struct loader *loader;
	struct sheet *sheet;
	const char **row; /* the cells of the row that is read */
	uint32_t count, cap;
	uint32_t cell_cap, line_cap;
	uint32_t cell_count;
	bool has_header;
};

static void tell(struct filling *filling, uint32_t line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void tell(struct filling *filling, uint32_t line, const char *fmt, ...)
{
	struct buf text BUF_LOCAL = {0};
	va_list args;

	va_start(args, fmt);
	buf_vfmt(&text, fmt, args);
	va_end(args);
	diag_add(filling->loader->text.diags, filling->sheet->file, line, "%s", buf_text(&text));
}

static void add_cell(void *ctx, const char *text, size_t len)
{
	struct filling *filling = ctx;

	MEM_ROOM(filling->row, filling->count, filling->cap);
	filling->row[filling->count++] =
		len ? arena_strndup(filling->loader->arena, text, len) : "";
	/* a NUL is where the copy ends for all who read it */
	if (len && memchr(text, '\0', len))
		filling->row[filling->count - 1] = NULL;
}

static void take_header(struct filling *filling, uint32_t line)
{
	struct sheet *sheet = filling->sheet;

	sheet->columns =
		arena_alloc(filling->loader->arena, (filling->count + 1) * sizeof *sheet->columns);
	for (uint32_t i = 0; i < filling->count; i++) {
		const char *name = filling->row[i];
		if (!name || !*name)
			tell(filling, line, "column %u has no name", i + 1);
		else if (sheet_column(sheet, name) != NONE)
			tell(filling, line, "two columns are called '%s'", name);
		sheet->columns[sheet->column_count++] = name ? name : "";
	}
	filling->has_header = true;
}

static bool is_good_row(struct filling *filling, uint32_t line)
{
	uint32_t count = filling->sheet->column_count;

	if (filling->count != count) {
		tell(filling, line, "the row has %u cell%s, and there are %u columns",
			filling->count, filling->count == 1 ? "" : "s", count);
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!filling->row[i] || strchr(filling->row[i], '\n')) {
			tell(filling, line, "the cell of column '%s' holds a %s",
				filling->sheet->columns[i],
				filling->row[i] ? "line end" : "NUL byte");
			return false;
		}
	}
	return true;
}

static void take_row(struct filling *filling, uint32_t line)
{
	struct sheet *sheet = filling->sheet;

	if (sheet->row_count == ROWS_MAX) {
		tell(filling, line, "more than %u rows", ROWS_MAX);
		sheet->row_count++;
	}
	if (sheet->row_count > ROWS_MAX || !is_good_row(filling, line))
		return;
	for (uint32_t i = 0; i < sheet->column_count; i++)
		MEM_PUSH(sheet->cells, filling->cell_count, filling->cell_cap, filling->row[i]);
	MEM_PUSH(sheet->lines, sheet->row_count, filling->line_cap, line);
}

static void end_row(void *ctx, uint32_t line)
{
	struct filling *filling = ctx;

	if (filling->has_header)
		take_row(filling, line);
	else
		take_header(filling, line);
	filling->count = 0;
}

static void read_file(struct filling *filling, const struct def_line *line)
{
	struct loader *loader = filling->loader;
	struct csv_handlers handlers = {add_cell, end_row, filling};
	struct buf content BUF_LOCAL = {0}, path BUF_LOCAL = {0}, text BUF_LOCAL = {0};
	struct expand x = {.loader = loader,
		.instance = NONE,
		.may = MAY_GLOBALS | MAY_JOB,
		.where = "'file' of a table",
		.lists = LIST_IS_WRONG};
	struct err err = {0};
	const char *mistake;

	if (!expand_single(&x, line, &text))
		return;
	expand_path(loader, "", buf_text(&text), &path);
	filling->sheet->file = arena_strdup(loader->arena, buf_text(&text));
	if (path_is_under(loader->job_dir, buf_text(&path))) {
		def_mistake(&loader->text, line,
			"'%s' lies in the job's directory: a table is read before any stage ran",
			buf_text(&text));
	} else if (!text.len || fs_read(buf_text(&path), FILE_MAX, &content, &err) != 0) {
		diag_cause(loader->text.diags, &err);
		def_mistake(&loader->text, line, "%s%s", text.len ? err.text : "'file' is empty",
			missing_near_file(loader->arena, buf_text(&path)));
	} else {
		struct digest digest = digest_bytes(buf_text(&content), content.len);
		build_source(&loader->build, SOURCE_PARAMS, filling->sheet->file, buf_text(&path),
			&digest);
		char separator = text_ends(buf_text(&path), ".tsv") ? '\t' : ',';
		uint32_t at =
			csv_read(buf_text(&content), content.len, separator, &handlers, &mistake);
		if (at)
			tell(filling, at, "%s", mistake);
		else if (!filling->has_header)
			tell(filling, 0, "there is no header line, which names the columns");
	}
}

/* Words, quoted with '"' where they hold blanks; '""' in quotes is one. False: told. */
static bool read_words(struct filling *filling, const struct def_line *line, const char *text)
{
	struct buf word BUF_LOCAL = {0};
	bool is_good = true;

	while (is_good && *(text += strspn(text, " \t"))) {
		bool is_quoted = *text == '"';
		buf_reset(&word);
		if (!is_quoted) {
			size_t len = strcspn(text, " \t");
			buf_add(&word, text, len);
			text += len;
		}
		for (text += is_quoted; is_quoted && *text; text++) {
			if (*text == '"' && text[1] != '"')
				break;
			text += *text == '"';
			buf_char(&word, *text);
		}
		is_good = !is_quoted || *text == '"';
		text += is_quoted && is_good;
		if (is_good)
			add_cell(filling, buf_text(&word), word.len);
	}
	if (!is_good)
		def_mistake(&filling->loader->text, line, "a quote is not closed");
	return is_good;
}

/* The lines of `columns` are one row, those of `rows` one each. */
static void read_lines(struct filling *filling, const struct def_line *first, bool is_one)
{
	struct loader *loader = filling->loader;
	struct expand x = expand_globals(loader, "a table");
	uint32_t at = (uint32_t)(first - loader->text.lines);
	uint32_t count = def_value_lines(&loader->text, at);
	struct buf text BUF_LOCAL = {0};

	for (uint32_t i = 0; i < count; i++) {
		const struct def_line *line = &loader->text.lines[at + i];
		buf_reset(&text);
		bool is_good = *line->value && expand_text(&x, line, line->value, &text) &&
			       read_words(filling, line, buf_text(&text));
		if (!is_good)
			filling->count = is_one ? filling->count : 0;
		else if (!is_one)
			end_row(filling, line->number);
	}
	if (is_one)
		end_row(filling, first->number);
}

static void find_key(struct filling *filling, const struct def_line *line)
{
	struct loader *loader = filling->loader;
	struct sheet *sheet = filling->sheet;
	uint32_t *key = arena_alloc(loader->arena, (sheet->column_count + 1) * sizeof *key);
	char *words = arena_strdup(loader->arena, line ? line->value : ""), *rest = NULL;

	sheet->key = key;
	for (char *word = strtok_r(words, " \t,", &rest); word;
		word = strtok_r(NULL, " \t,", &rest)) {
		uint32_t column = sheet_column(sheet, word);
		if (column == NONE)
			def_mistake(&loader->text, line, "table '%s' has no column '%s'%s",
				sheet->name, word,
				hint_nearest(loader, word, sheet->columns, sheet->column_count));
		else if (sheet->key_count < sheet->column_count)
			key[sheet->key_count++] = column;
	}
	if (!sheet->key_count)
		key[sheet->key_count++] = 0;
}

/* The key cells of a row joined by `separator`; false: one is empty, and was told. */
static bool join_key(struct filling *filling, uint32_t row, char separator, struct buf *out)
{
	const struct sheet *sheet = filling->sheet;

	buf_reset(out);
	for (uint32_t i = 0; i < sheet->key_count; i++) {
		const char *cell = sheet_cell(sheet, row, sheet->key[i]);
		if (!*cell) {
			tell(filling, sheet->lines[row],
				"the cell of column '%s' is empty, which is part of the key",
				sheet->columns[sheet->key[i]]);
			return false;
		}
		if (i)
			buf_char(out, separator);
		buf_str(out, cell);
	}
	return true;
}

static void name_rows(struct filling *filling)
{
	struct arena *arena = filling->loader->arena;
	struct sheet *sheet = filling->sheet;
	char **names = arena_alloc(arena, (sheet->row_count + 1) * sizeof *names);
	struct map keys = {0};
	struct buf text BUF_LOCAL = {0};

	/* no cell holds a line end */
	for (uint32_t row = 0; row < sheet->row_count; row++) {
		bool is_good = join_key(filling, row, '\n', &text);
		names[row] = arena_strdup(arena, buf_text(&text));
		uint32_t first = is_good ? map_put(&keys, names[row], row) : row;
		if (first != row)
			tell(filling, sheet->lines[row],
				"its key is that of line %u; name more columns in 'key'",
				sheet->lines[first]);
	}
	map_free(&keys); /* whose keys are these very texts */
	for (uint32_t row = 0; row < sheet->row_count && sheet->key_count > 1; row++) {
		for (char *at = names[row]; (at = strchr(at, '\n'));)
			*at = '_';
	}
	sheet->names = (const char **)names;
}

/* The lines of a section, by key. */
static void find_lines(
	struct loader *loader, const struct def_section *section, const struct def_line **lines)
{
	static const char *const names[] = {DEF_TABLE_KEYS(NAME)};

	for (uint32_t i = section->first; i < section->first + section->count; i++) {
		const struct def_line *line = &loader->text.lines[i];
		if (line->key == DEF_MORE)
			continue;
		const char *key = loader->text.keys[line->key].text;
		enum def_table_key id = def_table_key(key);
		if (id == TABLE_UNKNOWN)
			def_mistake(&loader->text, line, "[%s]: unknown key '%s'%s", section->name,
				key, hint_nearest(loader, key, names, TABLE_UNKNOWN));
		else
			lines[id] = line;
	}
}

static bool is_whole(struct filling *filling, const struct def_section *section,
	const struct def_line *const *lines)
{
	struct loader *loader = filling->loader;
	bool is_in_place = lines[TABLE_COLUMNS] || lines[TABLE_ROWS];
	const struct def_line *extra =
		lines[TABLE_COLUMNS] ? lines[TABLE_COLUMNS] : lines[TABLE_ROWS];

	if (lines[TABLE_FILE] && is_in_place)
		def_mistake(&loader->text, extra,
			"[%s]: its rows stand in 'file', or in place by 'columns' and 'rows'",
			section->name);
	else if (!lines[TABLE_FILE] && !(lines[TABLE_COLUMNS] && lines[TABLE_ROWS]))
		diag_add(loader->text.diags, loader->text.files[section->file].name,
			section->number, "[%s]: it takes 'file', or 'columns' and 'rows'",
			section->name);
	else
		return true;
	return false;
}

static void load_sheet(struct loader *loader, const struct def_section *section)
{
	const struct def_line *lines[TABLE_UNKNOWN] = {NULL};
	const char *file = loader->text.files[section->file].name;
	size_t mistakes = loader->text.diags->error_count;
	struct sheet *sheet = arena_alloc(loader->arena, sizeof *sheet);
	struct filling filling = {.loader = loader, .sheet = sheet};

	*sheet = (struct sheet){.name = def_section_own_name(section->name), .file = file};
	MEM_ROOM(loader->sheets, loader->sheet_count, loader->sheet_cap);
	uint32_t known = map_put(&loader->sheet_ids, sheet->name, loader->sheet_count);
	loader->sheets[loader->sheet_count++] = sheet;
	if (!def_is_name(sheet->name, DEF_LABEL))
		diag_add(loader->text.diags, file, section->number,
			"'%s' is no name for a table: letters, digits, '_' and '-'", sheet->name);
	else if (known + 1 != loader->sheet_count)
		diag_add(loader->text.diags, file, section->number, "table '%s' is declared twice",
			sheet->name);
	find_lines(loader, section, lines);
	if (is_whole(&filling, section, lines) && lines[TABLE_FILE]) {
		read_file(&filling, lines[TABLE_FILE]);
	} else if (lines[TABLE_COLUMNS] && lines[TABLE_ROWS]) {
		read_lines(&filling, lines[TABLE_COLUMNS], true);
		read_lines(&filling, lines[TABLE_ROWS], false);
	}
	if (sheet->column_count) {
		find_key(&filling, lines[TABLE_KEY]);
		name_rows(&filling);
	}
	sheet->is_broken = loader->text.diags->error_count > mistakes;
	free(filling.row);
}

void sheets_load(struct loader *loader)
{
	for (uint32_t i = 0; i < loader->special_count; i++) {
		const struct def_section *section = &loader->text.sections[loader->specials[i]];
		if (section->kind == SECTION_TABLE)
			load_sheet(loader, section);
	}
}

const struct sheet *sheet_find(
	const struct loader *loader, const struct def_line *at, const char *name, size_t len)
{
	uint32_t id = def_find(&loader->text, &loader->sheet_ids, at, name, len);

	return id == NONE ? NULL : loader->sheets[id];
}

uint32_t sheet_column(const struct sheet *sheet, const char *name)
{
	uint32_t i = 0;

	while (i < sheet->column_count && strcmp(sheet->columns[i], name) != 0)
		i++;
	return i < sheet->column_count ? i : NONE;
}

void sheets_free(struct loader *loader)
{
	for (uint32_t i = 0; i < loader->sheet_count; i++) {
		free(loader->sheets[i]->cells);
		free(loader->sheets[i]->lines);
	}
	free(loader->sheets);
	map_free(&loader->sheet_ids);
}
