/* Directories that lie beneath the root after all links. The process stands in the root. */
#ifndef RUN_BENEATH_H
#define RUN_BENEATH_H

struct arena;

/* A descriptor (O_PATH) of the directory; -1 with errno: EXDEV or ELOOP if a link leads out of the
 * root. */
int beneath_open(struct arena *arena, const char *dir);
/* The same, making it and its parents where they are missing. */
int beneath_make(struct arena *arena, const char *dir);

#endif
