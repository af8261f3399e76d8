/* The values of a list of foreach, and their names.
 *
 * A value's name depends on it alone: its stem if it has the look of a path (a '/' in it, or it was
 * matched), else its text; the key cells of a row; or what foreach.KEY.name makes of it. Bytes that
 * make trouble in names of files become '_'. */
#include "model/load/gather.h"

#include <ctype.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/load/expand_text.h"

const char *gather_safe_name(struct arena *arena, const char *text)
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

bool gather_folds_case(struct loader *loader)
{
	char *path = arena_strdup(loader->arena, loader->job_dir);

	while (*path && !fs_is_dir(path)) {
		char *slash = strrchr(path, '/');
		*(slash ? slash : path) = '\0';
	}
	return fs_folds_case(*path ? path : ".");
}

/* Room for one more value, which gets these names for now. */
static uint32_t add_place(struct gather *gather, const char *value, const char *name)
{
	struct each_list *list = gather->list;

	if (list->count == gather->cap) {
		gather->cap = gather->cap ? gather->cap * 2 : 16;
		list->values = mem_grow(list->values, gather->cap, sizeof *list->values);
		list->names = mem_grow(list->names, gather->cap, sizeof *list->names);
		if (gather->name)
			list->plain = mem_grow(list->plain, gather->cap, sizeof *list->plain);
	}
	list->values[list->count] = value;
	list->names[list->count] = name;
	return list->count++;
}

/* What foreach.KEY.name makes of the value. In an identity it keeps the name that it has without,
 * unless another value in front has that. */
static bool give_name(struct gather *gather, uint32_t place)
{
	struct arena *arena = gather->x.loader->arena;
	struct each_list *list = gather->list;
	struct expand x = gather->x;
	struct buf text BUF_LOCAL = {0};

	x.may = MAY_GLOBALS | MAY_EACH;
	x.where = "a name";
	x.lists = LIST_IS_WRONG;
	x.tuple = gather->tuple;
	x.tuple_first = gather->key;
	x.tuple_end = gather->key + 1;
	gather->tuple[gather->key] = place;
	list->plain[place] = list->names[place];
	if (map_put(&gather->plain, list->names[place], place) != place)
		list->plain[place] = list->values[place];
	bool is_good = expand_single(&x, gather->name, &text);
	if (is_good && !text.len)
		is_good = expand_mistake(
			&x, gather->name, "the name of '%s' is empty", list->values[place]);
	if (is_good)
		list->names[place] = gather_safe_name(arena, buf_text(&text));
	return is_good;
}

static void tell_same(
	struct gather *gather, const char *first, const char *second, const char *name)
{
	const char *key = gather->x.decl->each[gather->key].name;

	if (text_eq(first, second)) {
		expand_mistake(&gather->x, gather->line, "'%s' stands twice in the list", second);
		return;
	}
	expand_mistake(&gather->x, gather->line,
		"'%s' and '%s' would both be instance '%s'%s: rename one, or name them by %s, such "
		"as 'foreach.%s.name = {{each.%s | strip _R1.fastq.gz}}'",
		first, second, name,
		gather->folds_case ? " (names here do not differ by case)" : "",
		gather->name ? "another" : "a line of its own", key, key);
}

void gather_named(struct gather *gather, const char *value, const char *plain)
{
	struct each_list *list = gather->list;
	uint32_t known = gather->out ? map_get(&list->index, value) : NONE;
	uint32_t place = known != NONE ? known : add_place(gather, value, plain);

	if (known == NONE && gather->out)
		map_put(&list->index, value, place);
	if (known == NONE && gather->name)
		gather->is_good &= give_name(gather, place);
	const char *name = list->names[place];
	const char *key = gather->folds_case ? folded(gather->x.loader->arena, name) : name;
	uint32_t same = map_put(&gather->names, key, place);
	if (same != place || (gather->out && gather->names.count == gather->out->count)) {
		gather->is_good = false;
		tell_same(gather, list->values[same], value, name);
		return;
	}
	if (strlen(name) > 255) {
		gather->is_good = expand_mistake(&gather->x, gather->line,
			"'%s' is too long for the name of an instance (255 bytes)", value);
		return;
	}
	if (gather->out)
		MEM_PUSH(gather->out->at, gather->out->count, gather->out->cap, place);
}

void gather_value(struct gather *gather, const char *value, bool is_path)
{
	struct arena *arena = gather->x.loader->arena;

	gather_named(
		gather, value, gather_safe_name(arena, is_path ? path_stem(arena, value) : value));
}
