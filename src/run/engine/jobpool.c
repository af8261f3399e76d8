
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "run/engine/jobserver.h"
#include "run/exec/exec.h"

#define TOKEN '+'             /* as make has it */
#define TOKENS_MAX 4096u      /* what a pipe holds at least */
#define BREAKS " \t\n\\$'\"#" /* what MAKEFLAGS cannot carry to all that read it */

struct jobpool {
	int fds[2]; /* to read and to write: the stages' own in the style of a pipe */
	char *path; /* of the fifo; NULL: a pipe */
	uint32_t tokens;
	struct jobserver *client;
};

static int make_fifo(struct jobpool *pool, const char *path, struct err *err)
{
	if (strpbrk(path, BREAKS))
		return err_set(err, EXIT_WORLD,
			"%s: a path with blanks, quotes, '$', '#' or '\\' cannot stand in MAKEFLAGS; use "
			"--jobserver pipe",
			path);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_sys(err, errno, "remove", path);
	if (mkfifo(path, 0600) < 0)
		return err_sys(err, errno, "make a fifo", path);
	pool->path = mem_strdup(path);
	/* Both ends in one: so there is always a writer, and tokens stay when no client is
	 * there. */
	pool->fds[0] = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (pool->fds[0] >= 0)
		pool->fds[1] = fcntl(pool->fds[0], F_DUPFD_CLOEXEC, 0);
	return pool->fds[0] < 0 || pool->fds[1] < 0 ? err_sys(err, errno, "open", path) : 0;
}

/* As a client of any other server would. */
static int make_client(struct jobpool *pool, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *why;
	const char *flags = pool->path ? arena_fmt(&arena, "--jobserver-auth=fifo:%s", pool->path)
				       : arena_fmt(&arena, "--jobserver-auth=%d,%d", pool->fds[0],
						 pool->fds[1]);

	pool->client = jobserver_new(flags, &why);
	return pool->client ? 0 : err_sys(err, errno, "open", pool->path ? pool->path : "a pipe");
}

struct jobpool *jobpool_new(
	enum jobpool_style style, uint32_t slots, const char *path, struct err *err)
{
	struct jobpool *pool = mem_alloc(sizeof *pool);
	int status;

	pool->fds[0] = pool->fds[1] = -1;
	pool->tokens = slots - 1 < TOKENS_MAX ? slots - 1 : TOKENS_MAX;
	if (style == JOBPOOL_FIFO)
		status = make_fifo(pool, path, err);
	else
		status = pipe2(pool->fds, O_CLOEXEC) < 0
				 ? err_sys(err, errno, "make a pipe for", "the jobserver")
				 : 0;
	if (status == 0 && make_client(pool, err) == 0) {
		jobpool_refill(pool);
		return pool;
	}
	jobpool_free(pool);
	return NULL;
}

struct jobserver *jobpool_client(const struct jobpool *pool)
{
	return pool->client;
}

const int *jobpool_shared(const struct jobpool *pool)
{
	return pool->path ? NULL : pool->fds;
}

static bool begins(const char *word, size_t len, const char *with)
{
	return len >= strlen(with) && strncmp(word, with, strlen(with)) == 0;
}

/* A number alone, as the value of a "-j" before it. */
static bool is_number(const char *word, size_t len)
{
	return len > 0 && strspn(word, "0123456789") >= len;
}

const char *jobpool_makeflags(const struct jobpool *pool, struct arena *arena, const char *given)
{
	struct buf text BUF_LOCAL = {0};
	bool wants_number = false;
	const char *p = given ? given : "";

	/* The first word may be letters without a '-', and after "--" come variables: what stands
	 * first and what stands behind "--" stays there. */
	if (*p == ' ')
		buf_char(&text, ' ');
	for (;;) {
		p += strspn(p, " \t");
		size_t len = strcspn(p, " \t");
		if (len == 0 || (len == 2 && strncmp(p, "--", 2) == 0))
			break;
		bool is_jobs = begins(p, len, "-j") || begins(p, len, "--jobs") ||
			       (wants_number && is_number(p, len));
		wants_number = (len == 2 && strncmp(p, "-j", 2) == 0) ||
			       (len == 6 && strncmp(p, "--jobs", 6) == 0);
		if (!is_jobs) {
			buf_add(&text, p, len);
			buf_char(&text, ' ');
		}
		p += len;
	}
	if (text.len == 0)
		buf_char(&text, ' ');
	buf_fmt(&text, "-j%u --jobserver-auth=", pool->tokens + 1);
	if (pool->path)
		buf_fmt(&text, "fifo:%s", pool->path);
	else
		buf_fmt(&text, "%d,%d", EXEC_SHARED_FD, EXEC_SHARED_FD + 1);
	if (*p)
		buf_fmt(&text, " %s", p);
	return arena_strdup(arena, buf_text(&text));
}

void jobpool_refill(struct jobpool *pool)
{
	int there = 0;
	char token = TOKEN;

	if (ioctl(pool->fds[0], FIONREAD, &there) < 0 || there < 0)
		return;
	for (; (uint32_t)there < pool->tokens && write(pool->fds[1], &token, 1) == 1; there++)
		continue;
	for (; (uint32_t)there > pool->tokens && read(pool->fds[0], &token, 1) == 1; there--)
		continue;
}

void jobpool_free(struct jobpool *pool)
{
	if (!pool)
		return;
	jobserver_free(pool->client);
	for (int i = 0; i < 2; i++) {
		if (pool->fds[i] >= 0)
			close(pool->fds[i]);
	}
	if (pool->path)
		unlink(pool->path);
	free(pool->path);
	free(pool);
}
