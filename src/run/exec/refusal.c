/* Why a program could not be started: the kernel's error names no file, and "No such file" is said
 * of the interpreter, too. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/fs.h"
#include "run/exec/exec.h"

#define HEAD_MAX 256 /* bytes of a script's first line, as the kernel reads them */

/* The first line, without its newline; "" if it cannot be read or is longer. */
static void read_head(const char *file, char head[HEAD_MAX])
{
	int fd FD_LOCAL = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t len = fd < 0 ? -1 : read(fd, head, HEAD_MAX - 1);

	head[len < 0 ? 0 : len] = '\0';
	char *end = memchr(head, '\n', len < 0 ? 0 : (size_t)len);
	*(end ? end : head) = '\0';
}

bool exec_has_returns(const char *file)
{
	char head[HEAD_MAX];
	size_t len;

	read_head(file, head);
	len = strlen(head);
	return len && head[len - 1] == '\r';
}

void exec_explain(struct buf *out, const char *file, int why)
{
	char head[HEAD_MAX];

	buf_fmt(out, "cannot execute '%s': %s", file, strerror(why));
	if (why == E2BIG)
		buf_str(out, " (its arguments are too long: pass a list in a file)");
	if (why == EACCES)
		buf_fmt(out, " (make it executable: chmod +x %s)", file);
	if (why != ENOENT || !fs_exists(file))
		return;
	if (exec_has_returns(file)) {
		buf_fmt(out, " (" EXEC_RETURNS ")", file);
		return;
	}
	read_head(file, head);
	size_t at = 2 + strspn(head + (*head ? 2 : 0), " \t");
	if (strncmp(head, "#!", 2) == 0)
		buf_fmt(out, " (its first line names '%.*s', which is not there)",
			(int)strcspn(head + at, " \t"), head + at);
}
