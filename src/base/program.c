#include "base/program.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/process.h"

static int is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return ENOENT;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return access(path, X_OK) == 0 ? 0 : EACCES;
}

const char *search_program(
	struct arena *arena, const char *name, const char *path_list, const char *dir, int *why)
{
	*why = ENOENT;
	if (strchr(name, '/'))
		return name;
	if (!path_list)
		path_list = getenv("PATH");
	if (!path_list)
		path_list = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	for (const char *p = path_list;; p++) {
		size_t len = strcspn(p, ":");
		/* An empty entry is the current directory, which has to be said for the exec. */
		const char *file = len ? arena_fmt(arena, "%.*s/%s", (int)len, p, name)
				       : arena_fmt(arena, "./%s", name);
		int error = is_program(
			dir && *file != '/' ? arena_fmt(arena, "%s/%s", dir, file) : file);
		if (error == 0)
			return file;
		if (error == EACCES)
			*why = EACCES;
		p += len;
		if (!*p)
			return NULL;
	}
}

static int spawn(const char *file, char *const *argv, char *const *env, short more_flags,
	const struct spawn_fd *fds, size_t count, pid_t *pid)
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
	posix_spawnattr_setflags(
		&attr, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | more_flags));
	/* What we start has no use for our many descriptors, and select() breaks above 1,024. */
	process_restore_files();
	if (why == 0)
		why = posix_spawnp(pid, file, &actions, &attr, argv, env);
	process_raise_files(0);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return why;
}

int spawn_start(
	const char *file, char *const *argv, const struct spawn_fd *fds, size_t count, pid_t *pid)
{
	return spawn(file, argv, environ, 0, fds, count, pid);
}

int spawn_apart(const char *file, char *const *argv, char *const *env, const struct spawn_fd *fds,
	size_t count, pid_t *pid)
{
	return spawn(file, argv, env, POSIX_SPAWN_SETPGROUP, fds, count, pid);
}
