#include "run/ask/handed.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "run/exec/jobfile.h"

struct handed {
	struct arena arena;
	const char *dir;                 /* of batches */
	uint32_t count;                  /* of attempts that may still work */
	const struct launch_away *first; /* one of them */
	struct err *err;
};

/* Its directory goes when it is settled. */
static bool is_out(struct handed *handed, const struct launch_away *away)
{
	const char *done = path_join(&handed->arena, handed->dir, DONE_DIR);

	return fs_is_dir(away->own_dir) && !fs_exists(path_join(&handed->arena, done, away->token));
}

static int look_at(struct handed *handed, const char *name)
{
	const char *path = path_join(&handed->arena, handed->dir, name);
	struct job_batch batch = {0};
	struct buf text BUF_LOCAL = {0};
	struct err why = {0};
	int status = 0;

	if (fs_read(path, JOBFILE_MAX, &text, &why) < 0) {
		if (why.sys != ENOENT)
			*handed->err = why;
	} else {
		status = jobfile_read_batch(
			&handed->arena, path, buf_text(&text), text.len, &batch, handed->err);
	}
	for (uint32_t i = 0; status == 0 && i < batch.task_count; i++) {
		const struct launch_away *away = batch.tasks[i].launch.away;
		if (!is_out(handed, away))
			continue;
		handed->first = handed->first ? handed->first : away;
		handed->count++;
	}
	return handed->err->code ? -1 : 0;
}

/* The job that has it, by what its node wrote: "12_3 on nodea". "": it waits, or nobody knows. */
static void add_job(struct handed *handed, struct buf *out)
{
	const char *path = path_join(&handed->arena, handed->first->own_dir, WORK_CLAIM);
	struct buf text BUF_LOCAL = {0};

	fs_read(path, 4096, &text, NULL);
	char *rest = text.data;
	for (char *line; rest && (line = text_list_line(&rest));) {
		if (text_starts(line, "job "))
			buf_fmt(out, "job %s", line + strlen("job "));
		else if (text_starts(line, "host ") && out->len)
			buf_fmt(out, " on %s", line + strlen("host "));
	}
	if (!out->len)
		buf_str(out, "a job");
}

static int refuse(struct handed *handed)
{
	struct buf job BUF_LOCAL = {0}, more BUF_LOCAL = {0};

	add_job(handed, &job);
	if (handed->count > 1)
		buf_fmt(&more, ", and %u more for others", handed->count - 1);
	err_set(handed->err, EXIT_WORLD,
		"%s may still work for stage '%s'%s: let 'restage run' take what comes of it, or "
		"end it (Ctrl-C) first",
		buf_text(&job), handed->first->stage, buf_text(&more));
	return -1;
}

int handed_check(const struct graph *graph, struct err *err)
{
	struct handed handed = {.err = err};
	char **names = NULL;
	size_t count = 0;
	int status = 0;

	handed.dir = job_path(&handed.arena, graph, JOB_HANDED);
	if (fs_is_dir(handed.dir))
		status = fs_list(&handed.arena, handed.dir, &names, &count, err);
	for (size_t i = 0; status == 0 && i < count; i++) {
		if (jobfile_is_name(names[i]) && strcmp(names[i], DONE_DIR) != 0)
			status = look_at(&handed, names[i]);
	}
	if (status == 0 && handed.first)
		status = refuse(&handed);
	arena_free(&handed.arena);
	return status;
}
