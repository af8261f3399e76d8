/* Containers as this machine has them: which engine runs a stage's image, where what it needs lies,
 * and what its commands become by that. */
#ifndef RUN_CONTAIN_H
#define RUN_CONTAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/command/container.h"

struct err;
struct graph;

/* Fills in what is the same for all commands of a stage that has a container; all in the arena, or
 * of the graph. NULL; else why it cannot run here, with what to do about it. */
const char *contain_look(
	struct arena *arena, const struct graph *graph, uint32_t stage, struct container *out);

/* What one command is given beyond that. */
struct contained {
	const char *name; /* of its container */
	const char *dir;  /* where it runs, from the root; NULL: the root */
	const char *id;   /* of the image, if it is a reference's and known */
	const char *gpus;
	bool has_terminal;
	bool may_pull;
};

/* The command of a stage, in its container; without one it stays as it is. What stands in the way
 * becomes its refusal. *env: what it is given, and becomes what the engine is given. Returns the
 * engine's name; NULL: none runs it. */
const char *contain_command(struct arena *arena, const struct graph *graph, uint32_t stage,
	const struct contained *given, struct command *command, char ***env);

/* What the container of the stage's attempt is called: one of a stage runs at a time. With `part`,
 * one of another command for it, by this process. */
const char *contain_name(
	struct arena *arena, const struct graph *graph, uint32_t stage, const char *part);

/* Removes the containers of attempts that a kill left without anybody: those of stages that are
 * `left`, as far as there are any. What cannot be removed now stands in the way of nobody. */
void contain_sweep(
	const struct graph *graph, bool (*left)(const void *ctx, uint32_t stage), const void *ctx);

/* Is there an engine for all wanted stages? Else -1 with err, EXIT_USAGE, and the stage's line. */
int contain_check(const struct graph *graph, const bool *wanted, struct err *err);

#endif
