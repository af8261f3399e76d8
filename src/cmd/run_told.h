/* A run with everybody who watches it: console, pipeline log, picture. */
#ifndef CMD_RUN_TOLD_H
#define CMD_RUN_TOLD_H

#include "cmd/command.h"
#include "run/engine/run.h"

struct graph;

/* Fills in what -q, -v and --color say, runs, tells what went wrong. Returns the exit code;
 * options->jobs 0 means as many as there are processors. */
int run_told(const struct call *call, const struct graph *graph, struct run_options *options);

#endif
