/* foreach: a stage's instances.
 *
 * Several keys make a matrix, in the order in which they are written, the last one changing
 * fastest; a list that names keys above it has its own values for each of theirs. `exclude` leaves
 * combinations out. An instance is called by all its values' names, joined by ','. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/fs.h"
#include "base/mem.h"
#include "model/load/definition_scope.h"
#include "model/load/each_list.h"
#include "model/load/expand_each.h"
#include "model/load/expand_glob.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"
#include "model/load/sheet.h"

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

/* The combinations so far, of so many keys each. */
struct matrix {
	struct loader *loader;
	struct decl *decl;
	uint32_t *tuples;
	uint32_t count, width;
	bool is_product;
};

static bool tell_many(const struct matrix *matrix, struct line_ref ref)
{
	struct expand x = {.loader = matrix->loader, .decl = matrix->decl};

	return expand_mistake(
		&x, &matrix->loader->text.lines[ref.line], "more than %u instances", EACH_MAX);
}

/* Puts each of the values behind one combination. */
static void append(
	struct matrix *next, const uint32_t *tuple, const struct place_list *places, uint32_t *cap)
{
	uint32_t old = next->width - 1;

	for (uint32_t i = 0; i < places->count; i++) {
		uint32_t at = next->count++ * next->width;
		MEM_ROOM(next->tuples, at + old, *cap);
		if (old)
			memcpy(next->tuples + at, tuple, old * sizeof *tuple);
		next->tuples[at + old] = places->at[i];
	}
}

static void all_places(const struct each_list *list, struct place_list *out)
{
	out->at = mem_grow(NULL, (size_t)list->count + 1, sizeof *out->at);
	out->count = list->count;
	for (uint32_t i = 0; i < list->count; i++)
		out->at[i] = i;
}

/* Takes the next key in. False: told. */
static bool add_key(struct matrix *matrix, struct line_ref ref)
{
	struct loader *loader = matrix->loader;
	struct each_key *key = &matrix->decl->each[matrix->width];
	struct matrix next = *matrix;
	struct place_list places = {0};
	bool is_dependent = matrix->width && each_list_is_dependent(loader, ref), is_good = true;
	uint32_t cap = 0;

	key->list = is_dependent ? each_list_begin(loader)
				 : each_list_make(loader, matrix->decl, matrix->width, ref);
	if (!key->list)
		return false;
	if (!is_dependent)
		all_places(key->list, &places);
	next.tuples = NULL;
	next.count = 0;
	next.width++;
	next.is_product &= !is_dependent;
	for (uint32_t i = 0; i < matrix->count && is_good; i++) {
		const uint32_t *tuple =
			matrix->width ? matrix->tuples + (size_t)i * matrix->width : NULL;
		if (is_dependent) {
			places.count = 0;
			is_good = each_list_add(
				loader, matrix->decl, matrix->width, ref, tuple, &places);
		}
		if (is_good &&
			(uint64_t)next.count + places.count + loader->instance_count > EACH_MAX)
			is_good = tell_many(matrix, ref);
		if (is_good)
			append(&next, tuple, &places, &cap);
	}
	free(places.at);
	free(matrix->tuples);
	*matrix = next;
	return is_good;
}

/* KEY=VALUE of a line of `exclude`. */
struct condition {
	uint32_t key;
	uint32_t column; /* NONE: the value itself */
	const char *text;
	bool is_pattern;
};

struct exclusion {
	struct expand x;
	const struct def_line *line;
	struct condition *at;
	uint32_t count, cap;
	bool is_used;
};

/* Takes one KEY=VALUE from *text; false: told. */
static bool take_condition(struct exclusion *exclusion, const char **text)
{
	struct loader *loader = exclusion->x.loader;
	const struct decl *decl = exclusion->x.decl;
	size_t len = strcspn(*text, "= \t");
	const char *word = arena_strndup(loader->arena, *text, len), *dot = strchr(word, '.');
	size_t head = dot ? (size_t)(dot - word) : len;
	struct condition made = {.column = NONE};

	if ((*text)[len] != '=')
		return expand_mistake(&exclusion->x, exclusion->line,
			"'%s' is not KEY=VALUE, without blanks", word);
	while (made.key < decl->each_count &&
		(strlen(decl->each[made.key].name) != head ||
			memcmp(decl->each[made.key].name, word, head)))
		made.key++;
	if (made.key == decl->each_count)
		return expand_mistake(&exclusion->x, exclusion->line,
			"'exclude' names '%s', and the stage has no foreach.%.*s", word, (int)head,
			word);
	const struct sheet *sheet = decl->each[made.key].list->sheet;
	if (dot)
		made.column = sheet ? sheet_column(sheet, dot + 1) : NONE;
	if (dot && made.column == NONE)
		return expand_mistake(&exclusion->x, exclusion->line,
			"'exclude' names '%s', which is no column%s%s", word,
			sheet ? " of table " : ": that key is no table's",
			sheet ? sheet->name : "");
	*text += len + 1;
	bool is_quoted = **text == '"';
	*text += is_quoted;
	size_t end = strcspn(*text, is_quoted ? "\"" : " \t");
	made.text = arena_strndup(loader->arena, *text, end);
	made.is_pattern = !is_quoted && fs_is_glob(made.text);
	*text += end + (is_quoted && (*text)[end]);
	MEM_PUSH(exclusion->at, exclusion->count, exclusion->cap, made);
	return true;
}

static bool is_like(const struct condition *condition, const char *text)
{
	return condition->is_pattern ? fnmatch(condition->text, text, 0) == 0
				     : strcmp(condition->text, text) == 0;
}

static bool holds(const struct condition *condition, const struct each_list *list, uint32_t place)
{
	bool is_good = condition->column != NONE;

	if (condition->column == NONE)
		return is_like(condition, list->values[place]) ||
		       is_like(condition, list->names[place]);
	for (uint32_t i = list->first_row[place]; i < list->first_row[place + 1] && is_good; i++)
		is_good = is_like(
			condition, sheet_cell(list->sheet, list->rows[i], condition->column));
	return is_good;
}

static bool is_excluded(struct exclusion *exclusion, const uint32_t *tuple)
{
	for (uint32_t i = 0; i < exclusion->count; i++) {
		const struct condition *condition = &exclusion->at[i];
		if (!holds(condition, exclusion->x.decl->each[condition->key].list,
			    tuple[condition->key]))
			return false;
	}
	exclusion->is_used |= exclusion->count > 0;
	return exclusion->count > 0;
}

/* One line of `exclude`: takes what it leaves out from the matrix. */
static bool exclude(struct matrix *matrix, const struct def_line *line)
{
	struct def_text *text = &matrix->loader->text;
	struct exclusion exclusion = {
		.x =
			{
				.loader = matrix->loader,
				.decl = matrix->decl,
				.instance = NONE,
				.may = MAY_GLOBALS,
				.where = "'exclude'",
				.lists = LIST_IS_WRONG,
			},
		.line = line,
	};
	struct buf value BUF_LOCAL = {0};
	bool is_good = expand_text(&exclusion.x, line, line->value, &value);
	const char *at = buf_text(&value);
	uint32_t kept = 0;

	while (is_good && *(at += strspn(at, " \t,")))
		is_good = take_condition(&exclusion, &at);
	for (uint32_t i = 0; i < matrix->count && is_good && exclusion.count; i++) {
		const uint32_t *tuple = matrix->tuples + (size_t)i * matrix->width;
		if (!is_excluded(&exclusion, tuple))
			memmove(matrix->tuples + (size_t)kept++ * matrix->width, tuple,
				matrix->width * sizeof *tuple);
	}
	if (is_good && exclusion.count && !exclusion.is_used)
		diag_warn(text->diags, def_line_file(text, line)->name, line->number,
			"'exclude = %s' leaves nothing out", buf_text(&value));
	if (is_good && exclusion.count) {
		matrix->is_product &= kept == matrix->count;
		matrix->count = kept;
	}
	free(exclusion.at);
	return is_good;
}

static bool exclude_all(struct matrix *matrix)
{
	struct loader *loader = matrix->loader;
	uint32_t first = loader->scope.single[DEF_EXCLUDE];
	uint32_t had = matrix->count;
	bool is_good = true;

	for (uint32_t i = 0; first != NONE && i < def_value_lines(&loader->text, first); i++)
		is_good &= exclude(matrix, &loader->text.lines[first + i]);
	if (!is_good || matrix->count || !had || matrix->decl->may_be_empty)
		return is_good;
	struct expand x = {.loader = loader, .decl = matrix->decl};
	return expand_mistake(&x, &loader->text.lines[first],
		"'exclude' leaves out every instance; 'foreach.%s.empty = ok' permits that",
		matrix->decl->each[0].name);
}

static void find_keys(struct loader *loader, struct decl *decl)
{
	const struct line_list *foreach = scope_list(&loader->scope, DEF_FOREACH);

	decl->each_count = foreach->count;
	decl->each = arena_alloc(loader->arena, (foreach->count + 1) * sizeof *decl->each);
	for (uint32_t i = 0; i < foreach->count; i++)
		decl->each[i] =
			(struct each_key){.name = loader->text.keys[foreach->at[i].key].parse.name};
}

static void set_strides(struct decl *decl)
{
	for (uint32_t i = decl->each_count, stride = 1; i-- > 0;) {
		decl->each[i].stride = stride;
		stride *= decl->each[i].list ? decl->each[i].list->count : 0;
	}
}

bool expand_each(struct loader *loader, struct decl *decl)
{
	const struct line_list *foreach = scope_list(&loader->scope, DEF_FOREACH);
	struct matrix matrix = {.loader = loader, .decl = decl, .count = 1, .is_product = true};
	bool is_good = true;

	decl->instance_count = 1;
	find_keys(loader, decl);
	if (!foreach->count && loader->scope.single[DEF_EXCLUDE] != NONE) {
		struct expand x = {.loader = loader, .decl = decl};
		return expand_mistake(&x, &loader->text.lines[loader->scope.single[DEF_EXCLUDE]],
			"'exclude' leaves out combinations of foreach values, and there is no "
			"foreach");
	}
	if (!foreach->count)
		return true;
	if (foreach->count > EACH_KEYS_MAX) {
		struct expand x = {.loader = loader, .decl = decl};
		decl->each_count = 0;
		return expand_mistake(&x, &loader->text.lines[foreach->at[EACH_KEYS_MAX].line],
			"more than %u keys of foreach", EACH_KEYS_MAX);
	}
	for (uint32_t i = 0; i < foreach->count; i++) {
		const char *empty =
			arena_fmt(loader->arena, "foreach.%s.empty", decl->each[i].name);
		decl->may_be_empty |= scope_key(loader, empty, strlen(empty)) != NULL;
	}
	for (uint32_t i = 0; i < foreach->count; i++) {
		if (is_good)
			is_good = add_key(&matrix, foreach->at[i]);
		else if (!each_list_is_dependent(loader, foreach->at[i]))
			each_list_make(loader, decl, i, foreach->at[i]); /* for its mistakes */
	}
	is_good = is_good && exclude_all(&matrix);
	if (!is_good) {
		free(matrix.tuples);
		decl->each_count = 0;
		return false;
	}
	decl->tuples = matrix.tuples;
	decl->instance_count = matrix.count;
	decl->is_product = matrix.is_product;
	set_strides(decl);
	return true;
}

/* The place of the nth instance's value in the list of a key. */
static uint32_t place_of(const struct decl *decl, uint32_t nth, uint32_t key)
{
	return decl->tuples[(size_t)nth * decl->each_count + key];
}

void each_add_name(const struct decl *decl, uint32_t nth, bool is_plain, struct buf *out)
{
	for (uint32_t i = 0; i < decl->each_count; i++) {
		const struct each_list *list = decl->each[i].list;
		const char **names = is_plain && list->plain ? list->plain : list->names;
		if (i)
			buf_char(out, ',');
		buf_str(out, names[place_of(decl, nth, i)]);
	}
}

bool each_has_plain(const struct decl *decl)
{
	bool has_plain = false;

	for (uint32_t i = 0; i < decl->each_count; i++)
		has_plain |= decl->each[i].list->plain != NULL;
	return has_plain;
}

const char *each_nth(const struct decl *decl, uint32_t nth, uint32_t key)
{
	return decl->each[key].list->values[place_of(decl, nth, key)];
}

const struct each_key *each_value(
	const struct expand *x, const char *name, size_t len, uint32_t *place)
{
	const struct decl *decl = x->decl;
	bool is_whole = decl && x->instance != NONE;
	uint32_t first = is_whole ? 0 : x->tuple_first;
	uint32_t end = is_whole ? decl->each_count : decl && x->tuple ? x->tuple_end : 0;

	for (uint32_t i = first; i < end; i++) {
		const struct each_key *key = &decl->each[i];
		if (strlen(key->name) != len || memcmp(key->name, name, len) != 0)
			continue;
		*place = is_whole ? place_of(decl, x->instance - decl->first_instance, i)
				  : x->tuple[i];
		return key;
	}
	return NULL;
}

void each_free(struct loader *loader)
{
	for (uint32_t i = 0; i < loader->decl_count; i++)
		free(loader->decls[i].tuples);
	each_lists_free(loader);
}
