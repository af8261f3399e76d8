/* Finding a program as execvp does, and starting it. */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

struct arena;

/* The file to execute for `name`: itself if it has a '/', else the first executable of that name in
 * path_list (NULL: the PATH of the process). What is relative in that counts from `dir` (NULL: from
 * where we are), and so does the result. NULL if there is none; *why is ENOENT or EACCES then. */
const char *search_program(
	struct arena *arena, const char *name, const char *path_list, const char *dir, int *why);

struct spawn_fd { /* a descriptor of ours, and its number there */
	int from, to;
};

/* Starts a program with no signal blocked or ignored, with our environment, and with the limit of
 * open files that we were started with. It inherits `fds` (in order, as dup2 has them), and
 * whatever else is not close-on-exec. A file without '/' is looked for in PATH. 0 with *pid, or an
 * errno. */
int spawn_start(
	const char *file, char *const *argv, const struct spawn_fd *fds, size_t count, pid_t *pid);
/* The same with that environment, and in a process group of its own: a signal that a terminal sends
 * to us does not come to it. */
int spawn_apart(const char *file, char *const *argv, char *const *env, const struct spawn_fd *fds,
	size_t count, pid_t *pid);

#endif
