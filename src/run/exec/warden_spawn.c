#include "run/exec/exec_part.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

/* Sanitizers take the child's stack for ours. */
#define NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

extern char **environ;

/* The name before '=' of two variables agree. */
static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n) == 0 && b[n] == '=';
}

char **warden_environment(char **given, uint32_t given_count)
{
	size_t inherited = 0, n = 0;

	while (environ[inherited])
		inherited++;
	char **env = mem_grow(NULL, given_count + inherited + 1, sizeof *env);
	for (uint32_t i = 0; i < given_count; i++)
		env[n++] = given[i];
	size_t fixed = n;
	for (size_t i = 0; i < inherited; i++) {
		bool is_replaced = false;
		for (size_t k = 0; k < fixed && !is_replaced; k++)
			is_replaced = same_name(env[k], environ[i]);
		if (!is_replaced)
			env[n++] = environ[i];
	}
	env[n] = NULL;
	return env;
}

#define STACK_SIZE 65536 /* of a child before it executes something: a page or two are used */

struct birth {
	const struct warden_command *command;
	volatile int why; /* errno of what failed; 0: nothing did */
};

/* The child, which has our memory, and a stack of its own there, until it executes something:
 * nothing but system calls. The descriptors are numbers above 2, or stay what they are: none is
 * overwritten before it is copied. */
NO_SANITIZE static int become(void *ctx)
{
	struct birth *birth = ctx;
	const struct warden_command *command = birth->command;
	sigset_t none;

	sigemptyset(&none);
	for (int i = 0; i < 3; i++) {
		if (command->fds[i] != i && dup2(command->fds[i], i) < 0)
			goto out;
	}
	if (command->has_session && setsid() < 0)
		goto out;
	if (*command->dir && chdir(command->dir) < 0)
		goto out;
	/* What came in the meantime ends the child here, as it would have a moment later. */
	if (sigprocmask(SIG_SETMASK, &none, NULL) == 0)
		execve(command->file, command->argv, command->env);
out:
	birth->why = errno;
	_exit(127);
}

/* Returns when the child has executed the command. What posix_spawn would do beyond that costs more
 * than all of this: it asks for the handler of each signal and sets each, and maps a stack each
 * time. We have no handlers and one thread, and its signals are blocked. */
static int spawn(const struct warden_command *command, pid_t *pid)
{
	static _Alignas(16) char stack[STACK_SIZE];
	struct birth birth = {.command = command};

	*pid = clone(become, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &birth);
	if (*pid < 0)
		return errno;
	if (birth.why)
		waitpid(*pid, NULL, 0);
	return birth.why;
}

int warden_spawn(const struct warden_command *command, pid_t *pid)
{
	size_t count = 0;
	int why = spawn(command, pid);

	if (why != ENOEXEC)
		return why;
	while (command->argv[count])
		count++;
	char **argv MEM_LOCAL = mem_grow(NULL, count + 2, sizeof *argv);
	argv[0] = "sh";
	argv[1] = (char *)(uintptr_t)command->file;
	for (size_t i = 1; i <= count; i++)
		argv[i + 1] = command->argv[i];
	struct warden_command with_shell = *command;
	with_shell.file = "/bin/sh";
	with_shell.argv = argv;
	why = spawn(&with_shell, pid);
	return why;
}
