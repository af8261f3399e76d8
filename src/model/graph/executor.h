/* Where a stage's command runs, as far as the definition and the command line say. No part of a
 * stage's identity: it makes the same wherever it runs. */
#ifndef MODEL_EXECUTOR_H
#define MODEL_EXECUTOR_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct graph;
struct settings;

/* X(id, name) */
#define EXECUTORS(X) \
	X(LOCAL, "local") \
	X(SLURM, "slurm")

#define EXECUTOR_ID(id, name) EXECUTOR_##id,
enum executor {
	EXECUTOR_UNSAID,
	EXECUTORS(EXECUTOR_ID) EXECUTOR_COUNT
};

#define EXECUTOR_TAKES "local or slurm"

/* What [slurm] says of all jobs together: X(name, what it takes). */
#define SLURM_KEYS(X) \
	X("jobs", "the number of stages that are out at once, from 1") \
	X("submit_rate", "how many submissions there may be in a second, such as 2") \
	X("export", "which variables jobs get, as sbatch --export does") \
	X("restage", "the path of restage on the nodes") \
	X("restarts", "how often a stage whose job was lost is started again, from 0")

const char *executor_name(enum executor executor);
enum executor executor_parse(const char *name); /* EXECUTOR_UNSAID: there is none of that name */
/* The one of those that do not say it themselves; otherwise: what the command line says. */
enum executor graph_executor(const struct graph *graph, enum executor otherwise);
/* The one of stages with these settings. */
enum executor settings_executor(
	const struct graph *graph, const struct settings *settings, enum executor otherwise);
enum executor stage_executor(const struct graph *graph, uint32_t stage, enum executor otherwise);
/* Why that one cannot run it, and what to do; NULL: it can. In the arena, or static. */
const char *executor_mistake(
	struct arena *arena, const struct graph *graph, uint32_t stage, enum executor otherwise);
/* Of SLURM_KEYS, as text; NULL: it is not said. */
const char *executor_slurm_value(const struct graph *graph, const char *key);
/* The same as a number; otherwise: if it is not said. */
uint32_t executor_slurm_number(const struct graph *graph, const char *key, uint32_t otherwise);

#endif
