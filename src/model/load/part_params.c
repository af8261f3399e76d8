#include "model/load/part_params.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/load/expand_hint.h"
#include "model/load/loader.h"
#include "model/load/params.h"

static uint32_t find(const struct params *params, uint32_t part, char kind, const char *name)
{
	struct buf id BUF_LOCAL = {0};

	buf_fmt(&id, "%u%c%s", part, kind, name);
	return map_get(&params->part_ids, buf_text(&id));
}

void part_params_add(
	struct loader *loader, uint32_t part, bool is_given, const char *name, uint32_t line)
{
	struct params *params = &loader->params;

	MEM_ROOM(params->part_items, params->part_count, params->part_cap);
	params->part_items[params->part_count] =
		(struct param){.name = name, .line = &loader->text.lines[line], .part = part};
	map_set(&params->part_ids,
		arena_fmt(loader->arena, "%u%c%s", part, is_given ? '+' : '-', name),
		params->part_count++);
}

/* Does the text name the parameter, or a mapping in which it is? */
static bool names(const char *text, const char *name)
{
	for (const char *at = text; (at = strstr(at, "params.")); at++) {
		const char *word = at + strlen("params.");
		size_t len = strcspn(word, "} \t|'\"");
		if (strncmp(word, name, len) == 0 && strchr(".", name[len]))
			return true;
		size_t whole = strlen(name); /* an item of a list */
		if (len > whole && strncmp(word, name, whole) == 0 && word[whole] == '.')
			return true;
	}
	return false;
}

static bool is_inside(const struct def_text *text, uint32_t part, uint32_t outer)
{
	while (part && part != outer)
		part = text->parts[part].outer;
	return part == outer;
}

/* Does a line of the part, or of one in it, ask for the parameter? */
static bool is_asked(const struct loader *loader, uint32_t part, const char *name)
{
	const struct def_text *text = &loader->text;
	bool has_lines = false; /* of one that could not be read nothing is known */

	for (uint32_t i = 0; i < text->file_count; i++) {
		const struct def_file *file = &text->files[i];
		if (!is_inside(text, file->part, part))
			continue;
		has_lines |= file->count > 0;
		for (uint32_t n = file->first; n < file->first + file->count; n++) {
			if (names(text->lines[n].value, name))
				return true;
		}
	}
	return !has_lines;
}

/* The parameters that the part declares, for "did you mean". */
static const char *near_own(struct loader *loader, uint32_t part, const char *name)
{
	const struct params *params = &loader->params;
	const char **own MEM_LOCAL = mem_grow(NULL, (size_t)params->part_count + 1, sizeof *own);
	size_t count = 0;

	for (uint32_t i = 0; i < params->part_count; i++) {
		if (find(params, part, '-', params->part_items[i].name) == i)
			own[count++] = params->part_items[i].name;
	}
	return hint_nearest(loader, name, own, count);
}

static void take(struct loader *loader, uint32_t part, uint32_t at)
{
	const struct def_line *line = &loader->text.lines[at];
	const char *key = line->key == DEF_MORE ? "" : loader->text.keys[line->key].text;
	const char *name = key + strlen("params.");

	if (def_include_key(key) != INCLUDE_PARAM)
		return;
	if (is_asked(loader, part, name))
		part_params_add(loader, part, true, name, at);
	else
		def_mistake(&loader->text, line, "'%s': nothing in that file names {{params.%s}}%s",
			key, name, near_own(loader, part, name));
}

void part_params_take(struct loader *loader)
{
	const struct def_text *text = &loader->text;

	for (uint32_t part = 1; part < text->part_count; part++) {
		const struct def_section *section = &text->sections[text->parts[part].section];
		for (uint32_t i = section->first; i < section->first + section->count; i++)
			take(loader, part, i);
	}
}

struct param *part_params_find(
	const struct loader *loader, const struct def_line *at, const char *name, bool with_own)
{
	const struct def_text *text = &loader->text;
	uint32_t found = NONE;

	for (uint32_t part = def_part_of(text, at); part && found == NONE;
		part = text->parts[part].outer) {
		found = find(&loader->params, part, '+', name);
		if (found == NONE && with_own)
			found = find(&loader->params, part, '-', name);
	}
	return found == NONE ? NULL : &loader->params.part_items[found];
}

void part_params_free(struct params *params)
{
	free(params->part_items);
	map_free(&params->part_ids);
}
