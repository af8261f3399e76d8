#include "cmd/options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

bool options_is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0';
}

void options_push(struct option_list *list, const char *item)
{
	MEM_ROOM(list->items, list->count, list->cap);
	list->items[list->count++] = item;
}

void options_free(const struct option_spec *specs, void *values)
{
	for (; specs->name; specs++) {
		struct option_list *list = (void *)((char *)values + specs->offset);

		if (specs->kind != OPTION_LIST)
			continue;
		free(list->items);
		*list = (struct option_list){0};
	}
}

void options_add_form(struct buf *out, const struct option_spec *spec)
{
	if (spec->letter)
		buf_fmt(out, "-%c, ", spec->letter);
	else
		buf_str(out, "    ");
	buf_fmt(out, "--%s", spec->name);
	if (spec->arg)
		buf_fmt(out, " %s", spec->arg);
}

/* The place of a value in "a|b|c", -1 if it is none of them. Case does not count: log levels are
 * written in capitals elsewhere. */
static int find_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (int at = 0; *choices; at++) {
		size_t choice = strcspn(choices, "|");

		if (choice == len && strncasecmp(value, choices, len) == 0)
			return at;
		choices += choice + (choices[choice] == '|');
	}
	return -1;
}

static void add_choices(struct buf *out, const char *choices)
{
	for (; *choices; choices++) {
		if (*choices == '|')
			buf_str(out, ", ");
		else
			buf_char(out, *choices);
	}
}

/* What the user typed, safe for a message of one line. */
static void add_quoted(struct buf *out, const char *typed)
{
	buf_char(out, '\'');
	text_add_printable(out, typed, strlen(typed));
	buf_char(out, '\'');
}

/* Stores a value; false with a mistake if it is none of its kind. `form` is the option as typed. */
static bool store(const struct option_spec *spec, void *values, const char *form, const char *value,
	struct buf *mistakes)
{
	char *place = values ? (char *)values + spec->offset : NULL;
	uint32_t number;
	uint64_t size;
	int choice;
	bool is_good = true;

	switch (spec->kind) {
	case OPTION_FLAG:
		if (place)
			*(bool *)(void *)place = true;
		break;
	case OPTION_TEXT:
		if (place)
			*(const char **)(void *)place = value;
		break;
	case OPTION_LIST:
		if (place)
			options_push((struct option_list *)(void *)place, value);
		break;
	case OPTION_NUMBER:
		is_good = text_to_u32(value, &number) && number >= 1 && number <= OPTION_NUMBER_MAX;
		if (is_good && place)
			*(uint32_t *)(void *)place = number;
		if (!is_good) {
			buf_fmt(mistakes, "option '%s': ", form);
			add_quoted(mistakes, value);
			buf_fmt(mistakes, " is no number from 1 to %u", OPTION_NUMBER_MAX);
		}
		break;
	case OPTION_SIZE:
		is_good = text_to_size(value, &size) && size > 0;
		if (is_good && place)
			*(uint64_t *)(void *)place = size;
		if (!is_good) {
			buf_fmt(mistakes, "option '%s': ", form);
			add_quoted(mistakes, value);
			buf_str(mistakes, " is no size; write 512M or 2G");
		}
		break;
	case OPTION_CHOICE:
		choice = find_choice(spec->choices, value);
		is_good = choice >= 0;
		if (is_good && place)
			*(int *)(void *)place = choice;
		if (!is_good) {
			buf_fmt(mistakes, "option '%s': ", form);
			add_quoted(mistakes, value);
			buf_str(mistakes, " is none of ");
			add_choices(mistakes, spec->choices);
		}
		break;
	}
	return is_good;
}

static const struct option_spec *find_letter(
	const struct option_table *tables, size_t table_count, char letter, void **values)
{
	for (size_t t = 0; t < table_count; t++) {
		for (const struct option_spec *spec = tables[t].specs; spec->name; spec++) {
			if (spec->letter == letter) {
				*values = tables[t].values;
				return spec;
			}
		}
	}
	return NULL;
}

static const struct option_spec *find_name(const struct option_table *tables, size_t table_count,
	const char *name, size_t len, void **values)
{
	for (size_t t = 0; t < table_count; t++) {
		for (const struct option_spec *spec = tables[t].specs; spec->name; spec++) {
			if (strlen(spec->name) == len && memcmp(spec->name, name, len) == 0) {
				*values = tables[t].values;
				return spec;
			}
		}
	}
	return NULL;
}

static void add_unknown_name(const struct option_table *tables, size_t table_count,
	const char *typed, size_t len, struct buf *mistakes)
{
	const char *names[128];
	size_t count = 0;
	char *word = mem_alloc(len + 1);
	const char *nearest;

	memcpy(word, typed, len);
	for (size_t t = 0; t < table_count; t++) {
		for (const struct option_spec *spec = tables[t].specs; spec->name; spec++) {
			if (count < sizeof names / sizeof *names)
				names[count++] = spec->name;
		}
	}
	nearest = text_nearest(word, names, count);
	buf_str(mistakes, "unknown option '--");
	text_add_printable(mistakes, typed, len);
	buf_char(mistakes, '\'');
	if (nearest)
		buf_fmt(mistakes, "; did you mean '--%s'?", nearest);
	free(word);
}

static bool take_long(const struct option_table *tables, size_t table_count,
	const char *const *argv, size_t *at, struct buf *mistakes)
{
	const char *name = argv[*at] + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	void *values = NULL;
	const struct option_spec *spec = find_name(tables, table_count, name, len, &values);
	struct buf form = {0};
	bool is_good;

	(*at)++;
	if (!spec) {
		add_unknown_name(tables, table_count, name, len, mistakes);
		return false;
	}
	if (!spec->arg && value) {
		buf_fmt(mistakes, "option '--%s' takes no value", spec->name);
		return false;
	}
	if (spec->arg && !value) {
		if (!argv[*at]) {
			buf_fmt(mistakes, "option '--%s' needs a value: --%s %s", spec->name,
				spec->name, spec->arg);
			return false;
		}
		value = argv[(*at)++];
	}
	buf_fmt(&form, "--%s", spec->name);
	is_good = store(spec, values, buf_text(&form), value ? value : "", mistakes);
	buf_free(&form);
	return is_good;
}

static bool take_letters(const struct option_table *tables, size_t table_count,
	const char *const *argv, size_t *at, struct buf *mistakes)
{
	const char *letters = argv[(*at)++] + 1;

	for (; *letters; letters++) {
		char form[3] = {'-', *letters, '\0'};
		void *values = NULL;
		const struct option_spec *spec =
			find_letter(tables, table_count, *letters, &values);
		const char *value = NULL;

		if (!spec) {
			buf_str(mistakes, "unknown option '-");
			text_add_printable(mistakes, letters,
				text_utf8_len((const unsigned char *)letters, strlen(letters)) > 1
					? strlen(letters)
					: 1);
			buf_char(mistakes, '\'');
			return false;
		}
		if (spec->arg) {
			value = letters[1] ? letters + 1 : argv[*at];
			if (!value) {
				buf_fmt(mistakes, "option '%s' needs a value: %s %s", form, form,
					spec->arg);
				return false;
			}
			if (!letters[1])
				(*at)++;
		}
		if (!store(spec, values, form, value ? value : "", mistakes))
			return false;
		if (spec->arg)
			return true;
	}
	return true;
}

bool options_take(const struct option_table *tables, size_t table_count, const char *const *argv,
	size_t *at, struct buf *mistakes)
{
	if (argv[*at][1] == '-')
		return take_long(tables, table_count, argv, at, mistakes);
	return take_letters(tables, table_count, argv, at, mistakes);
}
