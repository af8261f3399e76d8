#include "run/engine/jobserver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

struct jobserver {
	int in, out;
	unsigned char *tokens; /* held */
	size_t count, cap;
};

/* The value of the last option of that name: a later one overrides (make passes them on through
 * levels). */
static const char *last_option(const char *flags, const char *name)
{
	const char *found = NULL;

	for (const char *p = flags; (p = strstr(p, name)); p++) {
		if (p == flags || p[-1] == ' ')
			found = p + strlen(name);
	}
	return found;
}

/* A description of our own: the one that we inherited is shared with all the others, who do not
 * expect it not to block. */
static int reopen(int fd, int flags)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC | O_NONBLOCK);
}

static bool open_fifo(struct jobserver *server, const char *value)
{
	size_t len = strcspn(value, " ");
	char *path MEM_LOCAL = mem_alloc(len + 1);

	memcpy(path, value, len);
	server->in = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	server->out = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	return server->in >= 0 && server->out >= 0;
}

static bool open_pipe(struct jobserver *server, const char *value)
{
	int in, out;

	if (sscanf(value, "%d,%d", &in, &out) != 2 || in < 0 || out < 0)
		return false;
	server->in = reopen(in, O_RDONLY);
	server->out = reopen(out, O_WRONLY);
	return server->in >= 0 && server->out >= 0;
}

struct jobserver *jobserver_new(const char *makeflags, const char **why)
{
	const char *value = NULL;

	*why = NULL;
	if (makeflags)
		value = last_option(makeflags, "--jobserver-auth=");
	if (makeflags && !value)
		value = last_option(makeflags, "--jobserver-fds=");
	if (!value)
		return NULL;
	struct jobserver *server = mem_alloc(sizeof *server);
	server->in = server->out = -1;
	bool ok = strncmp(value, "fifo:", 5) == 0 ? open_fifo(server, value + 5)
						  : open_pipe(server, value);
	if (ok)
		return server;
	*why = "make's jobserver cannot be reached: put a '+' before the recipe line that starts "
	       "restage";
	jobserver_free(server);
	return NULL;
}

bool jobserver_take(struct jobserver *server)
{
	unsigned char token;
	ssize_t n;

	do {
		n = read(server->in, &token, 1);
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		return false;
	MEM_PUSH(server->tokens, server->count, server->cap, token);
	return true;
}

void jobserver_give(struct jobserver *server)
{
	if (server->count == 0)
		return;
	unsigned char token = server->tokens[--server->count];
	while (write(server->out, &token, 1) < 0 && errno == EINTR)
		continue;
}

size_t jobserver_held(const struct jobserver *server)
{
	return server->count;
}

int jobserver_fd(const struct jobserver *server)
{
	return server->in;
}

void jobserver_free(struct jobserver *server)
{
	if (!server)
		return;
	while (server->count)
		jobserver_give(server);
	if (server->in >= 0)
		close(server->in);
	if (server->out >= 0)
		close(server->out);
	free(server->tokens);
	free(server);
}
