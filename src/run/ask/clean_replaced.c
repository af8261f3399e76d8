/* What lay at the places of outputs, and was kept when these came: see engine/replaced.c. */
#include <fcntl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "run/ask/clean.h"
#include "run/job/beneath.h"
#include "run/job/lock.h"

static int remove_run(int job_fd, const struct clean_request *request, const char *rel,
	const char *path, struct err *err)
{
	struct clean_item item = {path, NULL};

	if (!request->is_dry && beneath_remove(job_fd, rel, path, err) < 0)
		return -1;
	request->tell(request->ctx, &item);
	return 0;
}

int clean_replaced(const struct graph *graph, const struct clean_request *request, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *top = job_path(&arena, graph, JOB_REPLACED);
	const char *rel = path_below(graph_text(graph, graph->job_dir), top);
	int job_fd = fs_is_dir(top) ? job_open(graph, err) : -1;
	char **names;
	size_t count = 0;
	int status = job_fd >= 0 ? fs_list(&arena, top, &names, &count, err) : err->code ? -1 : 0;

	for (size_t i = 0; i < count && status == 0; i++)
		status = remove_run(job_fd, request, path_join(&arena, rel, names[i]),
			path_join(&arena, top, names[i]), err);
	if (count && status == 0 && !request->is_dry)
		unlinkat(job_fd, rel, AT_REMOVEDIR);
	if (job_fd >= 0)
		close(job_fd);
	return status;
}
