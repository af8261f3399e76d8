/* How the warden starts a command. */
#ifndef RUN_WARDEN_SPAWN_H
#define RUN_WARDEN_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct warden_command {
	const char *file;  /* a path; a script without "#!" is for the shell, as execvp has it */
	char *const *argv; /* NULL-terminated, like env */
	char **env;
	int fds[3];       /* what becomes 0, 1 and 2 */
	bool has_session; /* of its own */
};

/* Starts it with no signal blocked. Ours are at their defaults, and so are its. 0 with *pid, or an
 * errno. */
int warden_spawn(const struct warden_command *command, pid_t *pid);

/* Given variables first, then what we inherited and they do not replace. The array is the caller's
 * to free. */
char **warden_environment(char **given, uint32_t given_count);

#endif
