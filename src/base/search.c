#include "base/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

static int is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return ENOENT;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return access(path, X_OK) == 0 ? 0 : EACCES;
}

const char *search_program(struct arena *arena, const char *name, const char *path_list, int *why)
{
	*why = ENOENT;
	if (strchr(name, '/'))
		return name;
	if (!path_list)
		path_list = getenv("PATH");
	if (!path_list)
		path_list = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	for (const char *p = path_list;; p++) {
		size_t len = strcspn(p, ":");
		/* An empty entry is the current directory, which has to be said for the exec. */
		const char *file = len ? arena_fmt(arena, "%.*s/%s", (int)len, p, name)
				       : arena_fmt(arena, "./%s", name);
		int error = is_program(file);
		if (error == 0)
			return file;
		if (error == EACCES)
			*why = EACCES;
		p += len;
		if (!*p)
			return NULL;
	}
}
