/* Patterns, and what is on disk: sources of the graph. */
#ifndef MODEL_EXPAND_GLOB_H
#define MODEL_EXPAND_GLOB_H

#include "model/load/loader.h"

/* What matches on disk, which is a source of the graph, and what stages make that does. A pattern
 * that reaches into a directory that a stage makes is a mistake. Caller frees the list. */
bool expand_glob_made(
	struct expand *x, const struct def_line *at, const char *pattern, struct path_list *out);
/* The stage that makes the path, or a directory around it, as far as is known; NULL: none. */
const char *expand_maker(struct loader *loader, const char *path);
/* Is the path made by a disabled instance? */
bool glob_is_disabled(struct loader *loader, const char *path);
/* What a disabled instance made that still lies in the directory; NULL: nothing. */
const struct made *glob_left_over(struct loader *loader, const char *dir);
/* "a[1].txt" is a file's name as well as a pattern that does not match it: where there is such a
 * file, it is meant. A pattern that matches the file too (a file called "*") stays a pattern. */
bool expand_is_literal(struct loader *loader, const char *text);
/* Does a normalised path match? As fs_glob: by component, ** for any depth, dots must be given. */
bool glob_matches(const char *pattern, const char *path);

/* expand_probe.c: what is at a path: 'f', 'd', 'o', 'l' or '0'; a source of the graph. */
char expand_probe(struct loader *loader, const char *path);

#endif
