/* Inputs that no stage makes must be there before anything runs. */
#ifndef CMD_INPUTS_H
#define CMD_INPUTS_H

#include <stdbool.h>

struct graph;

/* Says on stderr which are missing, each at its stage's line: EXIT_USAGE then, else EXIT_OK. */
int inputs_check(const struct graph *graph, const bool *wanted);

#endif
