#include "record/runs/watched.h"

#include <fcntl.h>
#include <unistd.h>

static struct flock whole_file(short type)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

void watched_begin(int fd)
{
	struct flock lock = whole_file(F_RDLCK);

	fcntl(fd, F_OFD_SETLK, &lock);
}

bool watched_by_others(int fd)
{
	struct flock lock = whole_file(F_WRLCK);

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
