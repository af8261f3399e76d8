/* What lies in the stages' directories without being tracked, and what stages left that
 * are gone. */
#ifndef RUN_VERIFY_TREE_H
#define RUN_VERIFY_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "run/ask/verify.h"

struct record;

struct findings {
	struct verify_finding *items; /* owned */
	size_t count, cap;
};

void findings_add(struct findings *findings, const struct verify_finding *finding);

struct verify_tree {
	const struct graph *graph;
	const bool *wanted;
	const struct record *records; /* by stage */
	bool with_strays;             /* also of stages that are gone */
	struct arena *arena;
	struct findings *findings;
};

int verify_tree(struct verify_tree *tree, struct err *err);
/* verify_manifest.c: are the manifests of the wanted stages, and those that sum up instances, what
 * the schema says; and, strictly, what the logging architecture advises? */
void verify_manifests(struct verify_tree *tree, bool is_strict);

#endif
