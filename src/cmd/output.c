#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "cmd/session.h"

const char *output_resolve(struct arena *arena, const char *path, struct err *err)
{
	char here[4096];

	if (!path)
		return NULL;
	if (!getcwd(here, sizeof here)) {
		err_sys(err, errno, "find", ".");
		return NULL;
	}
	return path_join(arena, here, path);
}

int output_write(struct call *call, const char *path, const struct buf *out, struct err *err)
{
	struct stat st;
	int fd, status = 0;

	if (!path) {
		session_write(call, out);
		return 0;
	}
	if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
		return fs_replace(path, buf_text(out), out->len, err);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open", path);
	if (fs_write_all(fd, buf_text(out), out->len) < 0)
		status = err_sys(err, errno, "write", path);
	close(fd);
	return status;
}
