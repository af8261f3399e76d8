/* What is probably not meant, though it is no mistake. */
#ifndef MODEL_LINT_H
#define MODEL_LINT_H

struct diags;
struct graph;
struct loader;

/* Warns, at the lines; after all stages were built. */
void lint(struct loader *loader);
/* Warns, at the sections of stages, of what commands name and other stages make, where there is no
 * edge; and of temporary outputs that nobody reads. */
void lint_edges(const struct graph *graph, struct diags *diags);

#endif
