/* Which stages there are: names, numbers, directories.
 *
 * Stages are counted in their order, what is included first; `number` pins one, and those behind it
 * count on from there, over numbers that another has. */
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/load/definition_steps.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"

#define NAME_MAX_BYTES 100
#define NUMBER_MAX 1000000u

static bool is_stage_name(const char *name)
{
	return *name != '.' && strlen(name) <= NAME_MAX_BYTES && def_is_name(name, DEF_DOTTED);
}

static void check_name(struct loader *loader, const struct def_section *section, const char *name)
{
	const char *file = loader->text.files[section->file].name;
	uint32_t other = map_get(&loader->decl_ids, name);

	if (other != NONE) /* [stage:a] and [stage: a]; equal headers were told when read */
		diag_add(loader->text.diags, file, section->number,
			"stage '%s' is declared twice, first in line %u", name,
			loader->text.sections[loader->decls[other].section].number);
	else if (!is_stage_name(name))
		diag_add(loader->text.diags, file, section->number,
			"'%s' is no name for a stage: letters, digits, '_', '-' and '.', "
			"not beginning with '.', at most 100 bytes",
			name);
	else if (placeholder_is_reserved(name, strcspn(name, ".")))
		/* "params.x" would be a parameter in a placeholder, whatever x this stage makes */
		diag_add(loader->text.diags, file, section->number,
			"'%s' is no name for a stage: placeholders begin with that word", name);
}

static void add_decl(struct loader *loader, uint32_t id)
{
	const struct def_section *section = &loader->text.sections[id];
	const char *name = def_section_own_name(section->name);

	check_name(loader, section, name);
	MEM_ROOM(loader->decls, loader->decl_count, loader->decl_cap);
	loader->decls[loader->decl_count] = (struct decl){.name = name, .section = id};
	map_put(&loader->decl_ids, name, loader->decl_count++);
}

static void find_stages(struct loader *loader)
{
	const struct def_text *text = &loader->text;

	MEM_RESERVE(loader->decls, text->section_count, loader->decl_cap);
	for (uint32_t i = 0; i < text->order_count; i++) {
		const struct def_file *file = &text->files[text->order[i]];
		uint32_t end = file->first_section + file->section_count;
		for (uint32_t n = file->first_section; n < end; n++) {
			if (!text->sections[n].is_duplicate &&
				text->sections[n].kind == SECTION_STAGE)
				add_decl(loader, n);
		}
	}
}

static const struct def_line *number_line(const struct loader *loader, const struct decl *decl)
{
	const struct def_section *section = &loader->text.sections[decl->section];

	for (uint32_t i = section->first; i < section->first + section->count; i++) {
		const struct def_line *line = &loader->text.lines[i];
		if (line->key != DEF_MORE && loader->text.keys[line->key].parse.kind == DEF_NUMBER)
			return line;
	}
	return NULL;
}

static uint32_t pinned_number(struct loader *loader, struct decl *decl, const struct def_line *line)
{
	struct expand x = expand_globals(loader, "'number'");
	struct buf text BUF_LOCAL = {0};
	uint32_t number = 0;

	x.decl = decl;
	if (expand_single(&x, line, &text) &&
		(!text_to_u32(buf_text(&text), &number) || !number || number > NUMBER_MAX)) {
		expand_mistake(&x, line, "'number' is '%s': it takes a number from 1 to %u",
			buf_text(&text), NUMBER_MAX);
		number = 0;
	}
	return number;
}

/* The pinned numbers, told if two are the same. `owner` maps numbers, as text, to stages. */
static void pin_numbers(struct loader *loader, struct map *owner)
{
	if (map_get(&loader->text.key_ids, "number") == NONE)
		return;
	for (uint32_t i = 0; i < loader->decl_count; i++) {
		struct decl *decl = &loader->decls[i];
		const struct def_line *line = number_line(loader, decl);
		decl->number = line ? pinned_number(loader, decl, line) : 0;
		if (!decl->number)
			continue;
		const char *key = arena_fmt(loader->arena, "%u", decl->number);
		uint32_t other = map_put(owner, key, i);
		struct expand x = {.loader = loader, .decl = decl};
		if (other != i)
			expand_mistake(&x, line, "number %u is taken by stage '%s'", decl->number,
				loader->decls[other].name);
	}
}

/* The next number that nobody has is that of stage i. */
static uint32_t next_free(struct loader *loader, struct map *owner, uint32_t next, uint32_t i)
{
	while (map_put(owner, arena_fmt(loader->arena, "%u", next), i) != i)
		next++;
	return next;
}

static void give_numbers(struct loader *loader)
{
	struct map owner MAP_LOCAL = {0};
	uint32_t next = 1;

	pin_numbers(loader, &owner);
	bool has_pinned = owner.count != 0;
	for (uint32_t i = 0; i < loader->decl_count; i++) {
		struct decl *decl = &loader->decls[i];
		if (!decl->number)
			decl->number = has_pinned ? next_free(loader, &owner, next, i) : next;
		next = decl->number + 1;
	}
}

/* At least two digits; a printf of each would be a tenth of what a large definition takes. */
static void add_number(struct buf *out, uint32_t number)
{
	char digits[10];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number || at > sizeof digits - 2);
	buf_add(out, digits + at, sizeof digits - at);
}

void definition_stages(struct loader *loader)
{
	struct buf dir BUF_LOCAL = {0};

	find_stages(loader);
	give_numbers(loader);
	for (uint32_t i = 0; i < loader->decl_count; i++) {
		struct decl *decl = &loader->decls[i];
		buf_reset(&dir);
		if (strcmp(loader->job_dir, ".") != 0) {
			buf_str(&dir, loader->job_dir);
			buf_char(&dir, '/');
		}
		add_number(&dir, decl->number);
		buf_char(&dir, '_');
		buf_str(&dir, decl->name);
		decl->dir = build_textn(&loader->build, dir.data, dir.len);
	}
	if (!loader->decl_count)
		def_mistake(&loader->text, NULL,
			"no stage is declared: add [stage:NAME] with a command");
}
