/* A list of foreach while its values come, for each_list.c and its parts. */
#ifndef MODEL_GATHER_H
#define MODEL_GATHER_H

#include "model/load/each_list.h"

struct gather {
	struct expand x;
	uint32_t key; /* of decl */
	const struct def_line *line;
	struct each_list *list;
	uint32_t cap;
	struct place_list *out;        /* of a list that names keys above it: what is here */
	const struct def_line **lines; /* of the texts that the values are made of */
	uint32_t count, line_cap;
	struct map names; /* name -> place */
	struct map plain;
	const struct def_line *name; /* foreach.KEY.name; NULL */
	uint32_t *tuple;             /* of the value that is named */
	bool folds_case;             /* where the instances' directories are */
	bool may_be_empty;
	bool has_made; /* a line names what another stage makes */
	bool is_good;
};

/* gather.c: takes a value in, by the name of its own kind, or by the given one. */
void gather_value(struct gather *gather, const char *value, bool is_path);
void gather_named(struct gather *gather, const char *value, const char *plain);
/* Letters, digits, what is above ASCII and valid, and a few signs; no dot or dash in front. */
const char *gather_safe_name(struct arena *arena, const char *text);
/* In the job's directory, or the nearest above it that there is. */
bool gather_folds_case(struct loader *loader);

/* gather_table.c: is the key's value "{{tables.NAME}}" or "{{tables.NAME.COLUMN}}" and no more? Its
 * name is then what stands behind "tables.". */
bool gather_names_table(
	const struct gather *gather, struct line_ref ref, const char **name, size_t *len);
void gather_table(struct gather *gather, const char *name, size_t len);

#endif
