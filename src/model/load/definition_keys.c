#include "model/load/definition_keys.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

#define SECTION(id, name) name,
#define NAME(id, name, ...) name,
#define SINGLE(id, name, is_text) {name, is_text},
#define SETTING(id, name, ...) {name, false},
#define FAMILY(id, name, rule, is_text) {name, DEF_##rule, is_text},

/* By kind, from DEF_COMMAND. */
static const struct {
	const char *name;
	bool is_text;
} singles[] = {DEF_SINGLES(SINGLE) SETTINGS(SETTING)};

static const char *const single_names[] = {DEF_SINGLES(NAME) SETTINGS(NAME)};

/* By kind, from DEF_INPUT. */
static const struct {
	const char *name;
	enum def_rule rule;
	bool is_text;
} families[] = {DEF_FAMILIES(FAMILY)};

static const char *const family_names[] = {DEF_FAMILIES(NAME)};

static const struct {
	const char *name;
	bool is_text;
} attrs[] = {DEF_ATTRS(SINGLE)};

static const char *const attr_names[] = {DEF_ATTRS(NAME)};

static const char *const each_attr_names[] = {DEF_EACH_ATTRS(SECTION)};

#define SINGLES (sizeof singles / sizeof *singles)
#define FAMILIES (sizeof families / sizeof *families)

_Static_assert(SINGLES == DEF_SINGLE_COUNT - DEF_COMMAND, "a key without its name");
_Static_assert(FAMILIES == DEF_ATTRIBUTE - DEF_INPUT, "a family without its name");

static bool is_name(const char *text, size_t len, enum def_rule rule)
{
	const char *more = rule == DEF_LABEL ? "_-" : rule == DEF_DOTTED ? "_-." : "_";

	if (!len || (rule == DEF_VARIABLE && *text >= '0' && *text <= '9'))
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			!strchr(more, c))
			return false;
	}
	return true;
}

bool def_is_name(const char *text, enum def_rule rule)
{
	return is_name(text, strlen(text), rule);
}

static size_t find(const char *word, const char *const *names, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(word, names[i]) != 0)
		i++;
	return i;
}

static size_t find_family(const char *name, size_t len)
{
	size_t i = 0;

	while (i < FAMILIES && (strncmp(family_names[i], name, len) != 0 || family_names[i][len]))
		i++;
	return i;
}

void def_parse_key(struct arena *arena, const char *key, struct def_parse *out)
{
	const char *dot = strchr(key, '.');
	size_t single = find(key, single_names, SINGLES);
	size_t at = dot ? find_family(key, (size_t)(dot - key)) : FAMILIES;

	*out = (struct def_parse){.kind = DEF_UNKNOWN};
	if (single < SINGLES) /* "slurm.qos" is one, too */
		out->kind = (enum def_kind)(DEF_COMMAND + single);
	if (single < SINGLES || at == FAMILIES)
		return;
	out->name = dot + 1;
	out->kind = (enum def_kind)(DEF_INPUT + at);
	bool has_attrs = out->kind <= DEF_INTERMEDIATE || out->kind == DEF_FOREACH;
	const char *second = has_attrs ? strchr(out->name, '.') : NULL;
	bool is_good = !second || is_name(second + 1, strlen(second + 1), DEF_DOTTED);
	if (second) {
		out->name = arena_strndup(arena, out->name, (size_t)(second - out->name));
		out->attr = second + 1;
		out->attr_id = (enum def_attr)find(out->attr, attr_names, ATTR_META);
		out->base_len = (size_t)(second - key);
		out->kind = out->kind == DEF_FOREACH ? DEF_EACH_ATTR : DEF_ATTRIBUTE;
	}
	if (out->kind == DEF_EACH_ATTR)
		is_good = find(out->attr, each_attr_names, EACH_UNKNOWN) < EACH_UNKNOWN;
	if (!is_good || !def_is_name(out->name, families[at].rule))
		out->kind = DEF_BAD_NAME;
}

enum def_section_kind def_section_kind(const char *name)
{
	static const char *const names[] = {DEF_SECTIONS(SECTION)};

	for (size_t i = SECTION_UNKNOWN; i-- > SECTION_TABLE;) {
		size_t len = strlen(names[i]);
		if (strncmp(name, names[i], len) == 0 && name[len] == ':')
			return (enum def_section_kind)i;
	}
	size_t at = find(name, names, SECTION_UNKNOWN);
	return at >= SECTION_TABLE ? SECTION_UNKNOWN : (enum def_section_kind)at;
}

const char *def_section_own_name(const char *name)
{
	name += strcspn(name, ":");
	name += *name == ':';
	return name + strspn(name, " \t");
}

enum def_include_key def_include_key(const char *key)
{
	static const char *const names[] = {DEF_INCLUDE_KEYS(SECTION)};

	if (text_starts(key, "params."))
		return key[strlen("params.")] ? INCLUDE_PARAM : INCLUDE_UNKNOWN;
	return (enum def_include_key)find(key, names, INCLUDE_UNKNOWN);
}

enum def_head def_head(const char *key)
{
	static const char *const names[] = {DEF_HEAD_KEYS(NAME)};

	return (enum def_head)find(key, names, HEAD_UNKNOWN);
}

enum def_table_key def_table_key(const char *key)
{
	static const char *const names[] = {DEF_TABLE_KEYS(SECTION)};

	return (enum def_table_key)find(key, names, TABLE_UNKNOWN);
}

bool def_is_text(enum def_section_kind section, const char *key, const struct def_parse *parse)
{
	if (section == SECTION_ENV || section == SECTION_PIPELINE)
		return section == SECTION_ENV || def_head(key) == HEAD_DESCRIPTION;
	if (section < SECTION_TEMPLATE && section != SECTION_DEFAULTS)
		return false;
	if (parse->kind >= DEF_COMMAND && parse->kind < DEF_SINGLE_COUNT)
		return singles[parse->kind - DEF_COMMAND].is_text;
	if (parse->kind >= DEF_INPUT && parse->kind < DEF_ATTRIBUTE)
		return families[parse->kind - DEF_INPUT].is_text;
	return parse->kind == DEF_ATTRIBUTE &&
	       (parse->attr_id == ATTR_META || attrs[parse->attr_id].is_text);
}

const char *def_name_rule(const char *key)
{
	static const char *const rules[] = {
		[DEF_LABEL] = "letters, digits, '_' and '-'",
		[DEF_VARIABLE] = "letters, digits and '_', not beginning with a digit",
		[DEF_DOTTED] = "letters, digits, '_', '-' and '.'",
	};
	size_t head = strcspn(key, "."), at = find_family(key, head);

	if (text_starts(key, "foreach.") && strchr(key + head + 1, '.'))
		return "behind a key of foreach stands 'name' or 'empty'";
	return rules[at < FAMILIES ? families[at].rule : DEF_LABEL];
}

/* What other tools call it. */
static const char *translated(const char *key)
{
	static const struct {
		const char *theirs, *ours;
	} words[] = {{"cmd", "command"}, {"run", "command"}, {"script", "command"},
		{"exec", "command"}, {"deps", "input.NAME"}, {"outs", "output.NAME"},
		{"depends", "after"}, {"depends_on", "after"}, {"needs", "after"},
		{"accelerator", "gpu"}, {"gpus", "gpu"}, {"cores", "threads"}, {"cpus", "threads"},
		{"cpu", "threads"}, {"mem", "memory"}, {"time", "timeout"}, {"extends", "use"},
		{"template", "use"}, {"cwd", "dir"}, {"workdir", "dir"}, {"wdir", "dir"},
		{"params", "config.NAME"}, {"when", "enabled"}, {"if", "enabled"},
		{"retry", "retries"}, {"matrix", "foreach.NAME"}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_eq(words[i].theirs, key))
			return words[i].ours;
	}
	return NULL;
}

const char *def_suggest_key(struct arena *arena, const char *key)
{
	const char *dot = strchr(key, '.');
	size_t head_len = strcspn(key, ".");
	const char *head = arena_strndup(arena, key, head_len);
	size_t single = find(head, single_names, SINGLES);

	if (!dot && find_family(key, head_len) < FAMILIES)
		return arena_fmt(arena, "%s.NAME", key);
	const char *near = translated(key);
	if (!near && !dot)
		near = text_nearest(key, single_names, SINGLES);
	if (near)
		return near;
	near = dot ? text_nearest(key, single_names, SINGLES) : NULL;
	if (near && strchr(near, '.'))
		return near;
	near = text_nearest(head, family_names, FAMILIES);
	if (near)
		return arena_fmt(arena, "%s%s", near, dot ? dot : ".NAME");
	/* "timeout.ms": perhaps the head alone is a key */
	return dot && single < SINGLES ? single_names[single] : NULL;
}
