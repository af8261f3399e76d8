/* What a command will write over: kept before, and no longer the same file as in a copy of the
 * job. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/path.h"
#include "record/judge/same.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

struct unsharing {
	const char *top;
	char mark[PUBLISH_MARK];
	struct arena arena;
	struct err *err;
};

/* A file that has a second name (a copy of the job by hard links) gets one of its own. */
static int unshare_file(void *ctx, const char *rel, char type)
{
	struct unsharing *unsharing = ctx;
	const char *path =
		*rel ? path_join(&unsharing->arena, unsharing->top, rel) : unsharing->top;
	struct buf name BUF_LOCAL = {0};
	struct stat st;

	if (type != 'f' || lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink < 2)
		return 0;
	fs_add_aside(&name, path_base(path), unsharing->mark);
	const char *aside =
		path_join(&unsharing->arena, path_dir(&unsharing->arena, path), buf_text(&name));
	if (fs_remove_tree(aside, unsharing->err) < 0 || fs_copy(path, aside, unsharing->err) < 0)
		return -1;
	return rename(aside, path) < 0 ? err_sys(unsharing->err, errno, "replace", path) : 0;
}

/* What is updated in place is not the same file in a copy of the job. */
static int unshare(struct run *run, uint32_t stage, const char *path, struct err *err)
{
	struct beneath place;
	struct err found = {0};
	const char *rel;
	int top = beneath_top(run->graph, run->job_fd, path, &rel), status = 0;

	if (beneath_find(&place, top, rel, path, false, &found) < 0) {
		bool is_gone = found.sys == ENOENT || found.sys == ENOTDIR;
		if (!is_gone)
			*err = found;
		return is_gone ? 0 : -1;
	}
	struct unsharing unsharing = {.top = place.path, .err = &found};
	publish_mark(run, stage, unsharing.mark);
	status = unshare_file(&unsharing, "", 'f');
	if (status == 0 && fs_is_dir(place.path))
		status = fs_walk(place.path, unshare_file, &unsharing, &found);
	beneath_end(&place);
	arena_free(&unsharing.arena);
	return status < 0 ? beneath_tell(err, &found, "update", path) : 0;
}

void overwritten_look(struct run *run, struct running *running)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[running->stage];
	struct fs_stat *before =
		arena_alloc(&running->arena, (s->output_count + 1) * sizeof *before);

	running->before_update = before;
	for (uint32_t i = 0; i < s->output_count; i++)
		fs_stat_absent(
			file_path(graph, graph->uses[s->first_use + s->input_count + i].file),
			&before[i], NULL);
}

/* The command is not told where to make it instead of its final place. */
static bool is_likely_overwritten(const struct graph *graph, uint32_t stage, const struct use *use)
{
	const char *command = graph_text(graph, graph->stages[stage].command);
	const char *name = graph_text(graph, graph->labels[use->label].name);
	size_t len = strlen(name);

	for (const char *at = command; (at = strstr(at, "output.")); at++) {
		if (strncmp(at + strlen("output."), name, len) == 0)
			return false;
	}
	return true;
}

/* The command will write over what lies at the place of an output that is updated in place, or that
 * it has by its own name. What a failed attempt of it left is its own, unless somebody changed it
 * since. */
int overwritten_keep(struct run *run, struct running *running, struct err *err)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[running->stage];
	const struct record *record = run_record(run, running->stage);
	bool is_its_own = record->status == RECORD_FAILED || record->status == RECORD_RUNNING;
	int status = 0;

	if (running->attempt.number > 1)
		return 0;
	for (uint32_t i = 0; status == 0 && i < s->output_count; i++) {
		const struct use *use = &graph->uses[s->first_use + s->input_count + i];
		struct attempt_file file = {.path = file_path(graph, use->file)};
		bool is_update = graph->labels[use->label].flags & LABEL_UPDATE;
		if (!is_update && !is_likely_overwritten(graph, running->stage, use))
			continue;
		if (!is_update && path_is_under(graph_text(graph, graph->job_dir), file.path)) {
			/* Users put their files elsewhere; but it may be a copied job's. */
			if (!fs_is_dir(file.path))
				status = unshare(run, running->stage, file.path, err);
			continue;
		}
		stamps_refresh(run->stamps, use->file);
		stamps_look(run->stamps, &use->file, 1, false);
		if (!is_its_own ||
			same_is_younger(record, &stamps_get(run->stamps, use->file)->stat, true))
			status = replaced_keep(run, running, &file, file.path, true, err);
		if (status == 0)
			status = unshare(run, running->stage, file.path, err);
	}
	return status;
}
