/* Parameters of what [include:NAME] brings in: those that the section gives it (params.X = ...),
 * and those of its own [params]. */
#ifndef MODEL_PART_PARAMS_H
#define MODEL_PART_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

struct def_line;
struct loader;
struct param;
struct params;

/* A line that gives one its value. */
void part_params_add(
	struct loader *loader, uint32_t part, bool is_given, const char *name, uint32_t line);
/* Takes what the sections give, and tells what nobody there asks for. */
void part_params_take(struct loader *loader);
/* The one that counts in that line, NULL. with_own: also of a part's [params]. */
struct param *part_params_find(
	const struct loader *loader, const struct def_line *at, const char *name, bool with_own);
void part_params_free(struct params *params);

#endif
