/* What is probably not meant, though it is no mistake. */
#ifndef MODEL_LINT_H
#define MODEL_LINT_H

struct loader;

/* Warns, at the lines; after all stages were built. */
void lint(struct loader *loader);

#endif
