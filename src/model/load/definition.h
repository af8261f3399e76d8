/* Loading a pipeline file: INI -> graph of a job. */
#ifndef MODEL_DEFINITION_H
#define MODEL_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct definition_places;
struct diags;
struct err;
struct graph;

/* What the last success of an instance made at a path: of a directory the paths of all that lies in
 * it, from there, of a file its lines. */
struct made_place {
	const char *job_dir, *decl, *instance; /* "": it has none */
	const char *was;                       /* what the stage was called before; NULL: as now */
	const char *dir;                       /* of the instance */
	const char *path;                      /* of the output */
	bool is_lines;
	bool may_fail; /* then a failure makes nothing */
};

struct made_names {
	/* sorted in the order that people count in, or as they stand in the file */
	const char **at;
	uint32_t count;
};

/* Tells it by its record alone; in the arena. False: that is not known. */
typedef bool made_names_find(
	struct arena *arena, const struct made_place *place, struct made_names *out);

struct definition_request {
	const char *file;          /* the INI file, relative to the current directory or absolute */
	const char *const *params; /* "KEY=VALUE" of -p, in order */
	size_t param_count;
	const char *const *forget; /* names of --forget, or "all" */
	size_t forget_count;
	const char *profile; /* absolute: what a site says of executors and caches; NULL: none */
	const char *job;     /* --job, or NULL: [pipeline] job, or the pipeline's name */
	bool lints;          /* warn also of what is probably not meant */
	/* for lists that stages make; NULL: of none it is known what is in it */
	made_names_find *made_names;
	/* The stage that is called so was called `was`, and what it made lies there still; NULL. */
	const char *renamed, *was;
	/* In a run: the process is in the root already, and `file` counts from here; NULL: not so.
	 * What was made and makes a definition with mistakes is then one, else it is not known. */
	const char *again_from;
	bool refuses_made; /* what was made makes mistakes: it is left out */
	/* NULL, or gets where things stand, also of a definition with mistakes; caller frees with
	 * places_free */
	struct definition_places *places;
};

/* Reads the file, its includes and parameter files, expands it, and builds the graph. The process
 * is in the root afterwards (chdir), also after mistakes where the root could be found. Every
 * mistake of the user goes to diags with its place; then, or when err is filled (the file cannot be
 * read), the result is NULL. Caller frees with graph_free. Writes nothing. */
struct graph *definition_load(
	const struct definition_request *request, struct diags *diags, struct err *err);

/* Which file to load when the user gave none: "pipeline.ini", or the only *.ini in "pipelines/",
 * here or upwards. -1 with err (EXIT_USAGE, saying what was looked for and what to do). Caller
 * frees *file. */
int definition_find(char **file, struct err *err);

#endif
