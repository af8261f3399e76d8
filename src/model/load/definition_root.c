/* The root: the directory of the INI file, or its parent when that directory is called `pipelines`, or
 * what `root =` says, relative to the INI file's directory. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/load/definition_steps.h"
#include "model/load/loader.h"

/* getcwd for paths of any length. */
static char *current_dir(struct arena *arena)
{
	size_t size = 4096;
	char *dir = NULL;

	for (;;) {
		dir = arena_alloc(arena, size);
		if (getcwd(dir, size))
			return dir;
		if (errno != ERANGE)
			return NULL;
		size *= 2;
	}
}

static int enter(const char *dir, struct err *err)
{
	return chdir(dir) == 0 ? 0 : err_sys(err, errno, "enter directory", dir);
}

/* A directory of the user's naming may end in "." or be a link; both its name and where it leads count. */
static int enter_default(struct loader *loader, const char *dir, struct err *err)
{
	if (enter(dir, err) != 0)
		return -1;
	const char *here = current_dir(loader->arena);
	if (!here)
		return err_sys(err, errno, "find directory", dir);
	bool is_named = text_eq(path_base(dir), ".") || text_eq(path_base(dir), "..");
	const char *name = is_named ? path_base(here) : path_base(dir);
	return text_eq(name, "pipelines") ? enter("..", err) : 0;
}

int definition_root(struct loader *loader, struct err *err)
{
	const char *file = loader->text.files[0].name;
	const char *slash = strrchr(file, '/');
	const char *dir = !slash          ? "."
			  : slash == file ? "/"
					  : arena_strndup(loader->arena, file, (size_t)(slash - file));
	const struct def_line *line = loader->head[HEAD_ROOT];
	int rc;

	if (line && *line->value) {
		const char *root = *line->value == '/'
					   ? line->value
					   : arena_fmt(loader->arena, "%s/%s", dir, line->value);
		rc = chdir(root);
		if (rc != 0) {
			def_mistake(&loader->text, line, "'root' is '%s': %s", line->value,
				strerror(errno));
			rc = enter_default(loader, dir, err);
		}
	} else {
		rc = enter_default(loader, dir, err);
	}
	if (rc != 0)
		return rc;
	loader->root = current_dir(loader->arena);
	return loader->root ? 0 : err_sys(err, errno, "find directory", dir);
}
