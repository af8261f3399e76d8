#include "run/engine/replaced.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/name.h"
#include "base/path.h"
#include "model/graph/job_paths.h"
#include "record/judge/same.h"
#include "record/manifest/manifest_read.h"
#include "run/engine/context.h"

struct what { /* lies there */
	struct run *run;
	struct running *running;
	const char *path; /* as manifests have it */
	const char *name; /* the same as JSON has it */
	const struct stamp *now;
	bool has_sum; /* it could be read */
	struct digest sum;
	char sum_text[DIGEST_TEXT_SIZE];
};

static void read_content(struct what *what)
{
	struct stamps *stamps = what->run->stamps;
	uint32_t id = collect_id(what->run, what->running->stage, what->path);

	stamps_refresh(stamps, id);
	stamps_look(stamps, &id, 1, true);
	what->now = stamps_get(stamps, id);
	what->has_sum = what->now->state == STAMP_HASHED && what->now->stat.type != 0;
	what->sum = what->now->sum;
	digest_format(&what->sum, what->sum_text);
}

/* What was recorded without its content (track = time or exists) is ours by its place. */
static bool is_in_record(const struct what *what)
{
	const struct record_success *success =
		&run_record(what->run, what->running->stage)->success;

	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *file = &success->files[i];
		if (file->role == ROLE_INPUT || (file->flags & RECORD_FILE_MISSING) ||
			strcmp(file->path, what->path) != 0)
			continue;
		if (!track_reads(file->track) || same_as_recorded(file, what->now) == SAME)
			return true;
	}
	return false;
}

static bool is_in_list(const struct what *what, const json *files)
{
	for (const json *file = json_first(files); file; file = json_next(file)) {
		if (strcmp(json_get_str(file, "path", ""), what->name) == 0 &&
			strcmp(json_get_str(file, "checksum", ""), what->sum_text) == 0)
			return true;
	}
	return false;
}

static int look_in_manifest(void *ctx, const char *dir)
{
	json *manifest = manifest_tree(dir, NULL);
	const json *last = json_get(manifest, "last_success");
	bool is_there = is_in_list(ctx, json_get(manifest, "outputs")) ||
			is_in_list(ctx, json_get(manifest, "intermediate_files")) ||
			is_in_list(ctx, json_get(last, "outputs")) ||
			is_in_list(ctx, json_get(last, "intermediate_files"));

	json_free(manifest);
	return is_there;
}

/* Another stage of the job may have made it: one that has another name now, say. */
static bool is_in_job(struct what *what)
{
	const struct graph *graph = what->run->graph;

	return what->has_sum &&
	       manifest_each(graph_text(graph, graph->job_dir), look_in_manifest, what, NULL) == 1;
}

/* Is the same content kept already, from an earlier run? */
static bool is_kept(const struct what *what, const char *replaced, const char *rel)
{
	struct arena *arena = &what->running->arena;
	char **runs;
	size_t count;

	if (!what->has_sum || !fs_is_dir(replaced) ||
		fs_list(arena, replaced, &runs, &count, NULL) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct digest sum;
		uint64_t size;
		const char *path = path_join(arena, path_join(arena, replaced, runs[i]), rel);
		int status = fs_is_dir(path) ? digest_tree(path, &sum, &size, NULL)
					     : digest_file(path, &sum, &size, NULL);
		if (status == 0 && digest_eq(&sum, &what->sum))
			return true;
	}
	return false;
}

/* To `to`, or beside its place if that is another file system. Gives where it is. */
static const char *put_away(
	const struct what *what, const char *place, const char *to, bool is_copied, struct err *err)
{
	struct arena *arena = &what->running->arena;
	const char *suffix = arena_fmt(arena, ".replaced-%s", what->run->run_id);

	if (fs_mkdirs(path_dir(arena, to), err) < 0)
		return NULL;
	if (is_copied)
		return fs_copy(place, to, err) == 0 ? to : NULL;
	if (rename(place, to) == 0)
		return to;
	if (errno == EXDEV && rename(place, arena_fmt(arena, "%s%s", place, suffix)) == 0)
		return arena_fmt(arena, "%s%s", what->path, suffix);
	err_sys(err, errno, "keep what is not ours", what->path);
	return NULL;
}

int replaced_keep(struct run *run, struct running *running, const struct attempt_file *file,
	const char *place, bool is_copied, struct err *err)
{
	struct arena *arena = &running->arena;
	const char *job_dir = graph_text(run->graph, run->graph->job_dir);
	struct what what = {.run = run, .running = running, .path = file->path};
	struct buf name = {0};
	struct fs_stat there;

	if (fs_stat(place, &there, NULL) == 0 && there.type == 0)
		return 0;
	read_content(&what);
	name_to_json(&name, what.path);
	what.name = arena_strdup(arena, buf_text(&name));
	buf_free(&name);
	bool comes_again = !is_copied && what.has_sum && digest_eq(&what.sum, &file->sum);
	if (comes_again || is_in_record(&what) || is_in_job(&what))
		return 0;
	const char *rel = path_below(job_dir, what.path);
	const char *replaced = job_path(arena, run->graph, JOB_REPLACED);
	if (!rel)
		rel = what.path;
	if (is_kept(&what, replaced, rel))
		return 0;
	const char *to = path_join(arena, path_join(arena, replaced, run->run_id), rel);
	const char *kept = put_away(&what, place, to, is_copied, err);
	if (!kept)
		return -1;
	running_warn(run, running,
		"what lay at the place of output '%s' was made by no stage of this job: %s '%s'",
		file->path, is_copied ? "a copy is kept as" : "it is kept as", kept);
	return 0;
}
