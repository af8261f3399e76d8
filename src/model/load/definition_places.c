#include "model/load/definition_places.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/graph/graph.h"

void places_note(struct definition_places *places, uint32_t use, uint32_t line)
{
	while (places->count <= use)
		MEM_PUSH(places->lines, places->count, places->cap, 0);
	places->lines[use] = line + 1;
}

uint32_t places_of_use(const struct definition_places *places, const struct graph *graph,
	uint32_t use, const char **file)
{
	const struct def_text *text = &places->text;

	if (use >= places->count || !places->lines[use])
		return 0;
	const struct def_line *line = &text->lines[places->lines[use] - 1];
	/* the graph has the files first, in their order, as they were named then */
	uint32_t id = (uint32_t)(def_line_file(text, line) - text->files);
	if (id >= graph->source_count)
		return 0;
	*file = graph_text(graph, graph->sources[id].name);
	return line->number;
}

/* The section in which a line stands, its header included. */
static const struct def_section *section_at(
	const struct def_text *text, uint32_t file, uint32_t line)
{
	const struct def_file *at = &text->files[file];
	const struct def_section *found = NULL;

	for (uint32_t i = 0; i < at->section_count; i++) {
		const struct def_section *section = &text->sections[at->first_section + i];
		if (section->number <= line)
			found = section;
	}
	return found;
}

void places_find(const struct definition_places *places, const char *file, uint32_t line,
	const char **section, const char **key)
{
	const struct def_text *text = &places->text;
	const struct def_section *found = NULL;
	const char *last = NULL;

	*section = *key = NULL;
	for (uint32_t i = 0; i < text->file_count && !found; i++) {
		if (text_eq(text->files[i].name, file))
			found = section_at(text, i, line);
	}
	if (!found)
		return;
	*section = found->name;
	for (uint32_t i = found->first; i < found->first + found->count; i++) {
		const struct def_line *at = &text->lines[i];
		if (at->key != DEF_MORE)
			last = text->keys[at->key].text;
		if (at->number == line)
			*key = last;
	}
}

void places_free(struct definition_places *places)
{
	definition_text_free(&places->text);
	free(places->lines);
	*places = (struct definition_places){0};
}
