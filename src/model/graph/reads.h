/* Who reads what a stage makes, as far as the definition says. */
#ifndef MODEL_READS_H
#define MODEL_READS_H

#include <stdbool.h>
#include <stdint.h>

struct graph;

enum reads_kind {
	READS_NOT,
	READS_FILE,   /* just this one, by its content: with its digest alone it can be judged */
	READS_INSIDE, /* files in it, by their content: with its listing it can be judged */
	READS_PART,   /* something around it, or its time */
};

/* How the stage reads the file. */
enum reads_kind reads_of(const struct graph *graph, uint32_t stage, uint32_t file);
/* Does an enabled stage read what `maker` makes there? */
bool reads_any(const struct graph *graph, uint32_t maker, uint32_t file);
/* The same, or may one that is made by what is in it? */
bool reads_may(const struct graph *graph, uint32_t maker, uint32_t file);
/* Are its lines a list of foreach? */
bool reads_lines(const struct graph *graph, uint32_t maker, uint32_t file);

#endif
