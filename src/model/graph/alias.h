#ifndef MODEL_ALIAS_H
#define MODEL_ALIAS_H

#include <stdbool.h>

struct diags;
struct graph;

/* Tells of inputs that are, behind links, what another stage makes, where there is no edge: the
 * stage could run before the maker. The process is in the root. False: there are some. */
bool alias_check(const struct graph *graph, struct diags *diags);

#endif
