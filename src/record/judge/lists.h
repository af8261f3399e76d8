/* The lists of foreach that a stage makes: are they what the graph was built with? */
#ifndef RECORD_LISTS_H
#define RECORD_LISTS_H

#include <stdbool.h>
#include <stdint.h>

struct digest;
struct graph;

/* By the stage's record. */
bool lists_are_current(const struct graph *graph, uint32_t stage);
/* How many names of the list (as far as that is not none) lie at a path, with what is known to be
 * its content; at NULL: nothing. -1: it is nothing that has such names. */
int lists_look(const struct graph *graph, uint32_t list, const struct digest *sum, const char *at);
/* A list that must not be empty, and is, by the stage's record; NONE. *unknown: one of which the
 * record does not tell what is in it; *refused: one that would make the definition a mistake. */
uint32_t lists_find_wrong(
	const struct graph *graph, uint32_t stage, uint32_t *unknown, uint32_t *refused);
const char *lists_path(const struct graph *graph, uint32_t list); /* of the output */

#endif
