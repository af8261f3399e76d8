#include "model/graph/job_paths.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"

char *stage_path(struct arena *arena, const char *dir, const char *name)
{
	size_t dir_len = strlen(dir), name_size = strlen(name) + 1;
	char *path = arena_alloc(arena, dir_len + 1 + name_size);

	memcpy(path, dir, dir_len);
	path[dir_len] = '/';
	memcpy(path + dir_len + 1, name, name_size);
	return path;
}

char *job_path(struct arena *arena, const struct graph *graph, const char *name)
{
	return stage_path(arena, graph_text(graph, graph->job_dir), name);
}

const char *job_run_log(struct arena *arena, const struct graph *graph, const char *run)
{
	return arena_fmt(arena, "%s/" JOB_LOGS "/" RUN_FILE "%s" RUN_LOG_TAIL,
		graph_text(graph, graph->job_dir), run);
}

void job_run_record(struct buf *out, const char *log_path)
{
	size_t tail = text_ends(log_path, RUN_LOG_TAIL) ? strlen(RUN_LOG_TAIL) : 0;

	buf_add(out, log_path, strlen(log_path) - tail);
	buf_str(out, RUN_RECORD_TAIL);
}

const char *job_run_of(struct arena *arena, const char *name, const char *tail)
{
	size_t head_len = strlen(RUN_FILE), tail_len = strlen(tail), len = strlen(name);

	if (!text_starts(name, RUN_FILE) || !text_ends(name, tail) || len <= head_len + tail_len)
		return NULL;
	return arena_strndup(arena, name + head_len, len - head_len - tail_len);
}

const char *job_without_number(const char *name)
{
	const char *p = name;

	while (isdigit((unsigned char)*p))
		p++;
	return p > name && *p == '_' ? p + 1 : name;
}

/* What is called so, and what lies in it. */
static bool is_in(const char *below, const char *name)
{
	return below && path_is_under(name, below);
}

const char *job_own_place(const char *below_dir, const char *below_job)
{
	if (is_in(below_dir, MANIFEST_FILE))
		return "the stage's manifest";
	if (is_in(below_dir, STAGE_LOG_FILE))
		return "the stage's log";
	if (below_dir && text_starts(below_dir, WORK_DIR))
		return "the stage's work directory";
	if (is_in(below_job, JOB_STATE))
		return "the job's state";
	if (is_in(below_job, JOB_LOGS))
		return "the job's logs";
	return is_in(below_job, JOB_GRAPH) ? "the job's graph" : NULL;
}
