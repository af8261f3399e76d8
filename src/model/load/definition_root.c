#include "model/load/definition_root.h"

#include <errno.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"

const char *root_current(struct arena *arena)
{
	char *dir MEM_LOCAL = getcwd(NULL, 0);

	return dir ? arena_strdup(arena, dir) : NULL;
}

static int enter(const char *dir, struct err *err)
{
	return chdir(dir) == 0 ? 0 : err_sys(err, errno, "enter directory", dir);
}

int root_enter(struct arena *arena, const char *file, const char *root, struct err *err)
{
	const char *dir = path_dir(arena, file), *here;

	if (root && *root)
		return enter(*root == '/' ? root : arena_fmt(arena, "%s/%s", dir, root), err);
	if (enter(dir, err) < 0)
		return -1;
	here = root_current(arena);
	if (!here)
		return err_sys(err, errno, "find directory", dir);
	/* A directory of the user's naming may end in "." or be a link; both its name and where it
	 * leads count. */
	if (!text_eq(path_base(dir), ".") && !text_eq(path_base(dir), ".."))
		here = dir;
	return text_eq(path_base(here), "pipelines") ? enter("..", err) : 0;
}

const char *root_default_job(struct arena *arena, const char *file, const char *name)
{
	char *job = name ? arena_strdup(arena, *name ? name : "job") : path_stem(arena, file);

	for (char *c = job; *c; c++) {
		if (*c == '/' || (unsigned char)*c <= ' ' || *c == 0x7f || (*c == '.' && c == job))
			*c = '_';
	}
	return job;
}
