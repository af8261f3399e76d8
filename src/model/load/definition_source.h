/* What a graph was made from, asked again: while every source is the same, so is the graph. */
#ifndef MODEL_DEFINITION_SOURCE_H
#define MODEL_DEFINITION_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/graph/graph.h"

/* The digest that a source of this kind would have now. The process is in the root. -1 only if the
 * file or directory cannot be read. */
int source_digest(enum source_kind kind, const char *path, struct digest *out, struct err *err);

/* What is at a path: 'f', 'd', 'o', 'l' or '0'. What cannot be asked for is not there. */
char source_probe(const char *path);
struct digest source_probe_digest(char type);
/* Of a sorted list of paths. */
struct digest source_list_digest(const char *const *paths, uint32_t count);

#endif
