/* What lies at the place of an output and is not ours.
 *
 * A user may have put a file where an output shall come, or files into a directory that is one.
 * What no manifest of the job records with just this content is kept in out/<job>/replaced/<run>/
 * before the new output takes its place, and told in a warning. Content that comes again, or was
 * kept before, is not kept. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/name.h"
#include "base/path.h"
#include "model/graph/job_paths.h"
#include "record/judge/same.h"
#include "record/manifest/manifest_read.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

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
	json *manifest JSON_LOCAL = manifest_tree(dir, NULL);
	const json *last = json_get(manifest, "last_success");
	bool is_there = is_in_list(ctx, json_get(manifest, "outputs")) ||
			is_in_list(ctx, json_get(manifest, "intermediate_files")) ||
			is_in_list(ctx, json_get(last, "outputs")) ||
			is_in_list(ctx, json_get(last, "intermediate_files"));

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

/* To a name that is free. -1 with errno. */
static int rename_new(const char *from, const char *to)
{
	struct stat st;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return -1;
	/* a file system that cannot ask */
	if (lstat(to, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(from, to);
}

/* To the open place `to`, or beside its own if that is another file system. What follows its name
 * there, or NULL with err. */
static const char *put_away(const struct what *what, const char *place, const char *to,
	bool is_copied, bool *is_beside, struct err *err)
{
	struct arena *arena = &what->running->arena;

	*is_beside = false;
	for (unsigned number = 0; number < 10000; number++) {
		const char *more = number ? arena_fmt(arena, ".%u", number) : "";
		const char *name = arena_fmt(arena, "%s%s", to, more);
		struct err found = {0};
		if (*is_beside) {
			more = arena_fmt(arena, ".replaced-%s%s", what->run->run_id, more);
			name = arena_fmt(arena, "%s%s", place, more);
		}
		int status = is_copied ? fs_copy(place, name, &found) : rename_new(place, name);
		if (status == 0)
			return more;
		int why = is_copied ? found.sys : errno;
		if (why == EXDEV && !*is_beside) {
			*is_beside = true;
		} else if (why != EEXIST) {
			err_sys(err, why, "keep what is not ours", what->path);
			return NULL;
		}
	}
	err_sys(err, EEXIST, "keep what is not ours", what->path);
	return NULL;
}

int replaced_keep(struct run *run, struct running *running, const struct attempt_file *file,
	const char *place, bool is_copied, struct err *err)
{
	struct arena *arena = &running->arena;
	const char *job_dir = graph_text(run->graph, run->graph->job_dir);
	struct what what = {.run = run, .running = running, .path = file->path};
	struct buf name BUF_LOCAL = {0};
	struct fs_stat there;

	if (fs_stat_absent(place, &there, NULL) == 0 && there.type == 0)
		return 0;
	read_content(&what);
	name_to_json(&name, what.path);
	what.name = arena_strdup(arena, buf_text(&name));
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
	const char *below = path_below(job_dir, to);
	struct beneath open;
	bool is_beside;
	if (beneath_find(&open, run->job_fd, below, to, true, err) < 0)
		return -1;
	const char *more = put_away(&what, place, open.path, is_copied, &is_beside, err);
	beneath_end(&open);
	if (!more)
		return -1;
	running_warn(run, running,
		"what lay at the place of '%s' was made by no stage of this job: %s '%s%s'",
		file->path, is_copied ? "a copy is kept as" : "it is kept as",
		is_beside ? what.path : to, more);
	return 0;
}
