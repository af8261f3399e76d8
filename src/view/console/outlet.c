#include "view/console/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"

#define KEPT_MAX ((size_t)4 << 20)
#define PIECE ((size_t)4096) /* a pipe that can take anything takes so much */
#define AGAIN_MS 20
#define HURRY_MS 1000

enum way {
	WAY_UNKNOWN,
	WAY_DIRECT, /* a file: nobody reads it */
	WAY_OWN,    /* by a description of our own that never waits */
	WAY_ASKING, /* asked before each piece: one without blocking would be the parent's, too */
};

static struct {
	enum way way;
	int fd;
	struct buf kept;
	size_t left_out; /* writes */
} outlet;

/* Where stderr leads, it is opened again: whether writing waits is a matter of the description, and
 * that one is shared with whoever started us. */
static void find_way(void)
{
	struct stat st;
	bool is_known = fstat(STDERR_FILENO, &st) == 0;
	bool is_terminal = is_known && S_ISCHR(st.st_mode) && isatty(STDERR_FILENO) == 1;

	outlet.way = WAY_ASKING;
	outlet.fd = STDERR_FILENO;
	if (is_known && (S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && !is_terminal))) {
		outlet.way = WAY_DIRECT;
	} else if (is_terminal || (is_known && S_ISFIFO(st.st_mode))) {
		int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (own < 0)
			return;
		outlet.way = WAY_OWN;
		outlet.fd = own;
	}
}

static bool may_write(int wait_ms)
{
	struct pollfd asked = {.fd = outlet.fd, .events = POLLOUT};

	return poll(&asked, 1, wait_ms) > 0;
}

/* How much of it went; 0: nothing more at present. What cannot be written at all counts as gone. */
static size_t put(const char *data, size_t len)
{
	size_t done = 0;

	while (done < len && (outlet.way == WAY_OWN || may_write(0))) {
		size_t size = len - done;
		if (outlet.way == WAY_ASKING && size > PIECE)
			size = PIECE;
		ssize_t n = write(outlet.fd, data + done, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0)
			return len;
		done += (size_t)n;
	}
	return done;
}

int outlet_drain(void *ctx)
{
	(void)ctx;
	if (outlet.kept.len)
		buf_drop(&outlet.kept, put(outlet.kept.data, outlet.kept.len));
	if (outlet.kept.len)
		return AGAIN_MS;
	if (!outlet.left_out)
		return -1;
	buf_fmt(&outlet.kept, "... %zu lines were left out here: nobody read them in time\n",
		outlet.left_out);
	outlet.left_out = 0;
	return outlet_drain(ctx);
}

void outlet_write(void *ctx, const char *data, size_t len)
{
	size_t done = 0;

	if (outlet.way == WAY_UNKNOWN)
		find_way();
	if (outlet.way == WAY_DIRECT) {
		fs_write_all(outlet.fd, data, len);
		return;
	}
	if (outlet_drain(ctx) < 0)
		done = put(data, len);
	if (done == len)
		return;
	/* the rest of one that has begun always: no escape sequence is torn */
	if (done == 0 && outlet.kept.len + len > KEPT_MAX)
		outlet.left_out++;
	else
		buf_add(&outlet.kept, data + done, len - done);
}

void outlet_end(bool is_hurried)
{
	int64_t until = clock_mono_ns() / 1000000 + HURRY_MS;

	while (outlet_drain(NULL) >= 0) {
		int64_t left = until - clock_mono_ns() / 1000000;

		if (is_hurried && left <= 0)
			break;
		may_write(is_hurried ? (int)left : -1);
	}
	buf_free(&outlet.kept);
}
