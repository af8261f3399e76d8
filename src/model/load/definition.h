/* Loading a pipeline file: INI -> graph of a job. */
#ifndef MODEL_DEFINITION_H
#define MODEL_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>

struct definition_places;
struct diags;
struct err;
struct graph;

struct definition_request {
	const char *file;          /* the INI file, relative to the current directory or absolute */
	const char *const *params; /* "KEY=VALUE" of -p, in order */
	size_t param_count;
	const char *const *forget; /* names of --forget, or "all" */
	size_t forget_count;
	const char *job; /* --job, or NULL: [pipeline] job, or the pipeline's name */
	bool lints;      /* warn also of what is probably not meant */
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
