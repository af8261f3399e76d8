/* Preloaded by profile.sh: under valgrind /proc/self/exe is valgrind, which must not be started in
 * place of restage's helper. RESTAGE_EXE says what is. */
#include <dlfcn.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>

typedef int spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *,
	const posix_spawnattr_t *, char *const[], char *const[]);

int posix_spawnp(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attr, char *const argv[], char *const env[])
{
	const char *exe = getenv("RESTAGE_EXE");
	spawn_function *next;

	*(void **)&next = dlsym(RTLD_NEXT, "posix_spawnp");
	if (exe && strcmp(path, "/proc/self/exe") == 0)
		path = exe;
	return next(pid, path, actions, attr, argv, env);
}
