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
	MEM_PUSH(list->items, list->count, list->cap, item);
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
	buf_str(out, "none of ");
	for (; *choices; choices++) {
		if (*choices == '|')
			buf_str(out, ", ");
		else
			buf_char(out, *choices);
	}
}

/* Stores a value; false, and what it should have been in `wanted`, if it is none of its kind. */
static bool store(
	const struct option_spec *spec, void *values, const char *value, struct buf *wanted)
{
	void *place = values ? (char *)values + spec->offset : NULL;
	uint32_t number;
	uint64_t size;
	int choice;

	switch (spec->kind) {
	case OPTION_FLAG:
		if (place)
			*(bool *)place = true;
		break;
	case OPTION_TEXT:
		if (place)
			*(const char **)place = value;
		break;
	case OPTION_LIST:
		if (place)
			options_push(place, value);
		break;
	case OPTION_NUMBER:
		if (!text_to_u32(value, &number) || number < 1 || number > OPTION_NUMBER_MAX)
			buf_fmt(wanted, "no number from 1 to %u", OPTION_NUMBER_MAX);
		else if (place)
			*(uint32_t *)place = number;
		break;
	case OPTION_SIZE:
		if (!text_to_size(value, &size) || size == 0)
			buf_str(wanted, "no size; write 512M or 2G");
		else if (place)
			*(uint64_t *)place = size;
		break;
	case OPTION_CHOICE:
		choice = find_choice(spec->choices, value);
		if (choice < 0)
			add_choices(wanted, spec->choices);
		else if (place)
			*(int *)place = choice;
		break;
	}
	return wanted->len == 0;
}

/* The same with the mistake told; `form` is the option as typed. */
static bool take_value(const struct option_spec *spec, void *values, const char *form,
	const char *value, struct buf *mistakes)
{
	struct buf wanted BUF_LOCAL = {0};
	bool is_good;

	if (!value)
		value = "";
	is_good = store(spec, values, value, &wanted);

	if (!is_good) {
		buf_fmt(mistakes, "option '%s': '", form);
		text_add_printable(mistakes, value, strlen(value));
		buf_fmt(mistakes, "' is %s", buf_text(&wanted));
	}
	return is_good;
}

/* The option with this letter or, where that is 0, this name. */
static const struct option_spec *find_option(const struct option_table *tables, size_t table_count,
	char letter, const char *name, size_t len, void **values)
{
	for (size_t t = 0; t < table_count; t++) {
		for (const struct option_spec *spec = tables[t].specs; spec->name; spec++) {
			bool is_it = letter ? spec->letter == letter
					    : strlen(spec->name) == len &&
						      memcmp(spec->name, name, len) == 0;

			if (is_it) {
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
	char *word MEM_LOCAL = mem_alloc(len + 1);
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
}

static bool take_long(const struct option_table *tables, size_t table_count,
	const char *const *argv, size_t *at, struct buf *mistakes)
{
	const char *name = argv[*at] + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	void *values = NULL;
	const struct option_spec *spec = find_option(tables, table_count, 0, name, len, &values);
	struct buf form BUF_LOCAL = {0};
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
	is_good = take_value(spec, values, buf_text(&form), value, mistakes);
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
			find_option(tables, table_count, *letters, "", 0, &values);
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
		if (!take_value(spec, values, form, value, mistakes))
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
