/* The steps of loading that definition.c takes, one after the other. */
#ifndef MODEL_DEFINITION_STEPS_H
#define MODEL_DEFINITION_STEPS_H

#include "model/load/loader.h"

/* definition_head.c: the sections that are no stages. */
int definition_root(struct loader *loader, struct err *err); /* enters it; -1: that is impossible */
/* finds them, and tells unknown ones and their keys */
void definition_sections(struct loader *loader);
void definition_sources(struct loader *loader);
void definition_head(struct loader *loader);
/* The value of a key of [pipeline] in the arena, or NULL. */
const char *definition_head_value(
	struct loader *loader, enum def_head key, const struct def_line **line);
/* definition_pools.c: [pools] */
void definition_pools(struct loader *loader);
void definition_env(struct loader *loader); /* definition_env.c: [pipeline] env_file */

/* definition_slurm.c: [slurm], [pipeline] executor, and, when all stages are there, what cannot run
 * where the definition wants it. */
void definition_slurm(struct loader *loader);
void definition_executors(struct loader *loader);
void definition_profile_default(struct loader *loader, uint32_t line); /* of its [defaults] */

/* definition_stage.c: names, numbers and directories of all stages. */
void definition_stages(struct loader *loader);

/* definition_prices.c: [prices], which may name stages, and [pipeline] budget. */
void definition_prices(struct loader *loader);
/* definition_cache.c: [cache]. */
void definition_cache(struct loader *loader);

/* expand_output.c: the instances of all stages, their outputs and intermediates. */
void expand_all_outputs(struct loader *loader);

/* expand_stage.c: everything else of all stages, into the build. */
void expand_stages(struct loader *loader);

#endif
