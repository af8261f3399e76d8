#include "base/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/order.h"

int dir_open(int at, const char *name, int flags)
{
	int fd;

	do
		fd = openat(at, name, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	return fd;
}

char dir_type(unsigned mode)
{
	if (S_ISREG(mode))
		return 'f';
	if (S_ISDIR(mode))
		return 'd';
	return S_ISLNK(mode) ? 'l' : 'o';
}

static char type_of(int fd, const struct dirent64 *entry)
{
	struct stat st;

	switch (entry->d_type) {
	case DT_REG:
		return 'f';
	case DT_DIR:
		return 'd';
	case DT_LNK:
		return 'l';
	case DT_UNKNOWN: /* some file systems do not tell */
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			return 0;
		return dir_type(st.st_mode);
	default:
		return 'o';
	}
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Collects the type and the name, NUL included, of each entry. */
static int read_bytes(int fd, struct buf *bytes, size_t *count)
{
	/* readdir would allocate 32 KiB for each directory */
	_Alignas(struct dirent64) char chunk[16384];
	ssize_t n;

	*count = 0;
	while ((n = getdents64(fd, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(chunk + at);
			at += entry->d_reclen;
			if (is_dots(entry->d_name))
				continue;
			buf_char(bytes, type_of(fd, entry));
			buf_add(bytes, entry->d_name, strlen(entry->d_name) + 1);
			(*count)++;
		}
	}
	if (bytes->failed) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

int dir_read(int fd, struct dir *dir)
{
	struct buf bytes = BUF_SOFT;
	size_t count;

	*dir = (struct dir){0};
	if (read_bytes(fd, &bytes, &count) == 0)
		dir->items = malloc((count + 1) * sizeof *dir->items);
	if (!dir->items) {
		buf_free(&bytes);
		return -1;
	}
	dir->bytes = bytes.data;
	dir->count = count;
	const char *at = dir->bytes;
	for (size_t i = 0; i < count; i++) {
		dir->items[i].type = *at++;
		dir->items[i].name = at;
		at += strlen(at) + 1;
	}
	qsort(dir->items, count, sizeof *dir->items, order_texts);
	return 0;
}

int dir_read_path(const char *path, struct dir *dir)
{
	int fd FD_LOCAL = dir_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);

	*dir = (struct dir){0};
	return fd < 0 ? -1 : dir_read(fd, dir);
}

void dir_close(int fd)
{
	int errnum = errno;

	close(fd);
	errno = errnum;
}

void dir_leave(const int *fd)
{
	if (*fd >= 0)
		dir_close(*fd);
}

void dir_free(struct dir *dir)
{
	free(dir->items);
	free(dir->bytes);
	*dir = (struct dir){0};
}
