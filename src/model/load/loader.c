#include "model/load/loader.h"

#include <stdarg.h>

void definition_each_line(struct loader *loader, enum def_section_kind kind,
	void (*entry)(struct loader *loader, uint32_t line))
{
	for (uint32_t i = 0; i < loader->special_count; i++) {
		const struct def_section *section = &loader->text.sections[loader->specials[i]];
		uint32_t end = section->first + section->count;
		if (section->kind != kind)
			continue;
		for (uint32_t n = section->first; n < end; n++) {
			if (loader->text.lines[n].key != DEF_MORE)
				entry(loader, n);
		}
	}
}

void definition_each_value(struct loader *loader, enum def_head key,
	void (*value)(struct loader *loader, const struct def_line *line))
{
	for (uint32_t i = 0; i < loader->special_count; i++) {
		const struct def_section *section = &loader->text.sections[loader->specials[i]];
		bool is_of_key = false;
		for (uint32_t n = 0; section->kind == SECTION_PIPELINE && n < section->count; n++) {
			const struct def_line *line = &loader->text.lines[section->first + n];
			if (line->key != DEF_MORE)
				is_of_key = def_head(loader->text.keys[line->key].text) == key;
			if (is_of_key && *line->value)
				value(loader, line);
		}
	}
}

struct expand expand_globals(struct loader *loader, const char *where)
{
	return (struct expand){
		.loader = loader,
		.instance = NONE,
		.may = MAY_GLOBALS,
		.where = where,
	};
}

bool expand_mistake(struct expand *x, const struct def_line *at, const char *fmt, ...)
{
	struct buf message BUF_LOCAL = {0};
	va_list args;

	if (x->decl)
		buf_fmt(&message, "stage '%s': ", x->decl->name);
	va_start(args, fmt);
	buf_vfmt(&message, fmt, args);
	va_end(args);
	def_mistake(&x->loader->text, at, "%s", buf_text(&message));
	return false;
}

const char *expand_line_key(struct loader *loader, const struct def_line *line)
{
	while (line->key == DEF_MORE)
		line--;
	return loader->text.keys[line->key].text;
}
