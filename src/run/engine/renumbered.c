/* After stages were renumbered. Records tell which manifests name places of before, whichever run
 * renamed the directories: one that was killed before it came to rewrite them leaves that to the
 * next. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/name.h"
#include "model/graph/job_paths.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/places.h"
#include "run/attempt/stagelog.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

/* A log that has a second name is left alone: a copy of the job has it too. */
static bool has_log(int dir_fd)
{
	struct stat st;

	return fstatat(dir_fd, STAGE_LOG_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && st.st_nlink == 1;
}

int run_note(struct run *run, uint32_t stage, const char *line, struct err *err)
{
	const char *dir = graph_text(run->graph, run->graph->stages[stage].dir), *rel;
	const char *path = stage_path(&run->scratch, dir, STAGE_LOG_FILE);
	int top = beneath_top(run->graph, run->job_fd, dir, &rel);
	int dir_fd = beneath_open(top, rel);
	int status = 0;

	if (dir_fd < 0)
		return beneath_error(err, errno, "write the log", path);
	if (has_log(dir_fd)) {
		struct stagelog *log =
			stagelog_open(dir_fd, path, stage_name(run->graph, stage), true, err);

		if (log)
			stagelog_add(log, LOG_INFO, line, strlen(line));
		status = log ? stagelog_close(log, err) : -1;
	}
	close(dir_fd);
	return status;
}

/* The log first: a manifest that is rewritten does not know any more that it has to be told. */
int renumbered_rewrite(struct run *run, uint32_t stage, struct err *err)
{
	const struct stage *s = &run->graph->stages[stage];
	const char *dir = graph_text(run->graph, s->dir);
	struct places places = {
		.arena = &run->scratch, .graph = run->graph, .stage = stage, .dir = dir};
	struct buf text BUF_LOCAL = {0};
	json *manifest JSON_LOCAL = manifest_tree(dir, err);
	int status = 0;

	if (!manifest)
		return -1;
	if (json_get_num(manifest, "stage_number", s->number) != s->number) {
		const char *was = json_get_str(manifest, "stage_dir", "");
		status = run_note(run, stage,
			arena_fmt(&run->scratch,
				"Renumbered: the stage's directory was %s and is %s",
				name_decoded(&run->scratch, was), dir),
			err);
	}
	if (status == 0)
		status = renumbered_relink(run, &places, manifest, err);
	if (status == 0) {
		places_rewrite(&places, manifest, &text);
		status = run_rewrite_manifest(run, stage, &text, err);
	}
	arena_reset(&run->scratch);
	return status;
}

void renumbered_rewrite_all(struct run *run)
{
	for (uint32_t i = 0; i < run->graph->stage_count; i++) {
		struct err err = {0};

		if (!run_record(run, i)->has_moved)
			continue;
		if (renumbered_rewrite(run, i, &err) < 0 && !run->notice)
			run->notice = arena_fmt(&run->arena,
				"stage '%s': its manifest still names directories of before: %s",
				stage_name(run->graph, i), err.text);
		err_clear(&err);
		run->stages[i].record = NULL; /* it is read again */
		run_record(run, i);
	}
}
