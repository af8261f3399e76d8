/* Which file to load when the user named none. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "model/load/definition.h"

#define HERE "pipeline.ini"
#define THERE "pipelines/*.ini"

int definition_find(char **file, struct err *err)
{
	struct arena arena = {0};
	char **found;
	size_t count;
	int rc = 0;

	if (fs_exists(HERE)) {
		*file = mem_strdup(HERE);
		return 0;
	}
	if (fs_glob(&arena, THERE, &found, &count, err) != 0)
		rc = -1;
	else if (count == 1)
		*file = mem_strdup(found[0]);
	else if (count == 0)
		rc = err_set(err, EXIT_USAGE,
			"there is neither " HERE " nor a file in pipelines/: name one with -f, or "
			"begin with 'restage init'");
	else
		rc = err_set(err, EXIT_USAGE,
			"there is no " HERE ", and pipelines/ holds %zu files (%s, %s%s): name one "
			"with -f",
			count, found[0], found[1], count > 2 ? " ..." : "");
	arena_free(&arena);
	return rc;
}
