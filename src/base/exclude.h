/* What is left out of a directory that is read: patterns of names, separated by blanks, which hold
 * at every level. A directory that is left out is left out with all that is in it. */
#ifndef BASE_EXCLUDE_H
#define BASE_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>

/* Of version control, of Python, and of editors: swap, lock and backup files. */
#define EXCLUDE_USUAL \
	".git .hg .svn .bzr .jj CVS _darcs .fslckout _FOSSIL_ __pycache__ .*.sw[a-p] .#* #*# *~"

/* NULL and blanks: nothing is left out. */
bool exclude_has(const char *patterns, const char *name);
/* Is something left out on the way down that path? */
bool exclude_has_path(const char *patterns, const char *path);
/* What is wrong with the pattern that begins at *at, which is left behind it; NULL: nothing. After
 * the last one *at is at the end, and *len 0. */
const char *exclude_mistake(const char **at, size_t *len);

#endif
