/* The lines that hold for a stage: those of [env], of [defaults], of the templates that it uses,
 * and its own; of several for one key the last one. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/command/template.h"
#include "model/load/definition_scope.h"
#include "model/load/definition_steps.h"
#include "model/load/definition_template.h"
#include "model/load/loader.h"

static void list_add(struct line_list *list, struct line_ref ref)
{
	MEM_PUSH(list->at, list->count, list->cap, ref);
}

/* Where a key of this kind is listed; NULL for single keys and what is no key. */
static struct line_list *family_list(struct scope *scope, enum def_kind kind)
{
	if (kind < DEF_INPUT || kind >= DEF_ATTRIBUTE)
		return NULL;
	return kind <= DEF_INTERMEDIATE ? &scope->labels : &scope->families[kind - DEF_CONFIG];
}

static void add(struct loader *loader, struct line_ref ref)
{
	struct scope *scope = &loader->scope;
	struct def_key *key = &loader->text.keys[ref.key];
	enum def_kind kind = key->parse.kind;
	struct line_list *list = family_list(scope, kind);
	bool is_again = key->scope == scope->id;

	key->scope = scope->id;
	key->line = ref.line;
	if (list && is_again) {
		list->at[key->slot] = ref;
	} else if (list) {
		key->slot = list->count;
		list_add(list, ref);
	} else if (kind == DEF_ATTRIBUTE && is_again) {
		scope->attrs[key->slot].ref = ref;
	} else if (kind == DEF_ATTRIBUTE) {
		key->slot = scope->attr_count;
		MEM_ROOM(scope->attrs, scope->attr_count, scope->attr_cap);
		scope->attrs[scope->attr_count++] = (struct scope_attr){.ref = ref};
	} else if (kind >= DEF_COMMAND && kind < DEF_SINGLE_COUNT) {
		scope->single[kind] = ref.line;
	}
}

/* The name of the mapping if the line is "config.NAME = {{params.MAPPING}}", else NULL. */
static const char *mapping_name(struct loader *loader, uint32_t line)
{
	const char *value = loader->text.lines[line].value;
	struct template_hole hole;
	size_t pos = 0;
	uint32_t first = 0;

	if (!loader->params.has_parts || !text_starts(value, "{{") ||
		template_next(value, &pos, &hole, NULL, false, NULL) != 1 || value[pos] ||
		hole.filter_count || hole.other || def_value_lines(&loader->text, line) > 1 ||
		placeholder_find(hole.name, hole.name_len) != PLACEHOLDER_PARAM)
		return NULL;
	size_t head = strlen("params.");
	const char *name = arena_strndup(loader->arena, hole.name + head, hole.name_len - head);
	bool is_param = map_get(&loader->params.ids, name) != NONE;
	return is_param || !params_part(loader, name, &first) ? NULL : name;
}

/* A line for each value of the mapping, as if it stood in the file; they lie in a row, and the
 * first of another key ends them. */
static uint32_t make_lines(struct loader *loader, uint32_t line, const char *mapping)
{
	struct def_text *text = &loader->text;
	const struct def_line whole = text->lines[line];
	const char *key = text->keys[whole.key].text, *part;
	uint32_t at = 0, first = text->line_count;

	while ((part = params_part(loader, mapping, &at))) {
		uint32_t id = def_key_id(
			text, arena_fmt(loader->arena, "%s%s", key, part + strlen(mapping)));
		if (text->keys[id].parse.kind != DEF_CONFIG)
			def_mistake(text, &text->lines[line],
				"'%s' of {{params.%s}} is no name: %s", text->keys[id].text,
				mapping, def_name_rule("config."));
		else
			def_make_line(text, id, &text->lines[line],
				arena_fmt(loader->arena, "{{params.%s}}", part));
	}
	def_make_line(text, whole.key, &text->lines[line], "");
	return first;
}

/* "config.train = {{params.train}}" takes every value below it but for those that have a line of
 * their own, of which the first of that section is `from`. False: it is no such line. */
static bool add_mapping(struct loader *loader, struct line_ref ref, uint32_t from)
{
	const char *mapping = mapping_name(loader, ref.line);

	if (!mapping)
		return false;
	const char *name = arena_fmt(loader->arena, "%u %s %s",
		def_part_of(&loader->text, &loader->text.lines[ref.line]),
		loader->text.keys[ref.key].text, mapping);
	uint32_t line = map_get(&loader->mappings, name);
	if (line == NONE) {
		line = make_lines(loader, ref.line, mapping);
		map_put(&loader->mappings, name, line);
	}
	for (; loader->text.lines[line].key != ref.key; line++) {
		const struct def_key *key = &loader->text.keys[loader->text.lines[line].key];
		bool is_own =
			key->scope == loader->scope.id && key->line >= from && key->line < ref.line;
		if (!is_own)
			add(loader, (struct line_ref){loader->text.lines[line].key, line});
	}
	return true;
}

/* Chains the attributes of each label, in order. */
static void link_attrs(struct loader *loader)
{
	struct scope *scope = &loader->scope;

	if (scope->labels.count)
		MEM_ROOM(scope->label_info, scope->labels.count - 1, scope->label_info_cap);
	for (uint32_t i = 0; i < scope->labels.count; i++)
		scope->label_info[i] =
			(struct scope_label){.first_attr = NONE, .built = {NONE, NONE}};
	for (uint32_t i = scope->attr_count; i-- > 0;) {
		struct scope_attr *attr = &scope->attrs[i];
		const struct def_key *base =
			&loader->text.keys[loader->text.keys[attr->ref.key].base];
		if (base->scope != scope->id)
			continue;
		attr->next = scope->label_info[base->slot].first_attr;
		scope->label_info[base->slot].first_attr = i;
	}
}

/* Of a stage, all of whose lines are in the scope, or (NULL) of another section, "[defaults]". */
static void tell_key(
	struct loader *loader, const struct def_line *line, const char *stage, const char *section)
{
	const struct def_key *key = &loader->text.keys[line->key];
	struct arena *arena = loader->arena;
	bool is_attr =
		stage && (key->parse.kind == DEF_ATTRIBUTE || key->parse.kind == DEF_EACH_ATTR);

	if (key->parse.kind > DEF_BAD_NAME && !is_attr)
		return;
	if (is_attr && loader->text.keys[key->base].scope == loader->scope.id)
		return;
	const char *who = stage ? arena_fmt(arena, "stage '%s'", stage) : section;
	if (key->parse.kind == DEF_UNKNOWN) {
		const char *near = def_suggest_key(arena, key->text);
		def_mistake(&loader->text, line, "%s: unknown key '%s'%s", who, key->text,
			near ? arena_fmt(arena, "; did you mean '%s'?", near) : "");
	} else if (key->parse.kind == DEF_BAD_NAME) {
		def_mistake(&loader->text, line, "%s: '%s' is no name: %s", who, key->text,
			def_name_rule(key->text));
	} else {
		def_mistake(&loader->text, line, "%s: '%s' is of '%s', which is not declared%s",
			who, key->text, loader->text.keys[key->base].text,
			key->parse.kind == DEF_EACH_ATTR || loader->scope.labels.count
				? ""
				: "; this stage has no files");
	}
}

static void add_shared(struct loader *loader, uint32_t line)
{
	list_add(&loader->shared, (struct line_ref){loader->text.lines[line].key, line});
}

static void add_default(struct loader *loader, uint32_t line)
{
	const struct def_line *at = &loader->text.lines[line];
	enum def_kind kind = loader->text.keys[at->key].parse.kind;

	if (loader->text.profile &&
		def_line_file(&loader->text, at) == &loader->text.files[loader->text.profile]) {
		definition_profile_default(loader, line);
		return;
	}
	tell_key(loader, at, NULL, "[defaults]");
	if (kind == DEF_NUMBER || kind == DEF_FOREACH || kind == DEF_EACH_ATTR ||
		kind == DEF_EXCLUDE)
		def_mistake(&loader->text, at, "[defaults]: '%s' cannot be the same for all stages",
			loader->text.keys[at->key].text);
	else
		add_shared(loader, line);
}

static void add_env(struct loader *loader, uint32_t line)
{
	const struct def_line *at = &loader->text.lines[line];
	const char *name = loader->text.keys[at->key].text;

	if (!def_is_name(name, DEF_VARIABLE)) {
		def_mistake(&loader->text, at, "'%s' is no name of a variable: %s", name,
			def_name_rule("env."));
		return;
	}
	uint32_t key = def_key_id(&loader->text, arena_fmt(loader->arena, "env.%s", name));
	list_add(&loader->shared, (struct line_ref){key, line});
}

void scope_shared(struct loader *loader)
{
	definition_each_line(loader, SECTION_ENV, add_env);
	definition_each_line(loader, SECTION_DEFAULTS, add_default);
	templates_find(loader);
}

void scope_tell_template(struct loader *loader, const struct def_section *section)
{
	const char *who = arena_fmt(loader->arena, "[%s]", section->name);

	for (uint32_t i = section->first; i < section->first + section->count; i++) {
		const struct def_line *line = &loader->text.lines[i];
		if (line->key == DEF_MORE)
			continue;
		tell_key(loader, line, NULL, who);
		if (loader->text.keys[line->key].parse.kind == DEF_NUMBER)
			def_mistake(&loader->text, line,
				"[%s]: 'number' cannot be the same for several stages",
				section->name);
	}
}

static void clear(struct scope *scope, uint32_t id)
{
	scope->id = id;
	scope->labels.count = 0;
	for (size_t i = 0; i < SCOPE_FAMILIES; i++)
		scope->families[i].count = 0;
	scope->attr_count = 0;
	scope->has_settings = false;
	scope->settings = NONE;
	scope->section_count = 0;
	for (size_t i = 0; i < DEF_SINGLE_COUNT; i++)
		scope->single[i] = NONE;
}

static void add_line(struct loader *loader, struct line_ref ref, uint32_t from)
{
	if (loader->text.keys[ref.key].parse.kind != DEF_CONFIG || !add_mapping(loader, ref, from))
		add(loader, ref);
}

/* [env] and [defaults] of a part are for its stages alone. */
static bool is_for(const struct loader *loader, uint32_t line, const struct decl *decl)
{
	const struct def_text *text = &loader->text;
	uint32_t part = def_part_of(text, &text->lines[line]), own;

	if (!part)
		return true;
	own = text->files[text->sections[decl->section].file].part;
	while (own && own != part)
		own = text->parts[own].outer;
	return own == part;
}

void scope_add_section(struct loader *loader, uint32_t id)
{
	const struct def_section *section = &loader->text.sections[id];
	uint32_t first = section->first, end = first + section->count;
	struct scope *scope = &loader->scope;

	MEM_PUSH(scope->sections, scope->section_count, scope->section_cap, id);
	for (uint32_t i = first; i < end; i++) {
		uint32_t key = loader->text.lines[i].key;
		if (key == DEF_MORE)
			continue;
		enum def_kind kind = loader->text.keys[key].parse.kind;
		scope->has_settings |= kind >= DEF_SETTING && kind <= DEF_LAST_SETTING;
		add_line(loader, (struct line_ref){key, i}, first);
	}
}

/* What a template says is told where it stands; whether its attributes have their file, here. */
static void tell_keys(struct loader *loader, const struct decl *decl)
{
	const struct scope *scope = &loader->scope;

	for (uint32_t n = 0; n < scope->section_count; n++) {
		const struct def_section *section = &loader->text.sections[scope->sections[n]];
		for (uint32_t i = section->first; i < section->first + section->count; i++) {
			const struct def_line *line = &loader->text.lines[i];
			if (line->key != DEF_MORE &&
				(section->kind == SECTION_STAGE ||
					loader->text.keys[line->key].parse.kind >= DEF_ATTRIBUTE))
				tell_key(loader, line, decl->name, NULL);
		}
	}
}

void scope_enter(struct loader *loader, const struct decl *decl, bool tell)
{
	clear(&loader->scope, ++loader->scope_count);
	for (uint32_t i = 0; i < loader->shared.count; i++) {
		if (is_for(loader, loader->shared.at[i].line, decl))
			add_line(loader, loader->shared.at[i], 0);
	}
	templates_use(loader, decl, tell);
	scope_add_section(loader, decl->section);
	link_attrs(loader);
	if (tell)
		tell_keys(loader, decl);
}

struct def_key *scope_key(struct loader *loader, const char *name, size_t len)
{
	uint32_t id = map_getn(&loader->text.key_ids, name, len);

	if (id == NONE || loader->text.keys[id].scope != loader->scope.id)
		return NULL;
	return &loader->text.keys[id];
}

void scope_free(struct scope *scope)
{
	free(scope->labels.at);
	for (size_t i = 0; i < SCOPE_FAMILIES; i++)
		free(scope->families[i].at);
	free(scope->attrs);
	free(scope->label_info);
	free(scope->sections);
}
