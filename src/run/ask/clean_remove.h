/* Removing below the root whatever happens to links meanwhile. */
#ifndef RUN_CLEAN_REMOVE_H
#define RUN_CLEAN_REMOVE_H

#include <stdbool.h>

struct err;

/* Does the path, relative to the root, lead out of it through a link in one of its directories? A
 * path whose directory is missing does not. */
bool remove_leads_out(const char *path);

/* Removes a file, a link or a tree below the root; a missing one is fine. The directory that it
 * lies in is resolved by the kernel beneath the root, so that nothing outside can be reached while
 * links are swapped. */
int remove_below(const char *path, struct err *err);
/* Removes the directory if it is empty; false if it stays. */
bool remove_empty(const char *path);

#endif
