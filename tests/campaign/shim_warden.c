/* Preloaded by a campaign: the warden stops before its first step, so that a tracer can be attached to it
 * and to nothing else. Its pid goes to the file that WARDEN_MARK names; the tracer sends SIGCONT. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void stop_warden(int argc, char **argv)
{
	const char *path = getenv("WARDEN_MARK");
	char text[32];

	if (!path || argc < 2 || strcmp(argv[1], "--warden") != 0)
		return;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		_exit(125);
	close(fd);
	raise(SIGSTOP);
}
