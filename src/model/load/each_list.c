/* The values of one key of foreach, and their names.
 *
 * foreach.KEY holds values, one a line; a line with * ? [ is a pattern, and what matches are the
 * values, in the order that people count in (part2 before part10); 1..22 is each of these numbers;
 * @FILE each line of a file (@@ begins a plain @); {{tables.T}} each row of a table, and
 * {{tables.T.C}} each value of a column; what other stages make is in made_list.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/missing.h"
#include "model/load/definition_scope.h"
#include "model/load/each_list.h"
#include "model/load/expand_glob.h"
#include "model/load/expand_path.h"
#include "model/load/expand_text.h"
#include "model/load/gather.h"
#include "model/load/loader.h"
#include "model/load/made_list.h"

#define FILE_MAX ((size_t)1 << 30)

static bool is_pattern(struct loader *loader, const char *text)
{
	return fs_is_glob(text) && !expand_is_literal(loader, text);
}

/* What stages make is known only when they have run. */
static bool is_in_job(const struct loader *loader, const char *pattern)
{
	return path_is_under(loader->job_dir, pattern);
}

static void note_pattern(struct gather *gather, const char *pattern)
{
	struct loader *loader = gather->x.loader;

	MEM_ROOM(loader->each_patterns, loader->each_pattern_count, loader->each_pattern_cap);
	loader->each_patterns[loader->each_pattern_count++] = (struct each_pattern){
		.decl = (uint32_t)(gather->x.decl - loader->decls),
		.line = (uint32_t)(gather->line - loader->text.lines),
		.pattern = arena_strdup(loader->arena, pattern),
		.made_count = loader->made_count,
	};
}

static void add_matches(struct gather *gather, const char *text)
{
	struct loader *loader = gather->x.loader;
	const struct def_line *line = gather->line;
	struct buf pattern BUF_LOCAL = {0};
	struct path_list found;
	uint32_t count = 0;

	expand_path(loader, "", text, &pattern);
	if (!expand_glob_made(&gather->x, line, buf_text(&pattern), &found)) {
		gather->is_good = false;
	} else {
		if (found.count)
			qsort(found.at, found.count, sizeof *found.at, order_natural);
		for (uint32_t i = 0; i < found.count; i++) {
			if (glob_is_disabled(loader, found.at[i]))
				continue;
			gather_value(gather, found.at[i], true);
			count++;
		}
		free(found.at);
		note_pattern(gather, buf_text(&pattern));
		if (!count && !gather->may_be_empty)
			gather->is_good = expand_mistake(&gather->x, line,
				"nothing matches '%s'; 'foreach.%s.empty = ok' permits that", text,
				gather->x.decl->each[gather->key].name);
	}
}

static void add_line(struct gather *gather, const char *text)
{
	gather_value(
		gather, arena_strdup(gather->x.loader->arena, text), strchr(text, '/') != NULL);
}

/* "@FILE": a value a line. */
static void add_file(struct gather *gather, const char *name)
{
	struct loader *loader = gather->x.loader;
	struct buf content BUF_LOCAL = {0}, path BUF_LOCAL = {0};
	struct err err = {0};

	expand_path(loader, "", name, &path);
	const char *maker = expand_maker(loader, buf_text(&path));
	if (is_in_job(loader, buf_text(&path))) {
		gather->is_good = expand_mistake(&gather->x, gather->line,
			"'%s' lies in the job's directory: the lines of a file that a stage makes are "
			"'@{{STAGE.LABEL}}'",
			name);
	} else if (maker) {
		gather->is_good = expand_mistake(&gather->x, gather->line,
			"'%s' is what stage '%s' makes: the lines of an output are '@{{%s.LABEL}}'",
			name, maker, maker);
	} else if (fs_read(buf_text(&path), FILE_MAX, &content, &err) != 0) {
		diag_cause(loader->text.diags, &err);
		gather->is_good = expand_mistake(&gather->x, gather->line, "%s%s", err.text,
			missing_near_file(loader->arena, buf_text(&path)));
	} else if (memchr(buf_text(&content), '\0', content.len)) {
		gather->is_good =
			expand_mistake(&gather->x, gather->line, "'%s' holds NUL bytes", name);
	} else {
		struct digest digest = digest_bytes(buf_text(&content), content.len);
		build_source(&loader->build, SOURCE_PARAMS, name, buf_text(&path), &digest);
		char *rest = content.data;
		for (char *at; content.len && (at = text_list_line(&rest));)
			add_line(gather, at);
	}
}

/* "1..22": the numbers from the one to the other. */
static bool is_range(const char *text, int64_t *first, int64_t *last)
{
	char low[24];
	const char *dots = strstr(text, "..");

	if (!dots || (size_t)(dots - text) >= sizeof low)
		return false;
	*(char *)mempcpy(low, text, (size_t)(dots - text)) = '\0';
	return text_to_i64(low, first) && text_to_i64(dots + 2, last);
}

/* Zeros in front of the first ("01..22") give all the same width. */
static void add_range(struct gather *gather, const char *text, int64_t first, int64_t last)
{
	int width = *text == '0' ? (int)strcspn(text, ".") : 0;

	if (last < first) {
		gather->is_good = expand_mistake(&gather->x, gather->line,
			"'%s' holds no number: write the smaller one first", text);
		return;
	}
	if ((uint64_t)last - (uint64_t)first >= EACH_MAX) {
		gather->is_good = expand_mistake(
			&gather->x, gather->line, "'%s' is more than %u instances", text, EACH_MAX);
		return;
	}
	for (int64_t i = first; i <= last; i++)
		gather_value(
			gather, arena_fmt(gather->x.loader->arena, "%0*" PRId64, width, i), false);
}

static void add_text(struct gather *gather, const char *text)
{
	bool is_file = *gather->line->value == '@'; /* an item of a list is only a text */
	int64_t first, last;
	struct made_ref made;

	if (made_list_parse(gather->line->value, &made)) {
		gather->has_made = true;
		made_list_add(gather, &made);
	} else if (is_file && text[1] == '@')
		add_line(gather, text + 1);
	else if (is_file)
		add_file(gather, text + 1);
	else if (is_range(text, &first, &last))
		add_range(gather, text, first, last);
	else if (is_pattern(gather->x.loader, text))
		add_matches(gather, text);
	else
		add_line(gather, text);
}

/* A line that was meant as several values, or a separator that became part of one. */
static void warn_of_separators(struct gather *gather, const char *text, const char *key)
{
	struct def_text *file = &gather->x.loader->text;
	bool is_one = gather->count == 1 && gather->list->count == 1;
	struct made_ref made;

	if (made_list_parse(gather->line->value, &made))
		return;
	if (!text_ends(text, ",") && !(is_one && text[strcspn(text, ", \t")]))
		return;
	if (is_one && fs_is_glob(text))
		return;
	diag_warn(file->diags, def_line_file(file, gather->line)->name, gather->line->number,
		"'%s' has %s '%s': several values stand one a line, without commas", key,
		is_one ? "one value," : "the value", text);
}

/* The lines of a list with their values put in, one behind the other. A line that names a list is
 * one for each of its items. */
static bool read_lines(struct gather *gather, struct line_ref ref, struct buf *out)
{
	struct loader *loader = gather->x.loader;
	uint32_t count = def_value_lines(&loader->text, ref.line);
	bool is_good = true;

	for (uint32_t i = 0; i < count; i++) {
		const struct def_line *line = &loader->text.lines[ref.line + i];
		struct made_ref made;
		bool is_made = made_list_parse(line->value, &made);
		gather->x.pick = 0;
		do {
			size_t start = out->len;
			gather->x.pick_count = 0;
			if (is_made) /* with what it holds, when its values are looked for */
				buf_str(out, line->value);
			else
				is_good &= expand_text(&gather->x, line, line->value, out);
			if (out->len == start)
				continue;
			buf_char(out, '\n');
			MEM_PUSH(gather->lines, gather->count, gather->line_cap, line);
		} while (is_good && ++gather->x.pick < gather->x.pick_count);
	}
	return is_good;
}

static void fill_list(struct gather *gather, const struct buf *lines, const char *key)
{
	struct buf text BUF_LOCAL = {0};
	const char *at = buf_text(lines);
	uint32_t before = gather->out ? gather->out->count : 0;

	for (uint32_t i = 0; i < gather->count; i++) {
		size_t len = strcspn(at, "\n");
		buf_reset(&text);
		buf_add(&text, at, len);
		at += len + 1;
		gather->line = gather->lines[i];
		add_text(gather, buf_text(&text));
		warn_of_separators(gather, buf_text(&text), key);
	}
	uint32_t count = gather->out ? gather->out->count - before : gather->list->count;
	if (gather->is_good && !count && !gather->may_be_empty && !gather->has_made)
		gather->is_good = expand_mistake(&gather->x, gather->line, "'%s' is empty", key);
}

/* The line of foreach.KEY.ATTR; NULL. */
static const struct def_line *attr_line(
	struct loader *loader, const struct decl *decl, uint32_t key, const char *attr)
{
	const char *name = arena_fmt(loader->arena, "foreach.%s.%s", decl->each[key].name, attr);
	const struct def_key *found = scope_key(loader, name, strlen(name));

	return found ? &loader->text.lines[found->line] : NULL;
}

static bool may_be_empty(struct gather *gather)
{
	const struct def_line *line =
		attr_line(gather->x.loader, gather->x.decl, gather->key, "empty");

	if (line && !text_eq(line->value, "ok"))
		gather->is_good = expand_mistake(&gather->x, line, "'%s' is '%s': it takes ok",
			expand_line_key(gather->x.loader, line), line->value);
	return line != NULL;
}

static struct gather begin(
	struct loader *loader, struct decl *decl, uint32_t key, struct line_ref ref)
{
	struct gather gather = {
		.x =
			{
				.loader = loader,
				.decl = decl,
				.instance = NONE,
				.may = MAY_GLOBALS | MAY_PLACE | MAY_EACH,
				.where = "a foreach list",
				.lists = LIST_IS_PICKED,
				.tuple_end = key,
			},
		.key = key,
		.line = &loader->text.lines[ref.line],
		.name = attr_line(loader, decl, key, "name"),
		.tuple = arena_alloc(loader->arena, (key + 1) * sizeof *gather.tuple),
		.folds_case = gather_folds_case(loader),
		.is_good = true,
	};

	gather.x.tuple = gather.tuple;
	gather.may_be_empty = may_be_empty(&gather);
	return gather;
}

static void end(struct gather *gather)
{
	free(gather->lines);
	map_free(&gather->names);
	map_free(&gather->plain);
}

static struct each_list *new_list(struct loader *loader)
{
	struct each_list *list = mem_alloc(sizeof *list);

	MEM_ROOM(loader->each_lists, loader->each_count, loader->each_cap);
	return loader->each_lists[loader->each_count++] = list;
}

/* Lists that read the same, and whose values are named the same, are one. */
static const char *list_id(const struct gather *gather, const char *lines)
{
	return arena_fmt(gather->x.loader->arena, "%u %s\n%s\n%s%s",
		def_part_of(&gather->x.loader->text, gather->line), lines,
		gather->may_be_empty ? "ok" : "",
		gather->name ? gather->x.decl->each[gather->key].name : "",
		gather->name ? gather->name->value : "");
}

struct each_list *each_list_make(
	struct loader *loader, struct decl *decl, uint32_t key, struct line_ref ref)
{
	struct gather gather = begin(loader, decl, key, ref);
	const char *name = NULL;
	struct buf text BUF_LOCAL = {0};
	size_t len = 0;
	bool is_table = gather_names_table(&gather, ref, &name, &len);

	if (is_table)
		buf_add(&text, name - strlen("tables."), len + strlen("tables."));
	else
		gather.is_good &= read_lines(&gather, ref, &text);
	const char *id = gather.is_good ? list_id(&gather, buf_text(&text)) : "";
	uint32_t known = gather.is_good ? map_get(&loader->each_ids, id) : NONE;
	if (gather.is_good && known != NONE) {
		gather.list = loader->each_lists[known];
		decl->has_lists |= gather.list->use_count != 0;
	} else if (gather.is_good) {
		gather.list = new_list(loader);
		decl->each[key].list = gather.list;
		if (is_table)
			gather_table(&gather, name, len);
		else
			fill_list(&gather, &text, loader->text.keys[ref.key].text);
		if (gather.is_good)
			map_put(&loader->each_ids, id, loader->each_count - 1);
	}
	end(&gather);
	return gather.is_good ? gather.list : NULL;
}

struct each_list *each_list_begin(struct loader *loader)
{
	return new_list(loader);
}

bool each_list_add(struct loader *loader, struct decl *decl, uint32_t key, struct line_ref ref,
	const uint32_t *tuple, struct place_list *out)
{
	struct gather gather = begin(loader, decl, key, ref);
	struct buf text BUF_LOCAL = {0};

	gather.list = decl->each[key].list;
	gather.cap = gather.list->count;
	gather.out = out;
	if (key)
		memcpy(gather.tuple, tuple, key * sizeof *tuple);
	gather.is_good = gather.is_good && read_lines(&gather, ref, &text);
	if (gather.is_good)
		fill_list(&gather, &text, loader->text.keys[ref.key].text);
	end(&gather);
	return gather.is_good;
}

bool each_list_is_dependent(const struct loader *loader, struct line_ref ref)
{
	uint32_t count = def_value_lines(&loader->text, ref.line);

	for (uint32_t i = 0; i < count; i++) {
		const char *value = loader->text.lines[ref.line + i].value;
		struct made_ref made;
		if (strstr(value, "each.") || made_list_parse(value, &made))
			return true;
	}
	return false;
}

uint32_t each_list_find(struct each_list *list, const char *name)
{
	if (!list->same_name) {
		list->same_name = mem_alloc(((size_t)list->count + 1) * sizeof *list->same_name);
		map_free(&list->index); /* of values, while they came */
		list->index = (struct map){0};
		for (uint32_t i = list->count; i-- > 0;) {
			uint32_t next = map_get(&list->index, list->names[i]);
			list->same_name[i] = next;
			map_set(&list->index, list->names[i], i);
		}
	}
	return map_get(&list->index, name);
}

void each_lists_free(struct loader *loader)
{
	for (uint32_t i = 0; i < loader->each_count; i++) {
		struct each_list *list MEM_LOCAL = loader->each_lists[i];
		map_free(&list->index);
		free(list->values);
		free(list->names);
		free(list->plain);
		free(list->same_name);
		free(list->places);
		free(list->rows);
		free(list->first_row);
		free(list->makers);
		free(list->uses);
	}
	free(loader->each_lists);
}
