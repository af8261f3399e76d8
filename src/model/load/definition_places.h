/* Where things stand in the INI files, for who tells of them when the definition is loaded. */
#ifndef MODEL_DEFINITION_PLACES_H
#define MODEL_DEFINITION_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/load/definition_read.h"

struct definition_places {
	struct def_text text; /* what was read, also if the definition has mistakes */
	uint32_t *lines;      /* by use of the graph: the line that names the input, + 1; 0 */
	uint32_t count, cap;
};

/* Notes that the input `use` is named in that line of the text. */
void places_note(struct definition_places *places, uint32_t use, uint32_t line);
/* The line of an input: its file as the user named it, from 1. 0: no line is known. */
uint32_t places_of_use(const struct definition_places *places, const struct graph *graph,
	uint32_t use, const char **file);
/* What stands in a line of a file: the section's name ("stage:mix") and the key ("input.a"),
 * borrowed; each NULL where there is none. */
void places_find(const struct definition_places *places, const char *file, uint32_t line,
	const char **section, const char **key);
void places_free(struct definition_places *places);

#endif
