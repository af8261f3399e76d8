/* Placeholders of a value.
 *
 * {{family.name}} is looked up in the scope, by one look at the key of that very text
 * ("config.model" is both the key and the placeholder); what is no family is a stage, and the rest
 * the label of a file that it makes. A value that holds placeholders itself is filled in when it is
 * named, so their order in the file means nothing; one that is named while it is being filled in is
 * a cycle. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "model/command/template.h"
#include "model/load/definition_scope.h"
#include "model/load/expand_each.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_path.h"
#include "model/load/expand_stage.h"
#include "model/load/expand_text.h"
#include "model/load/expand_upstream.h"
#include "model/load/loader.h"
#include "model/load/made_list.h"
#include "model/load/params.h"
#include "model/load/sheet.h"

#define DEPTH_MAX 50

/* Where the values of one placeholder go. */
struct sink {
	struct expand *x;
	const struct template_hole *hole;
	struct buf *out;
	uint32_t count;
	char separator; /* between them */
};

static void add_escaped(struct buf *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\')
			buf_str(out, "[\\\\]");
		else if (strchr("*?[", *value))
			buf_fmt(out, "[%c]", *value);
		else
			buf_char(out, *value);
	}
}

static void emit(struct sink *sink, const char *value, bool is_name)
{
	struct buf now BUF_LOCAL = {0};

	if (sink->count++)
		buf_char(sink->out, sink->separator);
	if (sink->hole->filter_count) {
		buf_str(&now, value);
		template_filter_all(&now, sink->hole);
		value = buf_text(&now);
	}
	if (!is_name)
		sink->x->has_glob |= fs_is_glob(value);
	if (is_name && sink->x->escape_globs)
		add_escaped(sink->out, value);
	else
		buf_str(sink->out, value);
}

/* A path relative to the root; also as an absolute one it means that in a digest. */
static void emit_place(struct sink *sink, const char *path)
{
	struct expand *x = sink->x;

	x->has_place = true;
	if (!x->is_absolute || x->is_symbolic || *path == '/') {
		emit(sink, path, true);
		return;
	}
	struct buf whole BUF_LOCAL = {0};
	buf_fmt(&whole, "%s/%s", x->loader->root, path);
	emit(sink, buf_text(&whole), true);
}

/* The placeholder itself where the text is symbolic. */
static bool emit_symbol(struct sink *sink)
{
	sink->x->has_place = true;
	if (sink->x->is_symbolic)
		template_add_hole(sink->out, sink->hole);
	return sink->x->is_symbolic;
}

static bool unknown(struct expand *x, const struct def_line *at, const char *name)
{
	return expand_mistake(x, at, "unknown placeholder '{{%s}}'%s", name, expand_hint(x, name));
}

static bool misplaced(struct expand *x, const struct def_line *at, const char *name, size_t len)
{
	enum placeholder id = placeholder_find(name, len);
	const char *remedy = "";

	if (id == PLACEHOLDER_UPSTREAM && !upstream_decl(x, at, name, len))
		return false;
	if (id == PLACEHOLDER_UPSTREAM && text_eq(x->where, "a command"))
		remedy = arena_fmt(x->loader->arena,
			": declare 'input.NAME = {{%s}}' and use {{input.NAME}}", name);
	else if (id == PLACEHOLDER_UPSTREAM && text_eq(x->where, "a foreach list"))
		remedy = arena_fmt(x->loader->arena,
			": a line of it is '{{%s}}', '{{%s}}/PATTERN', or '@{{%s}}', and no more",
			name, name, name);
	else if (id == PLACEHOLDER_TABLE)
		remedy = ": it is the one line of a foreach";
	else if (placeholder_is_file(id) && text_eq(x->where, "a config or env value"))
		remedy = ": outputs are made aside and moved; name it in the command";
	return expand_mistake(x, at, "'{{%s}}' cannot stand in %s%s", name, x->where, remedy);
}

/* A config or env value, or (their text) the paths of an output, of the stage in scope. */
static bool add_nested(struct expand *x, const struct def_line *at, struct def_key *key,
	unsigned may, const char *where, struct buf *out)
{
	struct loader *loader = x->loader;

	if (key->is_busy || x->depth >= DEPTH_MAX)
		return expand_mistake(x, at, "'%s' is made from itself", key->text);
	struct expand inner = *x;
	inner.may = may;
	inner.where = where;
	inner.lists = LIST_IS_WORDS;
	inner.depth++;
	uint32_t id = (uint32_t)(key - loader->text.keys);
	key->is_busy = true;
	bool is_good = expand_value(&inner, &loader->text.lines[key->line], out);
	loader->text.keys[id].is_busy = false;
	x->has_place |= inner.has_place;
	x->has_glob |= inner.has_glob;
	return is_good;
}

static bool emit_value(struct sink *sink, const struct def_line *at, struct def_key *key)
{
	struct expand *x = sink->x;
	struct loader *loader = x->loader;

	if (x->instance != NONE && key->value_scope == x->instance + 1) {
		emit(sink, graph_text(loader->build.graph, key->value), false);
		return true;
	}
	struct buf value BUF_LOCAL = {0};
	unsigned may = MAY_VALUES | (x->may & (MAY_PLACE | MAY_INPUT | MAY_UPSTREAM));
	bool is_good = add_nested(x, at, key, may, "a config or env value", &value);
	if (is_good)
		emit(sink, buf_text(&value), false);
	return is_good;
}

/* One line of an input as paths. */
static bool emit_input_line(struct sink *sink, struct expand *inner, const struct def_line *line)
{
	struct buf text BUF_LOCAL = {0}, path BUF_LOCAL = {0};
	bool is_good = true;

	inner->pick = 0;
	do {
		inner->pick_count = 0;
		inner->has_glob = expand_is_glob(line->value);
		buf_reset(&text);
		inner->empty_cell = 0;
		is_good = expand_text(inner, line, line->value, &text);
		if (inner->empty_cell)
			continue;
		if (is_good && inner->pick_count != UINT32_MAX && text.len) {
			buf_reset(&path);
			expand_path(inner->loader, "", buf_text(&text), &path);
			emit_place(sink, buf_text(&path));
		}
	} while (is_good && inner->pick_count != UINT32_MAX && ++inner->pick < inner->pick_count);
	return is_good;
}

/* {{input.L}} outside of a command. */
static bool emit_input(struct sink *sink, const struct def_line *at, struct def_key *key)
{
	struct expand *x = sink->x;
	struct loader *loader = x->loader;

	if (key->is_busy || x->depth >= DEPTH_MAX)
		return expand_mistake(x, at, "'%s' is made from itself", key->text);
	struct expand inner = *x;
	inner.may = MAY_VALUES | MAY_PLACE | MAY_DIR | (x->may & MAY_UPSTREAM);
	inner.where = "an input that is used outside of the command";
	inner.is_absolute = inner.escape_globs = false;
	inner.lists = LIST_IS_PICKED;
	inner.input_slot = key->slot + 1;
	inner.depth++;
	uint32_t id = (uint32_t)(key - loader->text.keys);
	uint32_t count = def_value_lines(&loader->text, key->line);
	uint32_t first = key->line;
	bool is_good = true;
	key->is_busy = true;
	for (uint32_t i = 0; i < count && is_good; i++) {
		const struct def_line *line = &loader->text.lines[first + i];
		if (!*line->value)
			continue;
		is_good = emit_input_line(sink, &inner, line);
		if (is_good && inner.has_glob)
			is_good = expand_mistake(x, at,
				"'%s' is a pattern: only the command can name what matches",
				loader->text.keys[id].text);
	}
	loader->text.keys[id].is_busy = false;
	return is_good;
}

/* {{output.L}} in another output of the stage: where it will lie. */
static bool emit_output(struct sink *sink, const struct def_line *at, struct def_key *key)
{
	struct expand *x = sink->x;
	struct loader *loader = x->loader;
	struct buf text BUF_LOCAL = {0}, path BUF_LOCAL = {0};
	bool is_good = add_nested(x, at, key, x->may, x->where, &text);

	if (is_good && strchr(buf_text(&text), '\n')) {
		is_good = expand_mistake(
			x, at, "'%s' is several files and cannot name another", key->text);
	} else if (is_good) {
		uint32_t dir = loader->instances[x->instance].dir;
		expand_path(loader, graph_text(loader->build.graph, dir), buf_text(&text), &path);
		emit_place(sink, buf_text(&path));
	}
	return is_good;
}

/* Which of so many stands in the text that is looked at for each of them. */
static bool pick(struct expand *x, const struct def_line *at, uint32_t count, uint32_t *nth)
{
	if (x->pick_count && x->pick_count != count && count != 1)
		return expand_mistake(x, at, "two lists of different length in one path");
	if (count != 1)
		x->pick_count = count ? count : UINT32_MAX;
	*nth = x->pick < count ? x->pick : 0;
	return true;
}

static bool emit_upstream(
	struct sink *sink, const struct def_line *at, const char *name, size_t len)
{
	struct expand *x = sink->x;
	struct upstream upstream;

	if (!upstream_find(x, at, name, len, sink->hole->other, &upstream))
		return false;
	bool is_one = x->lists == LIST_IS_PICKED;
	uint32_t nth = 0;
	bool is_good = !is_one || (sink->hole->other && !upstream.file_count) ||
		       pick(x, at, upstream.file_count, &nth);
	for (uint32_t i = 0; i < upstream.file_count && is_good; i++) {
		if (!is_one || i == nth)
			emit_place(sink, file_path(x->loader->build.graph, upstream.files[i]));
	}
	upstream_free(&upstream);
	return is_good;
}

/* A setting as the stage has it: what it says is parsed with the others. */
static bool emit_setting(struct sink *sink, enum setting_id id)
{
	struct settings settings;
	char number[24];
	bool is_good = expand_setting(sink->x, id, &settings);

	snprintf(number, sizeof number, "%" PRIu64,
		id == SETTING_THREADS ? settings.threads : settings.memory[0] >> 20);
	emit(sink, number, false);
	return is_good;
}

static void emit_stage_name(struct sink *sink)
{
	const struct loader *loader = sink->x->loader;
	uint32_t instance = loader->instances[sink->x->instance].name;
	struct buf full BUF_LOCAL = {0};

	buf_str(&full, sink->x->decl->name);
	if (instance)
		buf_fmt(&full, "/%s", graph_text(loader->build.graph, instance));
	emit(sink, buf_text(&full), false);
}

static void emit_number(struct sink *sink)
{
	char number[16];

	snprintf(number, sizeof number, "%u", sink->x->decl->number);
	emit(sink, number, false);
}

static bool unknown_param(struct expand *x, const struct def_line *at, const char *name)
{
	uint32_t first = 0;
	const char *part = params_part(x->loader, name + strlen("params."), &first);

	if (x->loader->params.is_partial)
		return false;
	if (!part)
		return unknown(x, at, name);
	return expand_mistake(x, at,
		"'{{%s}}' is a mapping: name one of its values, such as {{params.%s}}, or take all "
		"of them by 'config.NAME = {{%s}}'",
		name, part, name);
}

/* Is the placeholder the whole text? */
static bool is_alone(const struct template_hole *hole)
{
	const char *end = strstr(hole->name, "}}");

	return hole->offset == 0 && end && end[2] == '\0';
}

/* The items of a list are its lines but for empty ones. */
static bool emit_list(
	struct sink *sink, const struct def_line *at, const char *name, const char *value)
{
	struct expand *x = sink->x;
	struct buf lines BUF_LOCAL = {0};
	uint32_t count = 0, nth = 0, i = 0;
	bool is_good = true;
	char *rest = NULL;

	x->has_list = true;
	for (const char *line = value; *line; line += strcspn(line, "\n"), line += *line == '\n')
		count += *line != '\n';
	if (x->lists == LIST_IS_WRONG)
		return expand_mistake(x, at, "'{{%s}}' is a list of %u and cannot stand in %s",
			name, count, x->where);
	if (x->lists == LIST_IS_PICKED)
		is_good = pick(x, at, count, &nth);
	bool is_lines =
		x->lists == LIST_IS_LINES || (x->lists == LIST_IS_KEPT && is_alone(sink->hole));
	sink->separator = is_lines ? '\n' : ' ';
	buf_str(&lines, value);
	for (char *item = strtok_r(lines.data, "\n", &rest); item && is_good;
		item = strtok_r(NULL, "\n", &rest), i++) {
		if (x->lists != LIST_IS_PICKED || i == nth)
			emit(sink, item, false);
	}
	return is_good;
}

static bool emit_param(struct sink *sink, const struct def_line *at, const char *name)
{
	bool is_known;
	const char *value = params_value(sink->x->loader, at, name + strlen("params."), &is_known);

	if (!is_known)
		return unknown_param(sink->x, at, name);
	if (value && strchr(value, '\n'))
		return emit_list(sink, at, name, value);
	if (value)
		emit(sink, value, false);
	return value != NULL;
}

/* A list with a mistake in it has no values, and was told. */
static bool is_broken_list(struct loader *loader, const char *key)
{
	const char *name = arena_fmt(loader->arena, "foreach.%s", key);

	return scope_key(loader, name, strlen(name)) != NULL;
}

/* A column's cell in the rows of a value: all of them agree, or it is a mistake. */
static bool emit_cell(struct sink *sink, const struct def_line *at, const struct each_list *list,
	uint32_t place, const char *name, const char *column)
{
	struct expand *x = sink->x;
	const struct sheet *sheet = list->sheet;
	uint32_t id = sheet ? sheet_column(sheet, column) : NONE;

	if (id == NONE)
		return expand_mistake(x, at, "'{{%s}}': %s%s%s", name,
			sheet ? "there is no such column in table '" : "that key is no table's",
			sheet ? sheet->name : "",
			sheet ? arena_fmt(x->loader->arena, "'%s",
					hint_nearest(x->loader, column, sheet->columns,
						sheet->column_count))
			      : "");
	uint32_t first = list->rows[list->first_row[place]];
	const char *cell = sheet_cell(sheet, first, id);
	for (uint32_t i = list->first_row[place] + 1; i < list->first_row[place + 1]; i++) {
		uint32_t row = list->rows[i];
		if (strcmp(cell, sheet_cell(sheet, row, id)) != 0)
			return expand_mistake(x, at,
				"'{{%s}}' is '%s' in line %u of %s, and '%s' in line %u: it has "
				"to be the same in all rows of '%s'",
				name, cell, sheet->lines[first], sheet->file,
				sheet_cell(sheet, row, id), sheet->lines[row], list->values[place]);
	}
	if (*cell)
		emit(sink, cell, true);
	else
		x->empty_cell = sheet->lines[first];
	return true;
}

/* What is known of the key here is nothing: why? */
static void tell_each(
	struct expand *x, const struct def_line *at, const char *name, const char *key)
{
	bool is_list = x->tuple && is_broken_list(x->loader, key);

	if (is_list && text_eq(x->where, "a name"))
		expand_mistake(x, at, "'{{%s}}': the name of a value is made of it alone", name);
	else if (is_list)
		expand_mistake(x, at, "'{{%s}}': a list names keys that stand above it", name);
	else if (!x->decl || !is_broken_list(x->loader, key))
		unknown(x, at, name);
}

/* The path of what another stage makes is a place. */
static bool emit_made(
	struct sink *sink, const struct def_line *at, const char *value, const char *identity)
{
	struct expand *x = sink->x;
	bool is_command = text_eq(x->where, "a command");

	x->has_place |= !is_command;
	if (is_command && !made_list_may_stand(x, at, sink->hole, value))
		return false;
	if (!x->is_symbolic && text_eq(x->where, "a config or env value"))
		emit_place(sink, value);
	else
		emit(sink, x->is_symbolic ? identity : value, true);
	return true;
}

static bool emit_each(struct sink *sink, const struct def_line *at, const char *name)
{
	struct expand *x = sink->x;
	const char *word = name + strlen("each."), *dot = strchr(word, '.');
	size_t len = dot ? (size_t)(dot - word) : strlen(word);
	uint32_t place;
	const struct each_key *key = each_value(x, word, len, &place);

	if (!key)
		tell_each(x, at, name, arena_strndup(x->loader->arena, word, len));
	if (!key || dot)
		return key && emit_cell(sink, at, key->list, place, name, dot + 1);
	const char *identity = made_list_identity(x->loader, key->list, place);
	const char *value = key->list->values[place];
	if (identity)
		return emit_made(sink, at, value, identity);
	emit(sink, value, true);
	return true;
}

/* config.X, env.X, input.L, output.L, intermediate.L */
static bool emit_scoped(struct sink *sink, const struct def_line *at, const char *name, size_t len)
{
	struct expand *x = sink->x;
	struct def_key *key = scope_key(x->loader, name, len);

	if (!key && sink->hole->other && placeholder_find(name, len) == PLACEHOLDER_ENV)
		return true;
	if (!key)
		return unknown(x, at, name);
	switch (key->parse.kind) {
	case DEF_CONFIG:
	case DEF_ENV:
		return emit_value(sink, at, key);
	case DEF_INPUT:
		return emit_symbol(sink) || emit_input(sink, at, key);
	case DEF_OUTPUT:
	case DEF_INTERMEDIATE:
		return emit_symbol(sink) || emit_output(sink, at, key);
	default:
		return unknown(x, at, name);
	}
}

static bool emit_named(struct sink *sink, const struct def_line *at, const char *name, size_t len)
{
	struct expand *x = sink->x;
	struct loader *loader = x->loader;
	enum placeholder id = placeholder_find(name, len);

	if (id == PLACEHOLDER_UNKNOWN)
		return unknown(x, at, name);
	if (!(x->may & placeholder_table[id].need))
		return misplaced(x, at, name, len);
	if (placeholder_table[id].is == PLACEHOLDER_IS_PLACE && emit_symbol(sink))
		return true;
	switch (id) {
	case PLACEHOLDER_STAGE_NAME:
		emit_stage_name(sink);
		return true;
	case PLACEHOLDER_STAGE_INSTANCE:
		emit(sink, graph_text(loader->build.graph, loader->instances[x->instance].name),
			false);
		return true;
	case PLACEHOLDER_STAGE_DIR:
		emit_place(
			sink, graph_text(loader->build.graph, loader->instances[x->instance].dir));
		return true;
	case PLACEHOLDER_STAGE_NUMBER:
		emit_number(sink);
		return true;
	case PLACEHOLDER_STAGE_THREADS:
		return emit_setting(sink, SETTING_THREADS);
	case PLACEHOLDER_STAGE_MEMORY:
		return emit_setting(sink, SETTING_MEMORY);
	case PLACEHOLDER_STAGE_GPUS:
	case PLACEHOLDER_STAGE_ATTEMPT:
	case PLACEHOLDER_VIEWED_FILE:
		emit(sink, "1", false); /* only followed, for its quotes */
		return true;
	case PLACEHOLDER_JOB_NAME:
		emit(sink, loader->job, false);
		return true;
	case PLACEHOLDER_JOB_DIR:
		emit_place(sink, loader->job_dir);
		return true;
	case PLACEHOLDER_PIPELINE_NAME:
		emit(sink, loader->pipeline, false);
		return true;
	case PLACEHOLDER_ROOT:
		emit(sink, loader->root, true);
		return true;
	case PLACEHOLDER_PARAM:
		return emit_param(sink, at, name);
	case PLACEHOLDER_EACH:
		return emit_each(sink, at, name);
	case PLACEHOLDER_CONFIG:
	case PLACEHOLDER_ENV:
	case PLACEHOLDER_INPUT:
	case PLACEHOLDER_OUTPUT:
	case PLACEHOLDER_INTERMEDIATE:
		return emit_scoped(sink, at, name, len);
	case PLACEHOLDER_UPSTREAM:
		return emit_upstream(sink, at, name, len);
	case PLACEHOLDER_TABLE: /* the whole of a foreach line, or misplaced */
	case PLACEHOLDER_UNKNOWN:
		break;
	}
	return false;
}

static bool expand_one(struct expand *x, const struct def_line *at,
	const struct template_hole *hole, struct buf *out)
{
	struct sink sink = {.x = x, .hole = hole, .out = out, .separator = ' '};

	if (template_hole_has(hole, FILTER_LIST))
		return expand_mistake(x, at,
			"{{%.*s | list}}: only files of a stage in its command have a list",
			(int)hole->name_len, hole->name);
	char small[64], *name = small;

	if (hole->name_len >= sizeof small)
		name = arena_strndup(x->loader->arena, hole->name, hole->name_len);
	else
		*(char *)mempcpy(small, hole->name, hole->name_len) = '\0';
	return emit_named(&sink, at, name, hole->name_len);
}

bool expand_hole(struct expand *x, const struct def_line *at, const struct template_hole *hole,
	struct buf *out)
{
	struct template_hole nested;
	struct buf text BUF_LOCAL = {0};
	size_t start = out->len;
	uint32_t empty_cell = x->empty_cell;
	bool is_good = expand_one(x, at, hole, out);

	if (!is_good || !hole->other || out->len > start)
		return is_good;
	x->empty_cell = empty_cell;
	if (template_other(hole, &nested, &text))
		is_good = expand_one(x, at, &nested, out);
	else
		buf_str(out, buf_text(&text));
	x->has_glob |= fs_is_glob(buf_text(&text));
	x->is_nothing |= out->len == start;
	return is_good;
}
