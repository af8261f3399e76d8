/* Paths in their order, each with a number of its owner's: found by bisection, also what lies below
 * one. */
#ifndef BASE_SORTED_PATHS_H
#define BASE_SORTED_PATHS_H

#include <stdint.h>

struct sorted_path {
	const char *path; /* lent */
	uint32_t id;
};

struct sorted_paths {
	struct sorted_path *at; /* of whoever fills it */
	uint32_t count;
};

/* After all were added. */
void sorted_paths_sort(struct sorted_paths *paths);
/* Index of the first one that does not stand before the text; count: there is none. */
uint32_t sorted_paths_from(const struct sorted_paths *paths, const char *text);

#endif
