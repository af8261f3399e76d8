/* Lists of foreach that other stages make: {{STAGE.LABEL}}, {{STAGE.LABEL}}/PATTERN,
 * @{{STAGE.LABEL}}.
 *
 * Declared files are known by name. What lies in a directory, or stands in a file, is known by what
 * the records of the stages that make them tell (definition_request.made_names); of one that has no
 * success there are no values as yet. Whoever reads the files of instances that such a list makes
 * waits for the stages that make the list. */
#ifndef MODEL_MADE_LIST_H
#define MODEL_MADE_LIST_H

#include "model/load/loader.h"

struct gather;
struct made_names;

/* An instance, by its place in its stage: its number may change until all are known. */
struct list_maker {
	uint32_t decl; /* NONE: none */
	uint32_t nth;
	bool is_path;  /* of a value: it is the path of what it makes */
	bool is_known; /* and known by its name alone */
};

/* A list of a stage with these values of the keys above it. */
struct list_part {
	const uint32_t *prefix; /* the places of their values, of as many keys as stand above it */
	struct list_maker maker;
	const char *path, *pattern;
	struct digest names;
	uint8_t kind;  /* enum list_kind */
	uint8_t flags; /* LIST_* */
};

/* A line as it stands in the file. */
struct made_ref {
	const char *name; /* "split.parts" */
	size_t name_len;
	const char *pattern; /* NULL: none */
	bool is_lines;
};

bool made_list_parse(const char *value, struct made_ref *ref);
/* Takes the values of a line into the list that is being gathered. */
void made_list_add(struct gather *gather, const struct made_ref *ref);

/* Of the stage in scope: the stages whose lists it names, and where; in the arena. */
struct made_list_maker {
	uint32_t decl, line;
};
uint32_t made_list_makers(
	struct loader *loader, const struct decl *decl, struct made_list_maker **out);

/* Edges from the stages whose lists decide what the instance reads. */
struct match;
void made_list_wait(struct expand *x, const struct match *match);
/* A value that is the path of what a stage makes, free of places: "@split/parts/x"; in the arena.
 * NULL: it is none. */
const char *made_list_identity(struct loader *loader, const struct each_list *list, uint32_t place);
/* May such a value, with the filters of its placeholder, stand in a command? As a path it has to be
 * an input. False: told. */
struct template_hole;
bool made_list_may_stand(struct expand *x, const struct def_line *at,
	const struct template_hole *hole, const char *value);
/* Edges from the stages that made the values of an instance. */
void made_list_edges(struct loader *loader, const struct decl *decl, uint32_t nth);
/* Edges from the stages whose lists decide what a pattern of the instance matches. */
void made_list_wait_pattern(struct expand *x, const char *pattern);
/* The graph's lists, when all stages are there. */
void made_list_finish(struct loader *loader);

/* Of a list of the graph: the names' digest, and whether there are none. */
struct digest made_list_digest(const struct graph *graph, const struct made_list *list,
	const struct made_names *names, bool *is_empty);

#endif
