/* The parameters of a pipeline: [params], below the files of parameters, below what the job
 * remembers, below -p. */
#ifndef MODEL_PARAMS_H
#define MODEL_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"

struct def_line;
struct loader;

struct param {
	const char *name;
	const char *value;           /* final; NULL while `line` was not filled in */
	const struct def_line *line; /* in [params], NULL otherwise */
	const char *file, *in_file;  /* the last file that has it, and its value there; NULL */
	uint32_t part;               /* in whose [params] that line is; 0: none */
	bool is_option;              /* by -p */
	bool is_busy;                /* being filled in: found again, it is a cycle */
	bool is_broken;              /* told already */
};

#define PARAMS_DEPTH_MAX 50 /* that many may name one another in a row */

struct params {
	struct param *items;
	uint32_t count, cap;
	/* those that are being filled in, outermost first */
	const struct param *busy[PARAMS_DEPTH_MAX];
	uint32_t depth;
	bool has_parts;      /* a name has a dot in it: there may be mappings */
	bool is_partial;     /* a file could not be read as a whole: what is missing was told */
	const char *reading; /* name of the file that is read */
	struct map ids;
	/* those of parts (part_params.c), and "1+genome", given by [include:NAME], "1-genome", its
	 * own -> part_items */
	struct param *part_items;
	uint32_t part_count, part_cap;
	struct map part_ids;
};

/* Reads all sources but what the job remembers: a job's name that is made of parameters is made of
 * these. The process is in the root. */
void params_load(struct loader *loader);
/* Reads what the job remembers, and fills in every value; the graph gets them, sorted by name. */
void params_recall(struct loader *loader);
/* The final value for that line (NULL: for the definition as a whole), or NULL: `name` is unknown
 * (*is_known false), or broken and told. */
const char *params_value(
	struct loader *loader, const struct def_line *at, const char *name, bool *is_known);
/* The next parameter, from *at on, below a name that is none itself: "train.seed" of "train";
 * NULL. */
const char *params_part(const struct loader *loader, const char *name, uint32_t *at);
void params_free(struct params *params);

#endif
