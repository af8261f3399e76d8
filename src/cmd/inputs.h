/* Inputs that no stage makes must be there before anything runs. */
#ifndef CMD_INPUTS_H
#define CMD_INPUTS_H

#include <stdbool.h>

struct graph;
struct stamps;

/* Says on stderr which are missing, each at its stage's line: EXIT_USAGE then, else EXIT_OK.
 * stamps: of this graph, or NULL: then the files are looked at for this alone. */
int inputs_check(const struct graph *graph, struct stamps *stamps, const bool *wanted);

#endif
