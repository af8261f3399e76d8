/* foreach: a stage's instances.
 *
 * foreach.KEY holds values, one a line; a line with * ? [ is a pattern, and what matches are the
 * values. A value names its instance: by its stem if it has the look of a path (a '/' in it, or it
 * was matched), else as a whole; bytes that make trouble in names of files become '_'. Several keys
 * make a matrix, the last one changing fastest; an instance is then called by all its values'
 * names, joined by ','. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/load/expand_each.h"
#include "model/load/expand_glob.h"
#include "model/load/expand_path.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"

#define INSTANCES_MAX 1000000u

struct gather {
	struct expand x;
	const struct def_line *line;
	struct each_list *list;
	uint32_t cap;
	const struct def_line **lines; /* of the texts that the values are made of */
	uint32_t count, line_cap;
	struct map names; /* name -> place */
	bool folds_case;  /* where the instances' directories are */
	bool is_good;
};

/* Letters, digits, what is above ASCII and valid, and a few signs; no dot or dash in front. */
static const char *safe_name(struct arena *arena, const char *text)
{
	size_t len = strlen(text);
	char *name = arena_strdup(arena, *text ? text : "_");

	for (size_t i = 0; i < len;) {
		size_t utf8 = text_utf8_len((const unsigned char *)text + i, len - i);
		if (utf8 > 1) {
			i += utf8;
			continue;
		}
		char c = text[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') || strchr("_+@=", c) ||
				(i && strchr("-.", c));
		if (!is_plain)
			name[i] = '_';
		i++;
	}
	return name;
}

static const char *folded(struct arena *arena, const char *name)
{
	char *copy = arena_strdup(arena, name);

	for (char *at = copy; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return copy;
}

/* In the job's directory, or the nearest above it that there is. */
static bool folds_case(struct loader *loader)
{
	char *path = arena_strdup(loader->arena, loader->job_dir);

	while (*path && !fs_is_dir(path)) {
		char *slash = strrchr(path, '/');
		*(slash ? slash : path) = '\0';
	}
	return fs_folds_case(*path ? path : ".");
}

static void add_value(struct gather *gather, const char *value, bool is_path)
{
	struct loader *loader = gather->x.loader;
	struct each_list *list = gather->list;
	const char *word = is_path ? path_stem(loader->arena, value) : value;
	const char *name = safe_name(loader->arena, word);
	const char *key = gather->folds_case ? folded(loader->arena, name) : name;
	uint32_t known = map_get(&gather->names, key);

	if (known != NONE) {
		gather->is_good = false;
		if (text_eq(list->values[known], value))
			expand_mistake(
				&gather->x, gather->line, "'%s' stands twice in the list", value);
		else
			expand_mistake(&gather->x, gather->line,
				gather->folds_case
					? "'%s' and '%s' would both be instance '%s' "
					  "(names here do not differ by case): rename one"
					: "'%s' and '%s' would both be instance '%s': "
					  "rename one",
				list->values[known], value, name);
		return;
	}
	if (strlen(name) > 255) {
		gather->is_good = expand_mistake(&gather->x, gather->line,
			"'%s' is too long for the name of an instance (255 bytes)", value);
		return;
	}
	if (list->count == gather->cap) {
		gather->cap = gather->cap ? gather->cap * 2 : 16;
		list->values = mem_grow(list->values, gather->cap, sizeof *list->values);
		list->names = mem_grow(list->names, gather->cap, sizeof *list->names);
	}
	map_put(&gather->names, key, list->count);
	list->values[list->count] = value;
	list->names[list->count++] = name;
}

static bool is_pattern(struct loader *loader, const char *text)
{
	return fs_is_glob(text) && !expand_is_literal(loader, text);
}

/* Patterns of files that stages make: what there is to match is known only when they have run. */
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

static void add_line(struct gather *gather, const char *text)
{
	struct loader *loader = gather->x.loader;
	const struct def_line *line = gather->line;
	uint32_t count = 0;
	struct path_list found;

	if (!is_pattern(loader, text)) {
		add_value(gather, arena_strdup(loader->arena, text), strchr(text, '/') != NULL);
		return;
	}
	struct buf pattern = {0};
	expand_path(loader, "", text, &pattern);
	if (is_in_job(loader, buf_text(&pattern))) {
		gather->is_good = expand_mistake(&gather->x, line,
			"'%s' lies in the job's directory: what stages make is not known before they "
			"ran; list the values",
			text);
	} else if (!expand_glob_made(&gather->x, line, buf_text(&pattern), &found)) {
		gather->is_good = false;
	} else {
		for (uint32_t i = 0; i < found.count; i++) {
			if (glob_is_disabled(loader, found.at[i]))
				continue;
			add_value(gather, found.at[i], true);
			count++;
		}
		free(found.at);
		note_pattern(gather, buf_text(&pattern));
		if (!count)
			gather->is_good =
				expand_mistake(&gather->x, line, "nothing matches '%s'", text);
	}
	buf_free(&pattern);
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
	if ((uint64_t)last - (uint64_t)first >= INSTANCES_MAX) {
		gather->is_good = expand_mistake(&gather->x, gather->line,
			"'%s' is more than %u instances", text, INSTANCES_MAX);
		return;
	}
	for (int64_t i = first; i <= last; i++)
		add_value(
			gather, arena_fmt(gather->x.loader->arena, "%0*" PRId64, width, i), false);
}

static void add_text(struct gather *gather, const char *text)
{
	int64_t first, last;

	if (is_range(text, &first, &last))
		add_range(gather, text, first, last);
	else
		add_line(gather, text);
}

/* A line that was meant as several values, or a separator that became part of one. */
static void warn_of_separators(struct gather *gather, const char *text, const char *key)
{
	struct def_text *file = &gather->x.loader->text;
	bool is_one = gather->count == 1 && gather->list->count == 1;

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
		gather->x.pick = 0;
		do {
			size_t start = out->len;
			gather->x.pick_count = 0;
			is_good &= expand_text(&gather->x, line, line->value, out);
			if (out->len == start)
				continue;
			buf_char(out, '\n');
			MEM_ROOM(gather->lines, gather->count, gather->line_cap);
			gather->lines[gather->count++] = line;
		} while (is_good && ++gather->x.pick < gather->x.pick_count);
	}
	return is_good;
}

static void fill_list(struct gather *gather, const struct buf *lines, const char *key)
{
	struct loader *loader = gather->x.loader;
	struct buf text = {0};
	const char *at = buf_text(lines);

	gather->list = mem_alloc(sizeof *gather->list);
	MEM_ROOM(loader->each_lists, loader->each_count, loader->each_cap);
	loader->each_lists[loader->each_count++] = gather->list;
	for (uint32_t i = 0; i < gather->count; i++) {
		size_t len = strcspn(at, "\n");
		buf_reset(&text);
		buf_add(&text, at, len);
		at += len + 1;
		gather->line = gather->lines[i];
		add_text(gather, buf_text(&text));
		warn_of_separators(gather, buf_text(&text), key);
	}
	buf_free(&text);
	if (gather->is_good && !gather->list->count)
		gather->is_good = expand_mistake(&gather->x, gather->line, "'%s' is empty", key);
}

/* The values of one key; lists that read the same are one. */
static struct each_list *make_list(struct loader *loader, struct decl *decl, struct line_ref ref)
{
	struct gather gather = {
		.x =
			{
				.loader = loader,
				.decl = decl,
				.instance = NONE,
				.may = MAY_GLOBALS | MAY_PLACE,
				.where = "a foreach list",
				.lists = LIST_IS_PICKED,
			},
		.line = &loader->text.lines[ref.line],
		.folds_case = folds_case(loader),
	};
	const char *key = loader->text.keys[ref.key].text;
	struct buf text = {0};

	gather.is_good = read_lines(&gather, ref, &text);
	uint32_t known = map_get(&loader->each_ids, buf_text(&text));
	if (gather.is_good && known != NONE) {
		gather.list = loader->each_lists[known];
	} else if (gather.is_good) {
		fill_list(&gather, &text, key);
		if (gather.is_good)
			map_put(&loader->each_ids, arena_strdup(loader->arena, buf_text(&text)),
				loader->each_count - 1);
	}
	free(gather.lines);
	map_free(&gather.names);
	buf_free(&text);
	return gather.is_good ? gather.list : NULL;
}

bool each_may_match(const struct loader *loader)
{
	const struct line_list *foreach = scope_list(&loader->scope, DEF_FOREACH);

	for (uint32_t i = 0; i < foreach->count; i++) {
		uint32_t first = foreach->at[i].line;
		uint32_t count = def_value_lines(&loader->text, first);
		for (uint32_t k = 0; k < count; k++) {
			const char *value = loader->text.lines[first + k].value;
			if (fs_is_glob(value) || strstr(value, "{{"))
				return true;
		}
	}
	return false;
}

void each_check_patterns(struct loader *loader)
{
	for (uint32_t i = 0; i < loader->each_pattern_count; i++) {
		const struct each_pattern *at = &loader->each_patterns[i];
		struct expand x = {.loader = loader, .decl = &loader->decls[at->decl]};
		size_t fixed = strcspn(at->pattern, "*?[");
		for (uint32_t k = at->made_count; k < loader->made_count; k++) {
			const struct made *made = &loader->made[k];
			const char *path = file_path(loader->build.graph, made->file);
			uint32_t maker = loader->instances[made->instance].decl;
			if (strncmp(at->pattern, path, fixed) != 0 ||
				!glob_matches(at->pattern, path))
				continue;
			expand_mistake(&x, &loader->text.lines[at->line],
				maker == at->decl
					? "'%s' matches '%s', which the stage makes itself%s"
					: "'%s' matches '%s' of stage '%s': declare that above",
				at->pattern, path,
				maker == at->decl ? "" : loader->decls[maker].name);
			break;
		}
	}
}

bool expand_each(struct loader *loader, struct decl *decl)
{
	const struct line_list *foreach = scope_list(&loader->scope, DEF_FOREACH);
	uint64_t total = 1;
	bool is_good = true;

	decl->each_count = foreach->count;
	decl->instance_count = 1;
	if (!foreach->count)
		return true;
	decl->each = arena_alloc(loader->arena, foreach->count * sizeof *decl->each);
	for (uint32_t i = 0; i < foreach->count; i++) {
		struct each_key *key = &decl->each[i];
		key->name = loader->text.keys[foreach->at[i].key].parse.name;
		key->list = make_list(loader, decl, foreach->at[i]);
		is_good &= key->list != NULL;
		if (is_good)
			total *= key->list->count;
		if (total <= INSTANCES_MAX && total + loader->instance_count <= INSTANCES_MAX)
			continue;
		struct expand x = {.loader = loader, .decl = decl};
		is_good = expand_mistake(&x, &loader->text.lines[foreach->at[i].line],
			"more than %u instances", INSTANCES_MAX);
		break;
	}
	if (!is_good) {
		decl->each_count = 0;
		return false;
	}
	decl->instance_count = (uint32_t)total;
	for (uint32_t i = foreach->count, stride = 1; i-- > 0;) {
		decl->each[i].stride = stride;
		stride *= decl->each[i].list->count;
	}
	return true;
}

void each_add_name(const struct decl *decl, uint32_t nth, struct buf *out)
{
	for (uint32_t i = 0; i < decl->each_count; i++) {
		const struct each_key *key = &decl->each[i];
		if (i)
			buf_char(out, ',');
		buf_str(out, key->list->names[nth / key->stride % key->list->count]);
	}
}

const char *each_value(const struct decl *decl, uint32_t nth, const char *name, size_t len)
{
	for (uint32_t i = 0; i < decl->each_count; i++) {
		const struct each_key *key = &decl->each[i];
		if (strlen(key->name) == len && memcmp(key->name, name, len) == 0)
			return key->list->values[nth / key->stride % key->list->count];
	}
	return NULL;
}

void each_free(struct loader *loader)
{
	for (uint32_t i = 0; i < loader->each_count; i++) {
		map_free(&loader->each_lists[i]->index);
		free(loader->each_lists[i]->values);
		free(loader->each_lists[i]->names);
		free(loader->each_lists[i]);
	}
	free(loader->each_lists);
}
