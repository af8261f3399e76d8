#include "model/load/definition_template.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "model/load/definition_scope.h"
#include "model/load/expand_hint.h"

#define DEPTH_MAX 100 /* that many may use one another in a row */

/* The line of `use` in a section, NONE. */
static uint32_t use_line(const struct loader *loader, uint32_t id)
{
	const struct def_text *text = &loader->text;
	const struct def_section *section = &text->sections[id];

	for (uint32_t i = section->first; i < section->first + section->count; i++) {
		uint32_t key = text->lines[i].key;
		if (key != DEF_MORE && text->keys[key].parse.kind == DEF_USE)
			return i;
	}
	return NONE;
}

static uint32_t find(struct loader *loader, const struct def_line *line, const char *name,
	const char *who, bool tell)
{
	uint32_t id = def_find(&loader->text, &loader->template_ids, line, name, strlen(name));
	const char **names;

	if (id != NONE || !tell)
		return id;
	names = mem_grow(NULL, (size_t)loader->template_count + 1, sizeof *names);
	for (uint32_t i = 0; i < loader->template_count; i++)
		names[i] = loader->templates[i].name;
	const char *near = hint_nearest(loader, name, names, loader->template_count);
	def_mistake(&loader->text, line,
		"%s: 'use' names '%s', and there is no such template%s%s%s", who, name,
		*near ? near : ": add [template:", *near ? "" : name, *near ? "" : "]");
	free(names);
	return NONE;
}

struct uses {
	struct loader *loader;
	const char *who; /* for messages */
	bool tell;
	void (*entry)(struct uses *uses, uint32_t template, const struct def_line *line);
	uint32_t way[DEPTH_MAX]; /* templates that are looked at, outermost first */
	uint32_t depth;
};

/* Calls entry for each template that the line names. */
static void each_use(struct uses *uses, uint32_t first)
{
	struct loader *loader = uses->loader;

	for (uint32_t n = 0; first != NONE && n < def_value_lines(&loader->text, first); n++) {
		const struct def_line *line = &loader->text.lines[first + n];
		for (const char *at = line->value; *(at += strspn(at, ", \t"));) {
			size_t len = strcspn(at, ", \t");
			uint32_t id = find(loader, line, arena_strndup(loader->arena, at, len),
				uses->who, uses->tell);
			if (id != NONE)
				uses->entry(uses, id, line);
			at += len;
		}
	}
}

static void tell_circle(struct uses *uses, uint32_t from, const struct def_line *line)
{
	const struct loader *loader = uses->loader;
	struct buf way BUF_LOCAL = {0};

	for (uint32_t i = from; i < uses->depth; i++)
		buf_fmt(&way, "%s -> ", loader->templates[uses->way[i]].name);
	def_mistake(&uses->loader->text, line, "a template uses itself: %s%s", buf_text(&way),
		loader->templates[uses->way[from]].name);
}

/* Once for each template, so that all circles are found. */
static void check(struct uses *uses, uint32_t id, const struct def_line *line)
{
	struct loader *loader = uses->loader;
	struct template *template = &loader->templates[id];
	const char *who = uses->who;

	for (uint32_t i = 0; i < uses->depth; i++) {
		if (uses->way[i] == id) {
			tell_circle(uses, i, line);
			return;
		}
	}
	if (template->is_checked)
		return;
	if (uses->depth == DEPTH_MAX) {
		def_mistake(
			&loader->text, line, "more than %d templates use one another", DEPTH_MAX);
		return;
	}
	uses->way[uses->depth++] = id;
	uses->who = arena_fmt(loader->arena, "[template:%s]", template->name);
	each_use(uses, use_line(loader, template->section));
	uses->who = who;
	uses->depth--;
	loader->templates[id].is_checked = true;
}

static void add(struct uses *uses, uint32_t id, const struct def_line *line)
{
	struct loader *loader = uses->loader;
	struct template *template = &loader->templates[id];
	(void)line;

	if (template->scope == loader->scope.id || uses->depth == DEPTH_MAX)
		return;
	template->scope = loader->scope.id;
	bool tell = uses->tell;
	uses->tell = false; /* that was told where it stands */
	uses->depth++;
	each_use(uses, use_line(loader, template->section));
	uses->depth--;
	uses->tell = tell;
	scope_add_section(loader, template->section);
}

void templates_find(struct loader *loader)
{
	struct uses uses = {.loader = loader, .tell = true, .entry = check};

	loader->has_use = map_get(&loader->text.key_ids, "use") != NONE;
	for (uint32_t i = 0; i < loader->special_count; i++) {
		const struct def_section *section = &loader->text.sections[loader->specials[i]];
		if (section->kind != SECTION_TEMPLATE)
			continue;
		const char *name = def_section_own_name(section->name);
		MEM_ROOM(loader->templates, loader->template_count, loader->template_cap);
		loader->templates[loader->template_count] =
			(struct template){.name = name, .section = loader->specials[i]};
		scope_tell_template(loader, section);
		if (!def_is_name(name, DEF_DOTTED))
			diag_add(loader->text.diags, loader->text.files[section->file].name,
				section->number,
				"'%s' is no name for a template: letters, digits, '_', '-' and '.'",
				name);
		map_put(&loader->template_ids, name, loader->template_count++);
	}
	for (uint32_t i = 0; i < loader->template_count; i++)
		check(&uses, i, NULL);
}

void templates_use(struct loader *loader, const struct decl *decl, bool tell)
{
	uint32_t line = loader->has_use ? use_line(loader, decl->section) : NONE;

	if (line == NONE)
		line = loader->scope.single[DEF_USE];
	if (line == NONE)
		return;
	struct uses uses = {.loader = loader, .tell = tell, .entry = add};
	if (tell)
		uses.who = arena_fmt(loader->arena, "stage '%s'", decl->name);
	each_use(&uses, line);
}

void templates_free(struct loader *loader)
{
	free(loader->templates);
	map_free(&loader->template_ids);
}
