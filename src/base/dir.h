/* Directories by descriptor, for what must not be led astray by links or by the length of a
 * path. */
#ifndef BASE_DIR_H
#define BASE_DIR_H

#include <stdbool.h>
#include <stddef.h>

struct dir_entry {
	const char *name;
	char type; /* 'f' file, 'd' directory, 'l' link, 'o' other, 0 vanished meanwhile */
};

struct dir {
	struct dir_entry *items; /* sorted by bytes, without "." and ".." */
	size_t count;
	char *bytes; /* of the names */
};

/* The type, 'o' of what is none of the others, in a file's mode. */
char dir_type(unsigned mode);
/* Reads what is left of an open directory. -1 with errno, also when memory runs out. */
int dir_read(int fd, struct dir *dir);
int dir_read_path(const char *path, struct dir *dir); /* the same of a path */
void dir_free(struct dir *dir);

/* open and openat, close-on-exec, without waiting for a FIFO, again after EINTR. */
int dir_open(int at, const char *name, int flags);
void dir_close(int fd); /* close; errno stays what it is */

/* Closes a descriptor where its block ends, unless it is negative; errno stays what it is. */
void dir_leave(const int *fd);
#define FD_LOCAL __attribute__((cleanup(dir_leave)))
/* The same of a directory that was read. */
#define DIR_LOCAL __attribute__((cleanup(dir_free)))

#endif
