#include "base/spawn.h"

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "base/process.h"

int spawn_start(
	const char *file, char *const *argv, const struct spawn_fd *fds, size_t count, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int why = 0;

	sigemptyset(&none);
	/* SIGCHLD too: ignored by our parent, children of it would vanish unseen */
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	for (size_t i = 0; i < count && why == 0; i++)
		why = posix_spawn_file_actions_adddup2(&actions, fds[i].from, fds[i].to);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	/* What we start has no use for our many descriptors, and select() breaks above 1,024. */
	process_restore_files();
	if (why == 0)
		why = posix_spawnp(pid, file, &actions, &attr, argv, environ);
	process_raise_files(0);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return why;
}
