/* Which file to load when the user named none: the first that there is here or upwards. */
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "model/load/definition.h"

#define HERE "pipeline.ini"
#define THERE "pipelines/*.ini"

/* What lies in `dir` ("", "../", "../../"): 1 and *file, 0, or -1 with err. */
static int find_in(struct arena *arena, const char *dir, char **file, struct err *err)
{
	const char *here = arena_fmt(arena, "%s" HERE, dir);
	char **found;
	size_t count;

	if (fs_exists(here)) {
		*file = mem_strdup(here);
		return 1;
	}
	if (fs_glob(arena, arena_fmt(arena, "%s" THERE, dir), &found, &count, err) != 0)
		return -1;
	if (count > 1)
		return err_set(err, EXIT_USAGE,
			"there is no %s, and %spipelines/ holds %zu files (%s, %s%s): name one "
			"with -f",
			here, dir, count, found[0], found[1], count > 2 ? " ..." : "");
	if (count == 1)
		*file = mem_strdup(found[0]);
	return (int)count;
}

/* Where everybody may write, such as /tmp, a file is not to be found by who stands below. */
static bool is_everybodys(const struct stat *st)
{
	return (st->st_mode & S_IWOTH) != 0;
}

int definition_find(char **file, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *dir = "";
	struct stat st, above;
	int rc = find_in(&arena, dir, file, err);

	while (rc == 0 && stat(*dir ? dir : ".", &st) == 0) {
		dir = arena_fmt(&arena, "../%s", dir);
		if (stat(dir, &above) != 0 ||
			(above.st_dev == st.st_dev && above.st_ino == st.st_ino))
			break;
		rc = is_everybodys(&above) ? 0 : find_in(&arena, dir, file, err);
	}
	if (rc == 0)
		rc = err_set(err, EXIT_USAGE,
			"there is neither " HERE " nor a file in pipelines/, here or upwards: name "
			"one with -f, or begin with 'restage init'");
	return rc < 0 ? -1 : 0;
}
