/* Whose file?
 *
 * Each key of the other stage is looked at by itself, and its values that are meant here are found:
 * those that a choice in brackets names; else those that are called like the value of a key of the
 * same name here; else, of two keys over one table, those whose rows meet; else, if a key here is
 * called like a column of the other's table, those with a row that has its value there; else every
 * value. The instances with these values are meant, in their order. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "model/load/each_list.h"
#include "model/load/expand_each.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_text.h"
#include "model/load/made_list.h"
#include "model/load/match.h"
#include "model/load/match_cache.h"
#include "model/load/sheet.h"

#define KEYS_TOLD 3u

/* KEY=VALUE in brackets. */
struct choice {
	const char *key, *value;
	size_t key_len;
};

struct search {
	struct expand *x;
	const struct decl *other;
	struct choice *choices;
	uint32_t choice_count;
	struct place_list *keys; /* by key of other: the places that are meant, ascending */
	bool *is_open;           /* by key: all of them are */
	uint64_t mask;           /* of keys that are not open */
	const char *why;
};

static void add(struct place_list *list, uint32_t place)
{
	if (place == NONE || (list->count && list->at[list->count - 1] == place))
		return;
	MEM_PUSH(list->at, list->count, list->cap, place);
}

static void sort(struct place_list *list)
{
	uint32_t kept = 0;
	bool is_sorted = true;

	for (uint32_t i = 1; i < list->count; i++)
		is_sorted &= list->at[i - 1] < list->at[i];
	if (is_sorted)
		return;
	qsort(list->at, list->count, sizeof *list->at, order_u32);
	for (uint32_t i = 1; i < list->count; i++) {
		if (list->at[i] != list->at[kept])
			list->at[++kept] = list->at[i];
	}
	list->count = kept + 1;
}

/* Takes what is not in `found`, too, from the places of a key; the first time all of it is new. */
static void narrow(struct search *search, uint32_t key, struct place_list *found)
{
	struct place_list *list = &search->keys[key];
	uint32_t kept = 0, at = 0;

	sort(found);
	if (search->is_open[key]) {
		search->is_open[key] = false;
		search->mask |= UINT64_C(1) << key;
		*list = *found;
		return;
	}
	for (uint32_t i = 0; i < list->count; i++) {
		while (at < found->count && found->at[at] < list->at[i])
			at++;
		if (at < found->count && found->at[at] == list->at[i])
			list->at[kept++] = list->at[i];
	}
	list->count = kept;
	free(found->at);
}

static void add_named(struct each_list *list, const char *name, struct place_list *out)
{
	for (uint32_t at = each_list_find(list, name); at != NONE; at = list->same_name[at])
		add(out, at);
}

static void add_with_cell(struct loader *loader, const struct each_list *list, uint32_t column,
	const char *cell, struct place_list *out)
{
	const struct match_column *index = match_column(loader, list->sheet, column);

	for (uint32_t row = map_get(&index->first, cell); row != NONE; row = index->next[row])
		add(out, list->places[row]);
}

static void add_meeting(const struct each_list *ours, uint32_t place,
	const struct each_list *theirs, struct place_list *out)
{
	for (uint32_t i = ours->first_row[place]; i < ours->first_row[place + 1]; i++)
		add(out, theirs->places[ours->rows[i]]);
}

/* "its e is '1', '3' (+7 more)" */
static const char *values_text(struct search *search, uint32_t key)
{
	const struct each_list *list = search->other->each[key].list;
	struct buf text BUF_LOCAL = {0};

	buf_fmt(&text, "; its %s is ", search->other->each[key].name);
	for (uint32_t i = 0; i < list->count && i < KEYS_TOLD; i++)
		buf_fmt(&text, "%s'%s'", i ? ", " : "", list->names[i]);
	if (list->count > KEYS_TOLD)
		buf_fmt(&text, " (+%u more)", list->count - KEYS_TOLD);
	return arena_strdup(search->x->loader->arena, buf_text(&text));
}

/* A key of the stage here, and the place of its value; NULL: it has none at `i`. */
static const struct each_key *our_key(const struct search *search, uint32_t i, uint32_t *place)
{
	const struct decl *decl = search->x->decl;

	if (i >= decl->each_count)
		return NULL;
	return each_value(search->x, decl->each[i].name, strlen(decl->each[i].name), place);
}

static bool match_by_name(struct search *search, uint32_t key)
{
	const struct each_key *theirs = &search->other->each[key], *ours;
	struct place_list found = {0};
	uint32_t place;

	ours = each_value(search->x, theirs->name, strlen(theirs->name), &place);
	if (!ours)
		return false;
	if (ours->list == theirs->list)
		add(&found, place);
	else
		add_named(theirs->list, ours->list->names[place], &found);
	/* over one table they may have been given different names: rows tell */
	if (!found.count && ours->list->sheet && ours->list->sheet == theirs->list->sheet)
		return false;
	if (!found.count)
		search->why = arena_fmt(search->x->loader->arena,
			"stage '%s' has no instance with %s '%s'%s", search->other->name,
			ours->name, ours->list->names[place], values_text(search, key));
	narrow(search, key, &found);
	return true;
}

static bool match_by_rows(struct search *search, uint32_t key)
{
	const struct each_key *theirs = &search->other->each[key], *ours;
	bool has_any = false;
	uint32_t place;

	for (uint32_t i = 0; (ours = our_key(search, i, &place)); i++) {
		struct place_list found = {0};
		if (!theirs->list->sheet || ours->list->sheet != theirs->list->sheet)
			continue;
		add_meeting(ours->list, place, theirs->list, &found);
		if (!found.count)
			search->why = arena_fmt(search->x->loader->arena,
				"stage '%s' has no instance with a %s in the rows of %s '%s'%s",
				search->other->name, theirs->name, ours->name,
				ours->list->names[place], values_text(search, key));
		narrow(search, key, &found);
		has_any = true;
	}
	return has_any;
}

static void match_by_column(struct search *search, uint32_t key)
{
	const struct each_key *theirs = &search->other->each[key], *ours;
	uint32_t place;

	for (uint32_t i = 0; theirs->list->sheet && (ours = our_key(search, i, &place)); i++) {
		struct place_list found = {0};
		uint32_t column = sheet_column(theirs->list->sheet, ours->name);
		if (column == NONE)
			continue;
		const char *value = ours->list->values[place];
		add_with_cell(search->x->loader, theirs->list, column, value, &found);
		if (!found.count)
			search->why = arena_fmt(search->x->loader->arena,
				"stage '%s' has no instance whose %s has %s '%s' in its rows%s",
				search->other->name, theirs->name, ours->name, value,
				values_text(search, key));
		narrow(search, key, &found);
	}
}

static bool is_like(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, FNM_NOESCAPE) == 0;
}

/* The values of a key that a choice means: by name, or (column) by a cell of their rows. */
static void choose(
	struct search *search, uint32_t key, uint32_t column, const struct choice *choice)
{
	struct each_list *list = search->other->each[key].list;
	bool is_pattern = choice->value[strcspn(choice->value, "*?")] != '\0';
	struct place_list found = {0};

	if (column == NONE && !is_pattern)
		add_named(list, choice->value, &found);
	else if (!is_pattern)
		add_with_cell(search->x->loader, list, column, choice->value, &found);
	for (uint32_t i = 0; is_pattern && column == NONE && i < list->count; i++) {
		if (is_like(choice->value, list->names[i]))
			add(&found, i);
	}
	for (uint32_t i = 0; is_pattern && column != NONE && i < list->sheet->row_count; i++) {
		if (is_like(choice->value, sheet_cell(list->sheet, i, column)))
			add(&found, list->places[i]);
	}
	if (!found.count)
		search->why = arena_fmt(search->x->loader->arena,
			"stage '%s' has no instance with %.*s '%s'%s", search->other->name,
			(int)choice->key_len, choice->key, choice->value, values_text(search, key));
	narrow(search, key, &found);
}

/* The key of the other stage that a choice is about, and the column of its table, NONE: itself. */
static uint32_t chosen_key(
	const struct search *search, const struct choice *choice, uint32_t *column)
{
	const struct decl *other = search->other;
	const char *name = arena_strndup(search->x->loader->arena, choice->key, choice->key_len);

	*column = NONE;
	for (uint32_t i = 0; i < other->each_count; i++) {
		if (strcmp(other->each[i].name, name) == 0)
			return i;
	}
	for (uint32_t i = 0; i < other->each_count; i++) {
		const struct sheet *sheet = other->each[i].list->sheet;
		*column = sheet ? sheet_column(sheet, name) : NONE;
		if (*column != NONE)
			return i;
	}
	return NONE;
}

static bool tell_choice(
	struct search *search, const struct def_line *at, const struct choice *choice)
{
	const struct decl *other = search->other;
	const char **names MEM_LOCAL = mem_grow(NULL, (size_t)other->each_count + 1, sizeof *names);
	const char *name = arena_strndup(search->x->loader->arena, choice->key, choice->key_len);

	for (uint32_t i = 0; i < other->each_count; i++)
		names[i] = other->each[i].name;
	expand_mistake(search->x, at, "stage '%s' has no key or column '%s'%s", other->name, name,
		hint_nearest(search->x->loader, name, names, other->each_count));
	return false;
}

static bool use_choices(struct search *search, const struct def_line *at)
{
	for (uint32_t i = 0; i < search->choice_count; i++) {
		uint32_t column, key = chosen_key(search, &search->choices[i], &column);
		if (key == NONE)
			return tell_choice(search, at, &search->choices[i]);
		choose(search, key, column, &search->choices[i]);
	}
	return true;
}

static void match_keys(struct search *search)
{
	for (uint32_t key = 0; key < search->other->each_count; key++) {
		if (search->is_open[key] && !match_by_name(search, key) &&
			!match_by_rows(search, key))
			match_by_column(search, key);
	}
}

/* Every combination of the places that are meant, by strides. */
static void find_in_product(const struct search *search, struct match *out)
{
	const struct decl *other = search->other;
	uint32_t total = 1;

	for (uint32_t i = 0; i < other->each_count; i++)
		total *= search->is_open[i] ? other->each[i].list->count : search->keys[i].count;
	out->instances = mem_grow(NULL, total ? total : 1, sizeof *out->instances);
	for (uint32_t n = 0; n < total; n++) {
		uint32_t rest = n, at = 0;
		for (uint32_t i = other->each_count; i-- > 0;) {
			bool is_open = search->is_open[i];
			uint32_t count =
				is_open ? other->each[i].list->count : search->keys[i].count;
			uint32_t nth = rest % count;
			at += (is_open ? nth : search->keys[i].at[nth]) * other->each[i].stride;
			rest /= count;
		}
		out->instances[out->count++] = other->first_instance + at;
	}
}

static bool has_place(const struct place_list *list, uint32_t place)
{
	return list->count &&
	       bsearch(&place, list->at, list->count, sizeof *list->at, order_u32) != NULL;
}

/* More combinations than instances: these are looked at one by one. */
static void find_by_scan(const struct search *search, struct place_list *found)
{
	const struct decl *other = search->other;

	for (uint32_t n = 0; n < other->instance_count; n++) {
		const uint32_t *tuple = other->tuples + (size_t)n * other->each_count;
		bool is_meant = true;
		for (uint32_t i = 0; i < other->each_count && is_meant; i++)
			is_meant = search->is_open[i] || has_place(&search->keys[i], tuple[i]);
		if (is_meant)
			add(found, n);
	}
}

static void find_by_index(const struct search *search, uint32_t total, struct place_list *found)
{
	const struct decl *other = search->other;
	const struct match_tuples *index = match_tuples(search->x->loader, other, search->mask);
	uint32_t *tuple MEM_LOCAL = mem_alloc((other->each_count + 1) * sizeof *tuple);

	for (uint32_t n = 0; n < total; n++) {
		uint32_t rest = n;
		for (uint32_t i = other->each_count; i-- > 0;) {
			if (search->is_open[i])
				continue;
			tuple[i] = search->keys[i].at[rest % search->keys[i].count];
			rest /= search->keys[i].count;
		}
		for (uint32_t at = match_first(index, tuple); at != NONE; at = index->next[at])
			add(found, at);
	}
	sort(found);
}

static void find_in_rest(const struct search *search, struct match *out)
{
	const struct decl *other = search->other;
	struct place_list found = {0};
	uint64_t total = 1;

	for (uint32_t i = 0; i < other->each_count && total <= other->instance_count; i++)
		total *= search->is_open[i] ? 1 : search->keys[i].count;
	if (!search->mask || total > other->instance_count)
		find_by_scan(search, &found);
	else
		find_by_index(search, (uint32_t)total, &found);
	for (uint32_t i = 0; i < found.count; i++)
		found.at[i] += other->first_instance;
	out->instances = found.at;
	out->count = found.count;
}

/* May a list make an instance that is meant: are the values above it? */
static bool is_meant(const struct search *search, const struct list_part *use, uint32_t key)
{
	for (uint32_t i = 0; search && use->prefix && i < key; i++) {
		if (!search->is_open[i] && !has_place(&search->keys[i], use->prefix[i]))
			return false;
	}
	return true;
}

/* The lists that make the instances which are meant; without a search, of all. */
static void find_lists(const struct search *search, const struct decl *other, struct match *out)
{
	uint32_t cap = 0;

	for (uint32_t key = 0; other->has_lists && key < other->each_count; key++) {
		const struct each_list *list = other->each[key].list;
		for (uint32_t i = 0; i < list->use_count; i++) {
			const struct list_part *use = &list->uses[i];
			if (!is_meant(search, use, key))
				continue;
			out->is_open |= !(use->flags & LIST_KNOWN);
			MEM_PUSH(out->waits, out->wait_count, cap, use->maker);
		}
	}
}

static void find_by_name(
	struct expand *x, const struct decl *other, const char *pattern, struct match *out)
{
	const struct loader *loader = x->loader;
	struct place_list found = {0};

	for (uint32_t i = 0; i < other->instance_count; i++) {
		uint32_t id = other->first_instance + i;
		if (is_like(pattern, graph_text(loader->build.graph, loader->instances[id].name)))
			add(&found, id);
	}
	out->instances = found.at;
	out->count = found.count;
	find_lists(NULL, other, out);
	if (!found.count)
		out->why = arena_fmt(
			loader->arena, "stage '%s' has no instance '%s'", other->name, pattern);
}

/* The end of the item that begins at text: a comma outside of placeholders, or the end. */
static size_t item_length(const char *text)
{
	size_t len = 0;

	for (bool is_in = false; text[len] && (is_in || text[len] != ','); len++) {
		if (strncmp(text + len, "{{", 2) == 0)
			is_in = true;
		else if (strncmp(text + len, "}}", 2) == 0)
			is_in = false;
	}
	return len;
}

/* A value with its placeholders filled in, trimmed; NULL: told. */
static const char *choice_value(
	struct expand *x, const struct def_line *at, const char *text, size_t len)
{
	struct arena *arena = x->loader->arena;
	struct expand inner = *x;
	struct buf out BUF_LOCAL = {0};
	const char *value = NULL;

	while (len && strchr(" \t", text[len - 1]))
		len--;
	inner.may = MAY_PARAMS | MAY_EACH | MAY_CONFIG;
	inner.where = "brackets";
	inner.lists = LIST_IS_WRONG;
	inner.escape_globs = inner.is_symbolic = false;
	inner.depth++;
	if (expand_text(&inner, at, arena_strndup(arena, text, len), &out))
		value = arena_strdup(arena, buf_text(&out));
	x->empty_cell = inner.empty_cell;
	return value;
}

/* "patient={{each.sample.patient}}, status=0". False: told, or (*is_absent) a value is empty. */
static bool read_choices(
	struct search *search, const struct def_line *at, const char *text, bool *is_absent)
{
	struct arena *arena = search->x->loader->arena;
	size_t room = strlen(text) / 2 + 1;

	search->choices = arena_alloc(arena, room * sizeof *search->choices);
	while (*(text += strspn(text, " \t"))) {
		size_t len = item_length(text);
		const char *equals = memchr(text, '=', len);
		struct choice *choice = &search->choices[search->choice_count++];
		if (!equals)
			return expand_mistake(
				search->x, at, "'%.*s' is not KEY=VALUE", (int)len, text);
		choice->key = text;
		choice->key_len = (size_t)(equals - text);
		while (choice->key_len && strchr(" \t", text[choice->key_len - 1]))
			choice->key_len--;
		size_t skip = 1 + strspn(equals + 1, " \t");
		size_t left = len - (size_t)(equals - text);
		choice->value =
			choice_value(search->x, at, equals + skip, left > skip ? left - skip : 0);
		if (!choice->value)
			return false;
		*is_absent |= !*choice->value;
		text += len + (text[len] == ',');
	}
	return !*is_absent;
}

static bool is_by_key(const char *choice)
{
	size_t word = strcspn(choice, "={,*?");

	return choice[word] == '=';
}

static void search_free(struct search *search)
{
	for (uint32_t i = 0; i < search->other->each_count; i++)
		free(search->keys[i].at);
	free(search->keys);
	free(search->is_open);
}

static bool find_by_keys(struct expand *x, const struct def_line *at, const struct decl *other,
	const char *choice, struct match *out)
{
	struct search search = {.x = x, .other = other};
	bool is_absent = false;

	search.keys = mem_alloc((other->each_count + 1) * sizeof *search.keys);
	search.is_open = mem_alloc((other->each_count + 1) * sizeof *search.is_open);
	for (uint32_t i = 0; i < other->each_count; i++)
		search.is_open[i] = true;
	bool is_good = !choice || read_choices(&search, at, choice, &is_absent);
	is_good = is_good && use_choices(&search, at);
	if (is_good) {
		match_keys(&search);
		if (other->is_product || !other->each_count)
			find_in_product(&search, out);
		else
			find_in_rest(&search, out);
		out->why = search.why;
		find_lists(&search, other, out);
	}
	if (is_absent)
		out->why = arena_fmt(x->loader->arena,
			"of stage '%s' no instance is chosen: a value in brackets is empty",
			other->name);
	search_free(&search);
	return is_good || is_absent;
}

bool match_find(struct expand *x, const struct def_line *at, const struct decl *other,
	const char *choice, struct match *out)
{
	const char *value;

	*out = (struct match){0};
	if (!other->instance_count && !other->has_lists) {
		out->why = other->is_broken ? NULL
					    : arena_fmt(x->loader->arena,
						      "stage '%s' has no instances", other->name);
		return true;
	}
	if (choice && !other->each_count)
		return expand_mistake(
			x, at, "stage '%s' has no foreach to choose from", other->name);
	if (choice && strcmp(choice, "*") != 0 && !is_by_key(choice)) {
		value = choice_value(x, at, choice, strlen(choice));
		if (value && *value)
			find_by_name(x, other, value, out);
		else if (value)
			out->why = arena_fmt(x->loader->arena,
				"of stage '%s' no instance is chosen: the name in brackets is empty",
				other->name);
		return value != NULL;
	}
	if (choice && strcmp(choice, "*") == 0) {
		find_by_name(x, other, choice, out);
		return true;
	}
	if (!find_by_keys(x, at, other, choice, out))
		return false;
	if (!other->instance_count && !out->why)
		out->why = arena_fmt(x->loader->arena, "stage '%s' has no instances", other->name);
	if (!out->count && !out->why)
		out->why = arena_fmt(x->loader->arena,
			"stage '%s' has no instance with these values together", other->name);
	return true;
}
