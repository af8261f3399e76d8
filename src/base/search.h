/* Finding a program as execvp does, remembered: each failed try of exec would cost a system
 * call. */
#ifndef BASE_SEARCH_H
#define BASE_SEARCH_H

struct arena;

/* The file to execute for `name`: itself if it has a '/', else the first executable of that name in
 * path_list (NULL: the PATH of the process). NULL if there is none; *why is ENOENT or EACCES
 * then. */
const char *search_program(struct arena *arena, const char *name, const char *path_list, int *why);

#endif
