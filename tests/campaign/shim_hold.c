/* Preloaded by a campaign: the part of restage that HOLD names waits before its first step until a
 * tracer is attached to it and to nothing else. Its number goes to the file that HOLD_MARK names.
 *
 *   warden      the process, stopped: the tracer sends SIGCONT. The runner may do so earlier, since
 *               it lets no warden stay stopped: then it looks itself, too
 *   worker N    the N-th thread that is started, which looks itself whether it is traced */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void mark(pid_t pid)
{
	const char *path = getenv("HOLD_MARK");
	char text[32];
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
	int len = snprintf(text, sizeof text, "%ld\n", (long)pid);

	if (fd < 0 || write(fd, text, (size_t)len) != len)
		_exit(125);
	close(fd);
}

/* Also if it cannot be seen: then a tracer lets the call fail. */
static int is_traced(void)
{
	char text[4096];
	int fd = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	close(fd);
	if (len <= 0)
		return 1;
	text[len] = '\0';
	const char *line = strstr(text, "TracerPid:\t");
	return line && line[11] != '0';
}

static void wait_for_tracer(void)
{
	while (!is_traced())
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

__attribute__((constructor)) static void stop_warden(int argc, char **argv)
{
	const char *what = getenv("HOLD");

	if (!what || strcmp(what, "warden") != 0 || argc < 2 || strcmp(argv[1], "--warden") != 0)
		return;
	mark(getpid());
	raise(SIGSTOP);
	wait_for_tracer();
}

struct start {
	void *(*run)(void *);
	void *arg;
};

static void *run_held(void *arg)
{
	struct start start = *(struct start *)arg;

	free(arg);
	mark(gettid());
	wait_for_tracer();
	return start.run(start.arg);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	static int number; /* threads are started by one thread */
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	const char *what = getenv("HOLD");

	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	if (!what || strncmp(what, "worker ", 7) != 0 || atoi(what + 7) != ++number)
		return real(thread, attr, run, arg);
	struct start *start = malloc(sizeof *start);
	if (!start)
		return 11; /* EAGAIN */
	*start = (struct start){.run = run, .arg = arg};
	return real(thread, attr, run_held, start);
}
