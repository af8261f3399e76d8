/* What a pipeline file may say, for editors: from the tables that read it.
 *
 * restage.keys/1:
 *	sections     objects of section, is_named ([stage:NAME]), and keys where it has keys of its own
 *	stage        the keys of [stage:NAME], [template:NAME] and [defaults]: key and kind
 *	families     keys with a name behind a dot: family, name (what it may be made of), and attributes,
 *	             which stand behind a second dot
 *	placeholders what may stand in {{...}}; with a dot at its end a name follows
 *	filters, tracks  words */
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"
#include "cmd/completions/completions.h"
#include "model/command/placeholder.h"
#include "model/command/template.h"
#include "model/graph/cache_settings.h"
#include "model/graph/executor.h"
#include "model/graph/graph.h"
#include "model/load/definition_keys.h"

struct key {
	const char *name, *kind;
};

#define NAME(...) NAME_OF(__VA_ARGS__, 0, 0)
#define NAME_OF(id, name, ...) {name, NULL},
#define KEY_ALONE(name, takes) {name, NULL},
#define TEXT_OR_VALUE(id, name, is_text) {name, is_text ? "text" : "value"},
#define KIND(id, name, kind, ...) {name, #kind},

/* The names of kinds are those of enumerators. */
static void add_kind(struct json_writer *w, const char *member, const char *kind)
{
	char text[20] = "";

	for (size_t i = 0; kind[i] && i + 1 < sizeof text; i++)
		text[i] =
			(char)(kind[i] >= 'A' && kind[i] <= 'Z' ? kind[i] + ('a' - 'A') : kind[i]);
	json_write_str(w, member, text);
}

static void add_keys(struct json_writer *w, const char *list, const struct key *keys, size_t count)
{
	json_write_rows(w, list);
	for (size_t i = 0; i < count; i++) {
		json_write_object(w, NULL);
		json_write_str(w, "key", keys[i].name);
		if (keys[i].kind)
			add_kind(w, "kind", keys[i].kind);
		json_write_end(w);
	}
	json_write_end(w);
}

static void add_words(
	struct json_writer *w, const char *list, const struct key *words, size_t count)
{
	json_write_array(w, list);
	for (size_t i = 0; i < count; i++)
		json_write_str(w, NULL, words[i].name);
	json_write_end(w);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What is of all jobs together, and slurm.X of stages. */
static void add_slurm(struct json_writer *w)
{
	static const struct key own[] = {SLURM_KEYS(KEY_ALONE)};
	static const struct key stage[] = {SETTINGS(KIND)};

	json_write_array(w, "keys");
	for (size_t i = 0; i < COUNT(own); i++)
		json_write_str(w, NULL, own[i].name);
	for (size_t i = 0; i < COUNT(stage); i++) {
		if (text_starts(stage[i].name, "slurm."))
			json_write_str(w, NULL, stage[i].name + strlen("slurm."));
	}
	json_write_end(w);
}

static void add_sections(struct json_writer *w)
{
	static const struct key sections[] = {DEF_SECTIONS(NAME)};
	static const struct key head[] = {DEF_HEAD_KEYS(NAME)};
	static const struct key table[] = {DEF_TABLE_KEYS(NAME)};
	static const struct key include[] = {DEF_INCLUDE_KEYS(NAME)};
	static const struct key cache[] = {CACHE_KEYS(KEY_ALONE)};

	json_write_rows(w, "sections");
	for (size_t i = 0; i < COUNT(sections); i++) {
		json_write_object(w, NULL);
		json_write_str(w, "section", sections[i].name);
		json_write_bool(w, "is_named", i >= SECTION_TABLE);
		if (i == SECTION_PIPELINE)
			add_words(w, "keys", head, COUNT(head));
		else if (i == SECTION_TABLE)
			add_words(w, "keys", table, COUNT(table));
		else if (i == SECTION_INCLUDE)
			add_words(w, "keys", include, COUNT(include));
		else if (i == SECTION_SLURM)
			add_slurm(w);
		else if (i == SECTION_CACHE)
			add_words(w, "keys", cache, COUNT(cache));
		json_write_end(w);
	}
	json_write_end(w);
}

#define FAMILY(id, name, rule, ...) {name, #rule},

static void add_families(struct json_writer *w)
{
	static const struct key families[] = {DEF_FAMILIES(FAMILY)};
	static const struct key attributes[] = {DEF_ATTRS(NAME)};
	static const struct key each[] = {DEF_EACH_ATTRS(NAME)};

	json_write_rows(w, "families");
	for (size_t i = 0; i < COUNT(families); i++) {
		size_t kind = DEF_INPUT + i;
		json_write_object(w, NULL);
		json_write_str(w, "family", families[i].name);
		add_kind(w, "name", families[i].kind);
		if (kind <= DEF_INTERMEDIATE)
			add_words(w, "attributes", attributes, COUNT(attributes));
		else if (kind == DEF_FOREACH)
			add_words(w, "attributes", each, COUNT(each));
		json_write_end(w);
	}
	json_write_end(w);
}

#define TRACK(way, name, ...) {name, NULL},

void completions_keys(struct buf *out)
{
	static const struct key stage[] = {DEF_SINGLES(TEXT_OR_VALUE) SETTINGS(KIND)};
	static const struct key placeholders[] = {PLACEHOLDERS(NAME)};
	static const struct key filters[] = {FILTERS(NAME){"else", NULL}};
	static const struct key ways[] = {TRACKS(TRACK)};
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.keys/1");
	add_sections(&w);
	add_keys(&w, "stage", stage, COUNT(stage));
	add_families(&w);
	add_words(&w, "placeholders", placeholders, COUNT(placeholders));
	add_words(&w, "filters", filters, COUNT(filters));
	add_words(&w, "tracks", ways, COUNT(ways));
	json_write_finish(&w);
}
